package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What an optimizer has been told of its tensors: names and shapes, and which of them do not decay.
 * Immutable.
 */
final class Tensors {
  private static final String SPECS = "tensors";
  private static final String NAMES = "exclude_names";
  private static final String NUMBERS = "exclude_numbers";
  private static final String TOUCHED = "touched_rows";
  private static final List<String> KEYS = List.of(SPECS, NAMES, NUMBERS, TOUCHED);

  static final Tensors UNKNOWN = new Tensors(null, List.of(), List.of(), null);

  private final List<TensorSpec> specs; // null unless told
  private final List<Pattern> excludedNames;
  private final List<Integer> excludedNumbers;
  private final List<List<Long>> touched; // see RowGradients; null for all

  private Tensors(
      List<TensorSpec> specs,
      List<Pattern> excludedNames,
      List<Integer> excludedNumbers,
      List<List<Long>> touched) {
    this.specs = specs;
    this.excludedNames = excludedNames;
    this.excludedNumbers = excludedNumbers;
    this.touched = touched;
  }

  Tensors withSpecs(TensorSpec... specs) {
    if (specs == null || specs.length == 0) {
      throw new IllegalArgumentException(
          "specs must hold one for each tensor, got " + (specs == null ? "null" : "none"));
    }
    for (int tensor = 0; tensor < specs.length; tensor++) {
      if (specs[tensor] == null) {
        throw new IllegalArgumentException(
            format("specs[%d] must be the spec of a tensor, got null", tensor));
      }
    }
    return new Tensors(List.of(specs), excludedNames, excludedNumbers, touched);
  }

  Tensors withoutSpecs() {
    return new Tensors(null, excludedNames, excludedNumbers, touched);
  }

  Tensors excluding(String... names) {
    if (names == null) {
      throw new IllegalArgumentException("names must be patterns, got null");
    }
    List<Pattern> patterns = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      patterns.add(pattern("names[" + i + "]", names[i]));
    }
    return new Tensors(specs, List.copyOf(patterns), excludedNumbers, touched);
  }

  static Pattern pattern(String what, String regex) {
    if (regex == null || regex.isEmpty()) {
      throw new IllegalArgumentException(what + " must be a pattern, got " + Text.describe(regex));
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          format(
              "%s must be a regular expression, got %s: %s",
              what, Text.quote(regex), e.getDescription()),
          e);
    }
  }

  Tensors excluding(int... numbers) {
    if (numbers == null) {
      throw new IllegalArgumentException("numbers must be those of tensors, got null");
    }
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] < 0) {
        throw new IllegalArgumentException(
            format("numbers[%d] must be that of a tensor, got %d", i, numbers[i]));
      }
    }
    return new Tensors(specs, excludedNames, Arrays.stream(numbers).boxed().toList(), touched);
  }

  /** With what an accumulation under way has touched of each tensor. */
  Tensors withTouched(List<List<Long>> touched) {
    return new Tensors(specs, excludedNames, excludedNumbers, touched);
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

  /** The tensors' lengths, or null. */
  int[] lengths() {
    return specs == null ? null : specs.stream().mapToInt(TensorSpec::length).toArray();
  }

  /** Refuses what does not fit weights that have been set. */
  void requireLengths(int... known) {
    if (!Arrays.equals(known, lengths())) {
      throw new IllegalArgumentException(
          format(
              "specs must have lengths %s, as the weights, got %s",
              Arrays.toString(known), Arrays.toString(lengths())));
    }
  }

  /** What an accumulation under way has touched of each tensor; null for all of all. */
  List<List<Long>> touched() {
    return touched;
  }

  /** Refuses rows that are not there, or that more calls touched than the accumulation has had. */
  void requireRowsOf(long calls, int... lengths) {
    if (touched == null) {
      return;
    }
    boolean fits = lengths != null && touched.size() == lengths.length;
    for (int tensor = 0; fits && tensor < lengths.length; tensor++) {
      List<Long> its = touched.get(tensor);
      if (its != null && !its.isEmpty()) {
        long length = its.get(1);
        long rows = length == 0 ? 0 : lengths[tensor] / length;
        fits =
            its.get(0) > 0
                && its.get(0) <= calls
                && length >= 0
                && (length == 0 || lengths[tensor] % length == 0)
                && its.stream().skip(2).allMatch(row -> row >= 0 && row < rows);
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          format(
              "state must have touched_rows of the %d calls since the last update, and of tensors of"
                  + " lengths %s, got others",
              calls, Arrays.toString(lengths)));
    }
  }

  boolean decays(int tensor) {
    return !excludedNumbers.contains(tensor)
        && (excludedNames.isEmpty()
            || excludedNames.stream()
                .noneMatch(pattern -> pattern.matcher(lastPart(tensor)).find()));
  }

  private String lastPart(int tensor) {
    String name = specs.get(tensor).name();
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** Checks that what has been told fits so many tensors. */
  void checkFit(int count) {
    if (specs == null && !excludedNames.isEmpty()) {
      throw new IllegalStateException(
          "excludeFromWeightDecay with patterns needs names: call build(TensorSpec...) before the"
              + " first step");
    }
    for (int i = 0; i < excludedNumbers.size(); i++) { // by index: no iterator in every step
      int number = excludedNumbers.get(i);
      if (number >= count) {
        throw new IllegalStateException(
            format(
                "excludeFromWeightDecay must name one of the %d tensors, got number %d",
                count, number));
      }
    }
  }

  // ---- Configuration --------------------------------------------------------------------------

  /** Maps, lists, strings and whole numbers for all of this; null if nothing has been told. */
  Map<String, Object> config() {
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
      config.put(NAMES, excludedNames.stream().map(Pattern::pattern).toList());
    }
    if (!excludedNumbers.isEmpty()) {
      config.put(NUMBERS, excludedNumbers.stream().map(Long::valueOf).toList());
    }
    if (touched != null) {
      config.put(TOUCHED, touched);
    }
    return config.isEmpty() ? null : config;
  }

  /** What a configuration tells. */
  static Tensors of(Object config) {
    if (config == null) {
      return UNKNOWN;
    }
    Tensors tensors = UNKNOWN;
    Map<?, ?> map = require("build_config", config, Map.class, "a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "build_config must hold "
                + String.join(", ", KEYS)
                + " alone, got "
                + Text.describe(entry.getKey()));
      }
      List<?> list = require(key, entry.getValue(), List.class, "a list");
      if (key.equals(SPECS)) {
        tensors = tensors.withSpecs(list.stream().map(Tensors::spec).toArray(TensorSpec[]::new));
      } else if (key.equals(NAMES)) {
        tensors =
            tensors.excluding(
                list.stream()
                    .map(name -> require(NAMES, name, String.class, "a list of texts"))
                    .toArray(String[]::new));
      } else if (key.equals(NUMBERS)) {
        tensors =
            tensors.excluding(
                list.stream().mapToInt(number -> wholeNumber(NUMBERS, number)).toArray());
      } else {
        tensors = tensors.withTouched(list.stream().map(Tensors::touched).toList());
      }
    }
    return tensors;
  }

  /** What the configuration of a state tells, which must be what is known already. */
  Tensors restored(Object config) {
    Tensors told = of(config);
    Tensors known = withTouched(null);
    Tensors given = told.withTouched(null);
    if (!known.equals(UNKNOWN) && !known.equals(given)) {
      throw new IllegalArgumentException(
          format("state must have build_config %s, got %s", known.config(), given.config()));
    }
    return told;
  }

  private static TensorSpec spec(Object tensor) {
    Map<?, ?> map = require(SPECS, tensor, Map.class, "a list of maps of name and shape");
    List<?> shape = require("shape", map.get("shape"), List.class, "a list of whole numbers");
    return new TensorSpec(
        require("name", map.get("name"), String.class, "a text"),
        shape.stream().mapToInt(dimension -> wholeNumber("shape", dimension)).toArray());
  }

  /** Nothing, or two numbers and those of rows. */
  private static List<Long> touched(Object tensor) {
    if (tensor == null) {
      return null;
    }
    List<?> numbers = require(TOUCHED, tensor, List.class, "a list of lists of whole numbers");
    if (numbers.size() == 1) {
      throw refusal(TOUCHED, "a list of lists of whole numbers, not of one", numbers.get(0));
    }
    return numbers.stream().map(number -> (long) wholeNumber(TOUCHED, number)).toList();
  }

  private static int wholeNumber(String what, Object value) {
    String allowed = "a list of whole numbers below 2^31";
    double number = require(what, value, Number.class, allowed).doubleValue();
    if (number != (int) number) {
      throw refusal(what, allowed, value);
    }
    return (int) number;
  }

  private static <T> T require(String what, Object value, Class<T> type, String allowed) {
    if (!type.isInstance(value)) {
      throw refusal(what, allowed, value);
    }
    return type.cast(value);
  }

  private static IllegalArgumentException refusal(String what, String allowed, Object value) {
    return new IllegalArgumentException(
        format("%s must be %s, got %s", what, allowed, Text.describe(value)));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensors && Objects.equals(config(), ((Tensors) other).config());
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(config());
  }
}
