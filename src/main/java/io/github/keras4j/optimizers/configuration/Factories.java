package io.github.keras4j.optimizers.configuration;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Custom objects: by names of classes, functions that make an object from its configuration. */
public final class Factories {
  private final Map<String, Function<? super Map<String, ?>, ?>> byName = new LinkedHashMap<>();

  /** Rejects what are not names and functions, as raw types let it be. */
  @SuppressWarnings("unchecked") // such a function is called with what it should take
  public Factories(Map<?, ?> customObjects) {
    checkArgument(
        customObjects != null, "customObjects must be a map from names to factories, got null");
    customObjects.forEach(
        (name, factory) -> {
          checkArgument(
              name instanceof String,
              "customObjects must have names as keys, got %s",
              Text.describe(name));
          require((String) name, factory);
          byName.put((String) name, (Function<? super Map<String, ?>, ?>) factory);
        });
  }

  public static void require(String name, Object factory) {
    checkArgument(
        factory instanceof Function,
        "factory of %s must be a function, got %s",
        Text.quote(name),
        Text.describe(factory));
  }

  public Set<String> names() {
    return byName.keySet();
  }

  public Function<? super Map<String, ?>, ?> get(String name) {
    return byName.get(name);
  }

  /** The function of that name in upper or lower case, or null. */
  public Function<? super Map<String, ?>, ?> getIgnoringCase(String name) {
    return byName.keySet().stream()
        .filter(name::equalsIgnoreCase)
        .findFirst()
        .map(byName::get)
        .orElse(null);
  }

  /** A checked configuration, in which objects take the place of their serialized forms. */
  public Map<String, ?> replaceIn(Map<String, ?> config) {
    return byName.isEmpty() ? config : Configurations.copy(config, this::replace);
  }

  private Object replace(Map<String, Object> map) {
    boolean serialized = map.get("class_name") instanceof String && map.containsKey("config");
    Function<? super Map<String, ?>, ?> factory =
        serialized ? byName.get(map.get("class_name")) : null;
    return factory == null ? map : factory.apply(new Serialized(map).config());
  }

  public static <T> T make(
      Class<T> type,
      String kind,
      String name,
      Function<? super Map<String, ?>, ?> factory,
      Map<String, ?> config) {
    Object made = factory.apply(config);
    checkArgument(
        type.isInstance(made),
        "factory of %s must make %s, got %s",
        Text.quote(name),
        kind,
        Text.describe(made));
    return type.cast(made);
  }
}
