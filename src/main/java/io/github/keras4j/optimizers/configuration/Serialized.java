package io.github.keras4j.optimizers.configuration;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keras's serialized form of an object: the name of its class, its configuration, and more. */
public final class Serialized {
  /** Every key that some version of Keras writes. */
  private static final List<String> KEYS =
      List.of(
          "module",
          "class_name",
          "config",
          "registered_name",
          "build_config",
          "compile_config",
          "shared_object_id");

  private final Map<String, Object> entries = new LinkedHashMap<>();

  /** Takes a configuration; rejects keys that no version of Keras writes. */
  public Serialized(Map<?, ?> map) {
    checkArgument(map != null, "config must be a map of class_name and config, got null");
    Configurations.check(map);
    map.forEach(
        (key, value) -> {
          if (!KEYS.contains(key)) {
            throw illegalArgument(
                "config must hold no keys but %s, got %s",
                String.join(", ", KEYS), Text.describe(key));
          }
          entries.put((String) key, value);
        });
  }

  /** The form in which Keras 3 writes an object. */
  public static Map<String, Object> of(
      String module, String className, Map<String, Object> config) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("module", module);
    map.put("class_name", className);
    map.put("config", config);
    map.put("registered_name", null);
    return map;
  }

  public boolean has(String key) {
    return entries.containsKey(key);
  }

  public String name(String key) {
    return requireName(key, entries.get(key));
  }

  /** The configuration, or an empty one where it is absent or null. */
  public Map<String, ?> configOrEmpty() {
    return entries.get("config") == null ? Map.of() : config();
  }

  @SuppressWarnings("unchecked") // the constructor has checked the keys
  public Map<String, ?> config() {
    Object config = entries.get("config");
    checkArgument(config instanceof Map, "config must be a map, got %s", Text.describe(config));
    return (Map<String, ?>) config;
  }

  public static String requireName(String what, Object value) {
    if (!(value instanceof String name) || name.isBlank()) {
      throw illegalArgument("%s must be a name, got %s", what, Text.describe(value));
    }
    return name;
  }
}
