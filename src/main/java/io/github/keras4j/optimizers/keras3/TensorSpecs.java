package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an optimizer has been told of its tensors: names and shapes, and which of them do not decay.
 * Immutable.
 */
final class TensorSpecs implements Specs {
  private static final String SPECS = "tensors";
  private static final String NAMES = "exclude_names";
  private static final String NUMBERS = "exclude_numbers";

  /** Of former versions: rows that an accumulation under way had touched. */
  private static final String TOUCHED = "touched_rows";

  private static final List<String> KEYS = List.of(SPECS, NAMES, NUMBERS, TOUCHED);

  private final BaseOptimizer optimizer;
  private final List<TensorSpec> specs; // null unless told
  private final NamePatterns excludedNames;
  private final TreeSet<Integer> excludedNumbers;

  private TensorSpecs(
      BaseOptimizer optimizer,
      List<TensorSpec> specs,
      NamePatterns excludedNames,
      Set<Integer> excludedNumbers) {
    this.optimizer = optimizer;
    this.specs = specs;
    this.excludedNames = excludedNames;
    this.excludedNumbers = new TreeSet<>(excludedNumbers);
    excludedNames.begin();
  }

  /** Nothing told. */
  TensorSpecs(BaseOptimizer optimizer) {
    this(optimizer, null, NamePatterns.of(NAMES, List.of()), Set.of());
  }

  TensorSpecs withSpecs(TensorSpec... specs) {
    if (specs == null || specs.length == 0) {
      throw new IllegalArgumentException(
          "specs must hold one for each tensor, got " + (specs == null ? "null" : "none"));
    }
    TensorSpec[] copy = specs.clone();
    Set<String> names = new HashSet<>();
    for (int tensor = 0; tensor < copy.length; tensor++) {
      if (copy[tensor] == null) {
        throw new IllegalArgumentException(
            format("specs[%d] must be the spec of a tensor, got null", tensor));
      }
      if (!names.add(copy[tensor].name())) {
        throw new IllegalArgumentException(
            format("specs must differ in name, got %s twice", Text.quote(copy[tensor].name())));
      }
    }
    TensorSpecs told = new TensorSpecs(optimizer, List.of(copy), excludedNames, excludedNumbers);
    told.requireMatchable();
    return told;
  }

  TensorSpecs withoutSpecs() {
    return new TensorSpecs(optimizer, null, excludedNames, excludedNumbers);
  }

  @Override
  public TensorSpecs renumbered(int... numbers) {
    Set<Integer> excluded = new TreeSet<>();
    for (int tensor = 0; tensor < numbers.length; tensor++) {
      if (excludedNumbers.contains(numbers[tensor])) {
        excluded.add(tensor);
      }
    }
    return new TensorSpecs(optimizer, null, excludedNames, excluded);
  }

  @Override
  public void requireNoNames() {
    optimizer.requireNotInside("resize");
    if (specs != null) {
      throw new IllegalStateException(
          "resize must be given specs, since build has told names and shapes, got none");
    }
  }

  TensorSpecs excluding(String... names) {
    if (names == null) {
      throw new IllegalArgumentException("names must be patterns, got null");
    }
    NamePatterns patterns = NamePatterns.of("names", Arrays.asList(names));
    TensorSpecs told = new TensorSpecs(optimizer, specs, patterns, excludedNumbers);
    told.requireMatchable();
    return told;
  }

  TensorSpecs excluding(int... numbers) {
    if (numbers == null) {
      throw new IllegalArgumentException("numbers must be those of tensors, got null");
    }
    Set<Integer> excluded = new TreeSet<>();
    for (int i = 0; i < numbers.length; i++) {
      int number = numbers[i]; // read once
      if (number < 0) {
        throw new IllegalArgumentException(
            format("numbers[%d] must be that of a tensor, got %d", i, number));
      }
      excluded.add(number);
    }
    return new TensorSpecs(optimizer, specs, excludedNames, excluded);
  }

  /** Asks the patterns now, so that a step need not reject them. */
  private void requireMatchable() {
    for (int tensor = 0; specs != null && tensor < specs.size(); tensor++) {
      decays(tensor);
    }
    excludedNames.begin();
  }

  /** Asks the optimizer's own patterns, too. */
  void requireAllMatchable() {
    for (int tensor = 0; tensor < count(); tensor++) {
      optimizer.weightDecay(spec(tensor));
    }
  }

  boolean areNamed() {
    return specs != null;
  }

  /** The name and shape of a tensor, or null. */
  TensorSpec spec(int tensor) {
    return specs == null ? null : specs.get(tensor);
  }

  /** How many tensors have been told. */
  int count() {
    return specs == null ? 0 : specs.size();
  }

  private boolean decays(int tensor) {
    return !excludedNumbers.contains(tensor)
        && (excludedNames.isEmpty() || !excludedNames.findIn(lastPart(tensor)));
  }

  private String lastPart(int tensor) {
    String name = specs.get(tensor).name();
    return name.substring(name.lastIndexOf('/') + 1);
  }

  // ---- For a step -----------------------------------------------------------------------------

  @Override
  public String name(int tensor) {
    return specs == null ? null : specs.get(tensor).name();
  }

  @Override
  public int[] shape(int tensor) {
    return specs.get(tensor).shape();
  }

  @Override
  public int[] lengths() {
    return specs == null ? null : specs.stream().mapToInt(TensorSpec::length).toArray();
  }

  @Override
  public int rowLength(int tensor) {
    return specs == null ? 0 : specs.get(tensor).rowLength();
  }

  @Override
  public Double weightDecay(int tensor) {
    return decays(tensor) ? optimizer.weightDecay(spec(tensor)) : null;
  }

  @Override
  public void requireFit(int count) {
    if (specs == null && optimizer.isInner()) {
      throw new IllegalStateException(
          optimizer.getClass().getSimpleName()
              + " makes steps in a MultiOptimizer, got one before build has given it tensors");
    }
    if (specs == null && optimizer.needsBuild()) {
      throw new IllegalStateException(
          optimizer.getClass().getSimpleName()
              + " needs names and shapes: call build(TensorSpec...) before the first step");
    }
    if (specs == null && !excludedNames.isEmpty()) {
      throw new IllegalStateException(
          "excludeFromWeightDecay with patterns needs names: call build(TensorSpec...) before the"
              + " first step");
    }
    if (!excludedNumbers.isEmpty() && excludedNumbers.last() >= count) {
      throw new IllegalStateException(
          format(
              "excludeFromWeightDecay must name one of the %d tensors, got number %d",
              count, excludedNumbers.last()));
    }
  }

  /** Rejects what does not fit weights that have been set. */
  void requireLengths(int... known) {
    if (!Arrays.equals(known, lengths())) {
      throw new IllegalArgumentException(
          format(
              "specs must have lengths %s, as the weights, got %s",
              Arrays.toString(known), Arrays.toString(lengths())));
    }
  }

  // ---- Configuration --------------------------------------------------------------------------

  @Override
  public Map<String, Object> config() {
    Map<String, Object> config = new LinkedHashMap<>();
    if (specs != null) {
      List<Map<String, Object>> tensors = new ArrayList<>();
      for (TensorSpec spec : specs) {
        Map<String, Object> tensor = new LinkedHashMap<>();
        tensor.put("name", spec.name());
        tensor.put("shape", Arrays.stream(spec.shape()).mapToObj(Long::valueOf).toList());
        tensors.add(tensor);
      }
      config.put(SPECS, tensors);
    }
    if (!excludedNames.isEmpty()) {
      config.put(NAMES, excludedNames.strings());
    }
    if (!excludedNumbers.isEmpty()) {
      config.put(NUMBERS, excludedNumbers.stream().map(Integer::longValue).toList());
    }
    return config.isEmpty() ? null : config;
  }

  /** What a configuration tells. */
  TensorSpecs parsed(Object config) {
    TensorSpecs told = new TensorSpecs(optimizer);
    if (config == null) {
      return told;
    }
    Map<?, ?> map = Text.require("build_config", config, Map.class, "a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            format(
                "build_config must hold %s alone, got %s",
                String.join(", ", KEYS.subList(0, 3)), Text.describe(entry.getKey())));
      }
      told = told.with(key, Text.require(key, entry.getValue(), List.class, "a list"));
    }
    return told;
  }

  private TensorSpecs with(String key, List<?> list) {
    switch (key) {
      case SPECS:
        return withSpecs(list.stream().map(TensorSpecs::specOf).toArray(TensorSpec[]::new));
      case NAMES:
        return excluding(
            list.stream()
                .map(name -> Text.require(NAMES, name, String.class, "a list of strings"))
                .toArray(String[]::new));
      case NUMBERS:
        return excluding(list.stream().mapToInt(number -> wholeNumber(NUMBERS, number)).toArray());
      default:
        requireUntouched(list);
        return this;
    }
  }

  /** Null and an empty list stand for all rows and for none. */
  private static void requireUntouched(List<?> touched) {
    for (Object rows : touched) {
      if (rows != null && !(rows instanceof List && ((List<?>) rows).isEmpty())) {
        throw new IllegalArgumentException(
            "build_config must be without touched_rows, got some: the state is from within a"
                + " gradient accumulation with lazyRows, which this version does not go on with;"
                + " take one from after an update");
      }
    }
  }

  @Override
  public TensorSpecs restored(Object config) {
    TensorSpecs told = parsed(config);
    TensorSpecs comparable = specs == null ? told.withoutSpecs() : told;
    if (config() != null && !equals(comparable)) {
      throw new IllegalArgumentException(
          format("state must have build_config %s, got %s", config(), told.config()));
    }
    return told;
  }

  private static TensorSpec specOf(Object tensor) {
    Map<?, ?> map = Text.require(SPECS, tensor, Map.class, "a list of maps of name and shape");
    for (Object key : map.keySet()) {
      if (!Set.of("name", "shape").contains(String.valueOf(key))) {
        throw Text.mismatch(SPECS, "a list of maps of name and shape", key);
      }
    }
    List<?> shape = Text.require("shape", map.get("shape"), List.class, "a list of whole numbers");
    return new TensorSpec(
        Text.require("name", map.get("name"), String.class, "a string"),
        shape.stream().mapToInt(dimension -> wholeNumber("shape", dimension)).toArray());
  }

  private static int wholeNumber(String what, Object value) {
    String allowed = "a list of whole numbers below 2^31";
    double number = Text.require(what, value, Number.class, allowed).doubleValue();
    if (number != (int) number) {
      throw Text.mismatch(what, allowed, value);
    }
    return (int) number;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorSpecs && Objects.equals(config(), ((TensorSpecs) other).config());
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(config());
  }
}
