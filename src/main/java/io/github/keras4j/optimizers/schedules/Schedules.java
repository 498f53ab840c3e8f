package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Text.format;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** The schedules of Keras by name, and their serialized form. */
final class Schedules {
  private static final Map<String, Function<Map<String, ?>, LearningRateSchedule>> KERAS =
      Map.of(
          "ExponentialDecay", ExponentialDecay::fromConfig,
          "PiecewiseConstantDecay", PiecewiseConstantDecay::fromConfig,
          "PolynomialDecay", PolynomialDecay::fromConfig,
          "InverseTimeDecay", InverseTimeDecay::fromConfig,
          "CosineDecay", CosineDecay::fromConfig,
          "CosineDecayRestarts", CosineDecayRestarts::fromConfig);

  private static final int LONGEST_TEXT = 60;

  private Schedules() {}

  /** The names of Keras's classes. */
  static Set<String> names() {
    return KERAS.keySet();
  }

  static Map<String, Object> serialize(LearningRateSchedule schedule) {
    if (schedule == null) {
      throw new IllegalArgumentException("schedule must be a schedule, got null");
    }
    boolean own = !(schedule instanceof KerasSchedule);
    Map<String, Object> config = schedule.getConfig();
    Class<?> type = schedule.getClass();
    if (type.getSimpleName().isEmpty() || own && KERAS.containsKey(type.getSimpleName())) {
      throw new IllegalArgumentException(
          "schedule must be of a class with a name that no schedule of Keras has, got "
              + type.getName());
    }
    if (config == null) {
      throw new IllegalArgumentException(
          "getConfig of " + type.getSimpleName() + " must answer a map, got null");
    }
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", own ? type.getPackageName() : "keras.optimizers.schedules");
    serialized.put("class_name", type.getSimpleName());
    serialized.put("config", config);
    serialized.put("registered_name", null);
    return serialized;
  }

  static LearningRateSchedule deserialize(
      Map<String, ?> config,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    if (config == null) {
      throw new IllegalArgumentException("config must be a map of class_name and config, got null");
    }
    if (customObjects == null) {
      throw new IllegalArgumentException(
          "customObjects must be a map from names to factories, got null");
    }
    // A sorted map cannot be asked for a name among keys of another type; its copy can.
    Map<?, ?> entries = new HashMap<>(config);
    Object className = entries.get("class_name");
    if (!(className instanceof String)) {
      throw new IllegalArgumentException("class_name must be a name, got " + kind(className));
    }
    Object inner = entries.get("config");
    if (inner != null && !(inner instanceof Map)) {
      throw new IllegalArgumentException("config must be a map, got " + kind(inner));
    }
    Object made =
        factory((String) className, customObjects)
            .apply(inner == null ? Map.of() : arguments(inner));
    if (!(made instanceof LearningRateSchedule)) {
      throw new IllegalArgumentException(
          "factory of " + className + " must make a schedule, got " + kind(made));
    }
    return (LearningRateSchedule) made;
  }

  private static Function<? super Map<String, ?>, ?> factory(
      String className, Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    Map<String, Function<? super Map<String, ?>, ?>> known = new HashMap<>(KERAS);
    known.putAll(customObjects);
    known.remove(null);
    if (!known.containsKey(className)) {
      throw new IllegalArgumentException(
          format(
              "unknown schedule %s, known are %s",
              quoted(className), String.join(", ", new TreeSet<>(known.keySet()))));
    }
    if (known.get(className) == null) {
      throw new IllegalArgumentException(
          "factory of " + className + " must be a function, got null");
    }
    return known.get(className);
  }

  @SuppressWarnings("unchecked") // Hyperparameters checks the keys' type
  private static Map<String, ?> arguments(Object config) {
    return (Map<String, ?>) config;
  }

  private static String kind(Object value) {
    return value == null ? "null" : "a value of class " + value.getClass().getSimpleName();
  }

  private static String quoted(String text) {
    return text.length() <= LONGEST_TEXT
        ? '"' + text + '"'
        : '"' + text.substring(0, LONGEST_TEXT) + "…\"";
  }
}
