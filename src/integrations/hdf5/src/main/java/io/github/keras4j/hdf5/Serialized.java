package io.github.keras4j.hdf5;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A file's optimizer as it is configured: {@code class_name} and {@code config}, maybe inside. */
final class Serialized {
  private static final String CLASS_NAME = "class_name";
  private static final String CONFIG = "config";
  private static final String GROUPS = "optimizer_map";
  private static final String LOSS_SCALED = "LossScaleOptimizer"; // then maybe V1 or V3

  /** As tf.keras registers its own classes. */
  private static final String OF_TF_KERAS = "Custom>";

  private Serialized() {}

  /**
   * What a name alone stands for in tf.keras up to 2.15, which knows no other defaults than Keras 3
   * under these names.
   */
  static Map<String, Object> named(String name, boolean isFloat32) {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", "keras.optimizers");
    serialized.put(CLASS_NAME, name);
    serialized.put(CONFIG, Map.of());
    if (name.toLowerCase(Locale.ROOT)
        .matches("adadelta|adagrad|adamax|adam|ftrl|nadam|rmsprop|sgd")) {
      Optimizer defaults = Optimizers.get("keras3." + name);
      Map<String, Object> config = new LinkedHashMap<>(defaults.getConfig());
      config.keySet().removeAll(List.of("loss_scale_factor", "gradient_accumulation_steps"));
      config.putAll(Map.of("jit_compile", false, "is_legacy_optimizer", false));
      if (isFloat32) {
        config.computeIfPresent("learning_rate", (key, rate) -> Generation.rounded(rate));
      }
      serialized.put(CLASS_NAME, defaults.getClass().getSimpleName());
      serialized.put(CONFIG, config);
    }
    serialized.put("registered_name", null);
    return serialized;
  }

  static String className(Map<String, Object> serialized) throws IOException {
    String name = Json.string(serialized, CLASS_NAME);
    return name == null ? null : name.substring(name.lastIndexOf('>') + 1);
  }

  /** Whether the class is none of Keras's, whatever its name is. */
  static boolean isCustom(Map<String, Object> serialized) throws IOException {
    String name = String.valueOf(Json.string(serialized, CLASS_NAME));
    String registered = Json.string(serialized, "registered_name");
    return name.contains(">") && !name.startsWith(OF_TF_KERAS)
        || registered != null && registered.contains(">") && !registered.startsWith(OF_TF_KERAS)
        || serialized.containsKey("module") && serialized.get("module") == null;
  }

  /** Whether it scales the losses for another one, which it has inside. */
  static boolean isLossScaled(Map<String, Object> serialized) throws IOException {
    return String.valueOf(className(serialized)).startsWith(LOSS_SCALED)
        && inside(serialized) != null;
  }

  private static String inside(Map<String, Object> serialized) throws IOException {
    Map<String, Object> config = Json.map(serialized, CONFIG);
    for (String key : new String[] {"inner_optimizer", "optimizer"}) {
      if (config != null && config.get(key) instanceof Map) {
        return key;
      }
    }
    return null;
  }

  /** The classes in the configuration of a MultiOptimizer, in order; none in another. */
  static List<String> inGroups(Map<String, Object> config) throws IOException {
    List<String> classes = new ArrayList<>();
    if (config.get(GROUPS) instanceof Map) {
      Map<String, Object> map = Json.map(Json.map(config, GROUPS), CONFIG);
      List<Object> all = new ArrayList<>();
      if (map != null && map.get(GROUPS) instanceof Map<?, ?> byPattern) {
        all.addAll(byPattern.values());
      }
      all.add(map == null ? null : map.get("default_optimizer"));
      for (Object one : all) {
        classes.add(String.valueOf(className(Json.requireMap(GROUPS, one))));
      }
    }
    return classes;
  }

  /** The optimizer that makes the steps; null for null. */
  static Map<String, Object> inner(Map<String, Object> serialized) throws IOException {
    return serialized == null || !isLossScaled(serialized)
        ? serialized
        : Json.map(Json.map(serialized, CONFIG), inside(serialized));
  }

  /** The same with another class and configuration of the optimizer that makes the steps. */
  static Map<String, Object> with(
      Map<String, Object> serialized, String className, Map<String, Object> config)
      throws IOException {
    if (isLossScaled(serialized)) {
      Map<String, Object> inner = with(inner(serialized), className, config);
      return Json.with(
          serialized, CONFIG, Json.with(Json.map(serialized, CONFIG), inside(serialized), inner));
    }
    Map<String, Object> same =
        className.equals(className(serialized))
            ? serialized
            : Json.with(serialized, CLASS_NAME, className);
    return Json.with(same, CONFIG, config);
  }
}
