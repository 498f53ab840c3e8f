package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What an optimizer has been told of its tensors besides their arrays: constraints, and in Keras 3
 * names and shapes, and which tensors do not decay. Immutable.
 */
public final class Specs {
  public static final String KEY = "build_config";

  static final String TENSORS = "tensors";
  static final String CONSTRAINTS = "constraints";
  private static final String NAMES = "exclude_names";
  private static final String NUMBERS = "exclude_numbers";

  /** Of former versions: rows that an accumulation under way had touched. */
  private static final String TOUCHED = "touched_rows";

  /** Nothing, as the optimizers of each generation begin. */
  public static final Specs OF_KERAS2 = new Specs(CONSTRAINTS);

  public static final Specs OF_KERAS3 = new Specs(TENSORS, NAMES, NUMBERS, CONSTRAINTS);

  private final List<String> keys; // that a configuration may have
  private final List<NamedShape> tensors; // null unless told
  private final NamePatterns excludedNames;
  private final TreeSet<Integer> excludedNumbers;
  private final Constraints constraints;

  private Specs(String... keys) {
    this(List.of(keys), null, NamePatterns.of(NAMES, List.of()), Set.of(), Constraints.NONE);
  }

  /** Asks the patterns now, so that a step need not reject them. */
  private Specs(
      List<String> keys,
      List<NamedShape> tensors,
      NamePatterns excludedNames,
      Set<Integer> excludedNumbers,
      Constraints constraints) {
    this.keys = keys;
    this.tensors = tensors;
    this.excludedNames = excludedNames;
    this.excludedNumbers = new TreeSet<>(excludedNumbers);
    this.constraints = constraints;
    excludedNames.begin();
    for (int tensor = 0; tensor < count(); tensor++) {
      decays(tensor);
    }
    if (tensors != null) {
      requireLengths(lengths());
    }
    excludedNames.begin();
  }

  // ---- Told -----------------------------------------------------------------------------------

  /** With names and shapes, or none with null. */
  public Specs withTensors(List<NamedShape> tensors) {
    Set<String> names = new HashSet<>();
    for (int tensor = 0; tensors != null && tensor < tensors.size(); tensor++) {
      String name = tensors.get(tensor).name();
      checkArgument(names.add(name), "specs must differ in name, got %s twice", Text.quote(name));
    }
    checkArgument(
        tensors == null || !tensors.isEmpty(), "specs must hold one for each tensor, got none");
    return new Specs(keys, tensors, excludedNames, excludedNumbers, constraints);
  }

  public Specs excluding(String... names) {
    checkArgument(names != null, "names must be patterns, got null");
    NamePatterns patterns = NamePatterns.of("names", Arrays.asList(names));
    return new Specs(keys, tensors, patterns, excludedNumbers, constraints);
  }

  public Specs excluding(int... numbers) {
    checkArgument(numbers != null, "numbers must be numbers of tensors, got null");
    Set<Integer> excluded = new TreeSet<>();
    for (int i = 0; i < numbers.length; i++) {
      int number = numbers[i]; // read once
      checkArgument(number >= 0, "numbers[%d] must be that of a tensor, got %d", i, number);
      excluded.add(number);
    }
    return new Specs(keys, tensors, excludedNames, excluded, constraints);
  }

  /** With one more constraint on a tensor; without a shape it is that told, or a line. */
  public Specs constraining(int tensor, Constraint constraint, int... shape) {
    return with(constraints.constraining(tensor, constraint, shape));
  }

  /** With one more for the tensors in whose names a pattern is found. */
  public Specs constraining(String pattern, Constraint constraint) {
    checkState(
        tensors != null, "constrain with a pattern needs names: call build(TensorSpec...) first");
    NamePatterns one = NamePatterns.of("pattern", Collections.singletonList(pattern));
    checkArgument(
        tensors.stream().anyMatch(tensor -> one.findIn(NamePatterns.lastPart(tensor.name()))),
        "pattern must be found in the name of a tensor, got %s",
        Text.quote(pattern));
    return with(constraints.constraining(pattern, constraint));
  }

  private Specs with(Constraints constraints) {
    return new Specs(keys, tensors, excludedNames, excludedNumbers, constraints);
  }

  // ---- For other tensors ----------------------------------------------------------------------

  /** What an optimizer in a MultiOptimizer has been told itself: the rest is told to the whole. */
  public Specs exclusions() {
    return ofGroup(this);
  }

  /** The same for tensors of a whole, with their names, shapes and constraints. */
  public Specs ofGroup(Specs whole, int... numbers) {
    List<NamedShape> its = new ArrayList<>();
    Constraints told = Constraints.NONE;
    for (int number : numbers) {
      NamedShape tensor = whole.tensor(number);
      Constrained constrained = whole.constraint(number, tensor.length());
      told = constrained == null ? told : told.constraining(its.size(), constrained);
      its.add(tensor);
    }
    return new Specs(
        keys, its.isEmpty() ? null : List.copyOf(its), excludedNames, excludedNumbers, told);
  }

  /**
   * What has been told, without names, where each tensor had a number before, or one below 0 if it
   * is new, and has a length now.
   */
  public Specs renumbered(int[] numbers, int... lengths) {
    Set<Integer> excluded = new TreeSet<>();
    for (int tensor = 0; tensor < numbers.length; tensor++) {
      if (excludedNumbers.contains(numbers[tensor])) {
        excluded.add(tensor);
      }
    }
    return new Specs(keys, null, excludedNames, excluded, constraints.renumbered(numbers, lengths));
  }

  // ---- For a step -----------------------------------------------------------------------------

  public boolean areNamed() {
    return tensors != null;
  }

  /** How many tensors have names. */
  public int count() {
    return tensors == null ? 0 : tensors.size();
  }

  /** The name and the shape of a tensor, or null unless told. */
  public NamedShape tensor(int tensor) {
    return tensors == null ? null : tensors.get(tensor);
  }

  /** How many elements a row of a tensor has, 0 unless told. */
  int rowLength(int tensor) {
    return tensors == null ? 0 : NamedShape.elements(tensors.get(tensor).shape(), 1);
  }

  /** The tensors' lengths, or null unless told. */
  public int[] lengths() {
    return tensors == null ? null : tensors.stream().mapToInt(NamedShape::length).toArray();
  }

  /** Whether a tensor is not excluded from weight decay. */
  boolean decays(int tensor) {
    return !excludedNumbers.contains(tensor)
        && (excludedNames.isEmpty()
            || !excludedNames.findIn(NamePatterns.lastPart(tensors.get(tensor).name())));
  }

  /** The constraint of a tensor of a length, with its shape, or null for none. */
  Constrained constraint(int tensor, int length) {
    return constraints.of(tensor, tensor(tensor), length);
  }

  /** Rejects tensors of these lengths that cannot be constrained so. */
  public void requireLengths(int... lengths) {
    constraints.begin(lengths.length);
    for (int tensor = 0; !constraints.isEmpty() && tensor < lengths.length; tensor++) {
      Constrained told = constraint(tensor, lengths[tensor]);
      if (told != null) {
        told.requireFit(tensor, lengths[tensor]);
      }
    }
  }

  /** Rejects a step over so many tensors that does not fit what has been told. */
  void requireFit(int tensors) {
    if (!areNamed() && !excludedNames.isEmpty()) {
      throw illegalState(
          "excludeFromWeightDecay with patterns needs names: call build(TensorSpec...) before the"
              + " first step");
    }
    if (!excludedNumbers.isEmpty() && excludedNumbers.last() >= tensors) {
      throw illegalState(
          "excludeFromWeightDecay must name one of the %d tensors, got number %d",
          tensors, excludedNumbers.last());
    }
  }

  // ---- Configuration --------------------------------------------------------------------------

  /** What a state holds of this: strings, numbers, lists and maps; null for nothing. */
  public Map<String, Object> config() {
    return config(Constraint::serialize);
  }

  /** The same, in which objects may stand for themselves. */
  public Map<String, Object> arguments() {
    return config(constraint -> constraint);
  }

  private Map<String, Object> config(Function<Constraint, Object> form) {
    Map<String, Object> config = new LinkedHashMap<>();
    if (tensors != null) {
      config.put(TENSORS, tensors.stream().map(NamedShape::config).toList());
    }
    if (!excludedNames.isEmpty()) {
      config.put(NAMES, excludedNames.strings());
    }
    if (!excludedNumbers.isEmpty()) {
      config.put(NUMBERS, excludedNumbers.stream().map(Integer::longValue).toList());
    }
    if (!constraints.isEmpty()) {
      config.put(CONSTRAINTS, constraints.list(form));
    }
    return config.isEmpty() ? null : config;
  }

  /** What a configuration tells, or null for nothing; constraints in it may be some of these. */
  public Specs parsed(Object config) {
    Specs told = keys.equals(OF_KERAS2.keys) ? OF_KERAS2 : OF_KERAS3;
    Map<?, ?> map = config == null ? Map.of() : Text.require(KEY, config, Map.class, "a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      told = told.with(String.valueOf(entry.getKey()), entry.getValue(), constraints);
    }
    checkArgument(
        told.areNamed() || !told.constraints.havePatterns(),
        keys.contains(TENSORS)
            ? "build_config must hold tensors, whose names the patterns of constraints are for"
            : "constraints must be on tensors by number, got one with a pattern");
    return told;
  }

  private Specs with(String key, Object value, Constraints known) {
    if (!keys.contains(key) && !(key.equals(TOUCHED) && keys.contains(TENSORS))) {
      throw illegalArgument(
          "%s must hold %s alone, got %s", KEY, String.join(", ", keys), Text.quote(key));
    }
    List<?> list = Text.require(key, value, List.class, "a list");
    return switch (key) {
      case TENSORS -> withTensors(list.stream().map(NamedShape::of).toList());
      case NAMES ->
          excluding(
              list.stream()
                  .map(name -> Text.require(NAMES, name, String.class, "a list of strings"))
                  .toArray(String[]::new));
      case NUMBERS ->
          excluding(list.stream().mapToInt(it -> Text.wholeNumber(NUMBERS, it)).toArray());
      case CONSTRAINTS -> with(known.parsed(list));
      default -> withoutTouched(list);
    };
  }

  /** Null and an empty list stand for all rows and for none. */
  private Specs withoutTouched(List<?> touched) {
    checkArgument(
        touched.stream().allMatch(rows -> rows == null || List.of().equals(rows)),
        "build_config must be without touched_rows, got some: the state is from within a"
            + " gradient accumulation with lazyRows, which this version does not go on with;"
            + " take one from after an update");
    return this;
  }

  /** Checks what a state holds of this, or null for nothing, and returns it as an object. */
  public Specs restored(Object config) {
    Specs told = parsed(config);
    checkArgument(
        arguments() == null || equals(areNamed() ? told : told.withTensors(null)),
        "state must have build_config %s, got %s",
        arguments(),
        told.arguments());
    return told;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Specs its && Objects.equals(arguments(), its.arguments());
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(arguments());
  }
}
