package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What an optimizer has been told of its tensors: names and shapes, and which of them do not decay.
 * Immutable.
 */
final class Tensors {
  static final Tensors UNKNOWN = new Tensors(null, List.of(), List.of());

  private final List<TensorSpec> specs; // null unless told
  private final List<Pattern> excludedNames;
  private final List<Integer> excludedNumbers;

  private Tensors(
      List<TensorSpec> specs, List<Pattern> excludedNames, List<Integer> excludedNumbers) {
    this.specs = specs;
    this.excludedNames = excludedNames;
    this.excludedNumbers = excludedNumbers;
  }

  Tensors withSpecs(TensorSpec... specs) {
    if (specs == null || specs.length == 0) {
      throw new IllegalArgumentException(
          "specs must hold one for each tensor, got " + (specs == null ? "null" : "none"));
    }
    for (int tensor = 0; tensor < specs.length; tensor++) {
      if (specs[tensor] == null) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "specs[%d] must be the spec of a tensor, got null", tensor));
      }
    }
    return new Tensors(List.of(specs), excludedNames, excludedNumbers);
  }

  Tensors withoutSpecs() {
    return new Tensors(null, excludedNames, excludedNumbers);
  }

  Tensors excluding(String... names) {
    if (names == null) {
      throw new IllegalArgumentException("names must be patterns, got null");
    }
    List<Pattern> patterns = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      patterns.add(pattern("names[" + i + "]", names[i]));
    }
    return new Tensors(specs, List.copyOf(patterns), excludedNumbers);
  }

  static Pattern pattern(String what, String regex) {
    if (regex == null || regex.isEmpty()) {
      throw new IllegalArgumentException(
          what + " must be a pattern, got " + (regex == null ? "null" : "\"\""));
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be a regular expression, got one with this fault: %s",
              what,
              e.getDescription()),
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
            String.format(
                Locale.ROOT, "numbers[%d] must be that of a tensor, got %d", i, numbers[i]));
      }
    }
    return new Tensors(specs, excludedNames, Arrays.stream(numbers).boxed().toList());
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
            String.format(
                Locale.ROOT,
                "excludeFromWeightDecay must name one of the %d tensors, got number %d",
                count,
                number));
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
      config.put("tensors", tensors);
    }
    if (!excludedNames.isEmpty()) {
      config.put("exclude_names", excludedNames.stream().map(Pattern::pattern).toList());
    }
    if (!excludedNumbers.isEmpty()) {
      config.put("exclude_numbers", excludedNumbers.stream().map(Long::valueOf).toList());
    }
    return config.isEmpty() ? null : config;
  }

  /** What a configuration tells. */
  static Tensors of(Object config) {
    if (config == null) {
      return UNKNOWN;
    }
    Tensors tensors = UNKNOWN;
    Map<?, ?> map = require(config, Map.class, "build_config must be a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = String.valueOf(entry.getKey());
      List<?> list =
          require(entry.getValue(), List.class, "build_config must hold lists of known names");
      switch (key) {
        case "tensors":
          tensors = tensors.withSpecs(list.stream().map(Tensors::spec).toArray(TensorSpec[]::new));
          break;
        case "exclude_names":
          tensors =
              tensors.excluding(
                  list.stream()
                      .map(name -> require(name, String.class, "exclude_names must be texts"))
                      .toArray(String[]::new));
          break;
        case "exclude_numbers":
          tensors = tensors.excluding(list.stream().mapToInt(Tensors::wholeNumber).toArray());
          break;
        default:
          throw new IllegalArgumentException(
              "build_config must hold tensors, exclude_names and exclude_numbers, got another name");
      }
    }
    return tensors;
  }

  private static TensorSpec spec(Object tensor) {
    Map<?, ?> map = require(tensor, Map.class, "tensors must be maps of name and shape");
    List<?> shape = require(map.get("shape"), List.class, "shape must be a list of whole numbers");
    return new TensorSpec(
        require(map.get("name"), String.class, "name must be a text"),
        shape.stream().mapToInt(Tensors::wholeNumber).toArray());
  }

  private static int wholeNumber(Object value) {
    double number = require(value, Number.class, "must be whole numbers").doubleValue();
    if (number != (int) number) {
      throw new IllegalArgumentException("must be whole numbers below 2^31, got " + number);
    }
    return (int) number;
  }

  private static <T> T require(Object value, Class<T> type, String what) {
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s, got %s",
              what,
              value == null ? "null" : "a value of class " + value.getClass().getSimpleName()));
    }
    return type.cast(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensors
        && (config() == null
            ? ((Tensors) other).config() == null
            : config().equals(((Tensors) other).config()));
  }

  @Override
  public int hashCode() {
    return config() == null ? 0 : config().hashCode();
  }
}
