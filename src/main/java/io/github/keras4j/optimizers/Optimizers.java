package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.storage.Text;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Optimizers by name and by configuration, as Keras's {@code optimizers.get}, {@code serialize} and
 * {@code deserialize}.
 *
 * <pre>{@code
 * Optimizer adam = Optimizers.get("adam");
 * Optimizer same =
 *     Optimizers.get(Map.of("class_name", "Adam", "config", Map.of("lr", 0.01)));
 * Map<String, Object> config = Optimizers.serialize(adam);
 * Optimizer copy = Optimizers.deserialize(config);
 * }</pre>
 *
 * <p>A configuration is what {@code json.loads} makes of a Keras 2.2.4 optimizer's: a map with
 * {@code class_name} and {@code config}. Names are not case-sensitive. All methods may be called
 * from any thread at any time.
 */
public final class Optimizers {
  private static final Map<String, BuiltIn> KERAS =
      Map.of(
          "sgd", new BuiltIn(SGD.class, SGD::fromConfig),
          "rmsprop", new BuiltIn(RMSprop.class, RMSprop::fromConfig),
          "adagrad", new BuiltIn(Adagrad.class, Adagrad::fromConfig),
          "adadelta", new BuiltIn(Adadelta.class, Adadelta::fromConfig),
          "adam", new BuiltIn(Adam.class, Adam::fromConfig),
          "adamax", new BuiltIn(Adamax.class, Adamax::fromConfig),
          "nadam", new BuiltIn(Nadam.class, Nadam::fromConfig));

  private static final Map<String, Function<Map<String, ?>, ? extends Optimizer>> REGISTERED =
      new ConcurrentHashMap<>();

  /** One of this library's own. */
  private record BuiltIn(
      Class<? extends Optimizer> type, Function<Map<String, ?>, ? extends Optimizer> factory) {}

  private Optimizers() {}

  /**
   * The optimizer that a name, a configuration or an optimizer stands for.
   *
   * @param identifier a name, for that optimizer with its defaults; a map with {@code class_name}
   *     and {@code config}, as for {@link #deserialize(Map) deserialize}; or an {@link Optimizer}
   * @return a new optimizer, or the one given
   * @throws IllegalArgumentException if it is none of these, the name is not known, or the
   *     configuration is not valid
   */
  public static Optimizer get(Object identifier) {
    if (identifier instanceof Optimizer) {
      return (Optimizer) identifier;
    }
    if (identifier instanceof Map) {
      return deserialize(namesToValues("identifier", identifier));
    }
    if (identifier instanceof String) {
      return deserialize(Map.of("class_name", identifier, "config", Map.of()));
    }
    throw new IllegalArgumentException(
        "identifier must be a name, a configuration or an optimizer, got "
            + Hyperparameters.describe(identifier));
  }

  /**
   * The configuration from which {@link #deserialize(Map) deserialize} makes an optimizer like this
   * one.
   *
   * @param optimizer any optimizer
   * @return a new map of {@code class_name}, the simple name of its class, and {@code config}, its
   *     {@link Optimizer#getConfig()}
   * @throws IllegalArgumentException if it is null, or of a class of your own with the name of one
   *     of Keras's, which {@link #deserialize(Map) deserialize} would take it for
   */
  public static Map<String, Object> serialize(Optimizer optimizer) {
    if (optimizer == null) {
      throw new IllegalArgumentException("optimizer must be an optimizer, got null");
    }
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("class_name", optimizer.className());
    serialized.put("config", optimizer.getConfig());
    return serialized;
  }

  /** The name by which the class of an optimizer is known, its simple name. */
  static String className(Optimizer optimizer) {
    String name = optimizer.getClass().getSimpleName();
    BuiltIn namesake = KERAS.get(name.toLowerCase(Locale.ROOT));
    if (namesake != null && namesake.type != optimizer.getClass()) {
      throw new IllegalArgumentException(
          "optimizer of your own must not have the name of one of Keras's, got "
              + optimizer.getClass().getName());
    }
    return name;
  }

  /**
   * Makes an optimizer from its configuration.
   *
   * @param config a map of {@code class_name} and {@code config}, never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if the map is null or has not both, the class is not known, or
   *     a hyperparameter is not known or not valid; the message names it
   */
  public static Optimizer deserialize(Map<String, ?> config) {
    return deserialize(config, Map.of());
  }

  /**
   * Makes an optimizer from its configuration, where further classes are known.
   *
   * @param config a map of {@code class_name} and {@code config}, never changed
   * @param customObjects further classes by name, which come before those of this library and those
   *     registered: what makes an optimizer from the inner {@code config}
   * @return a new optimizer
   * @throws IllegalArgumentException as {@link #deserialize(Map) deserialize}, and if {@code
   *     customObjects} is null or makes something else
   */
  public static Optimizer deserialize(
      Map<String, ?> config,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    if (config == null) {
      throw new IllegalArgumentException("config must be a map of class_name and config, got null");
    }
    requireCustomObjects(customObjects);
    // A sorted map cannot be asked for a name among keys of another type; its copy can.
    Map<?, ?> entries = new HashMap<>(config);
    for (String key : new String[] {"class_name", "config"}) {
      if (!entries.containsKey(key)) {
        throw new IllegalArgumentException(
            "config must have class_name and config, got only "
                + Text.quote(config.keySet().toString()));
      }
    }
    String className = name("class_name", entries.get("class_name"));
    Map<String, ?> hyperparameters = namesToValues("config", entries.get("config"));
    Object made = factory(className, customObjects).apply(hyperparameters);
    if (!(made instanceof Optimizer)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "factory of %s must make an optimizer, got %s",
              Text.quote(className),
              Hyperparameters.describe(made)));
    }
    return (Optimizer) made;
  }

  /**
   * Makes an optimizer of one's own known by name.
   *
   * <p>Register it under the simple name of its class, in upper or lower case, and {@link
   * #deserialize(Map) deserialize} and {@link Checkpoint#load Checkpoint.load} find it again from
   * what {@link #serialize} and {@link Checkpoint#save Checkpoint.save} wrote.
   *
   * @param name what to know it by, in upper or lower case; registering a name again replaces the
   *     factory
   * @param factory makes it from a configuration, as {@code Mine::fromConfig}
   * @throws IllegalArgumentException if one is null, or the name is blank or that of one of Keras's
   *     seven
   */
  public static void register(String name, Function<Map<String, ?>, ? extends Optimizer> factory) {
    String key = name("name", name).toLowerCase(Locale.ROOT);
    requireFactory(name, factory);
    if (KERAS.containsKey(key)) {
      throw new IllegalArgumentException(
          "name must not be that of one of Keras's optimizers, got " + Text.quote(name));
    }
    REGISTERED.put(key, factory);
  }

  /**
   * All names that {@link #get get} knows.
   *
   * @return the names in lower case and alphabetical order, as they are now
   */
  public static Set<String> names() {
    Set<String> names = new TreeSet<>(KERAS.keySet());
    names.addAll(REGISTERED.keySet());
    return Collections.unmodifiableSet(names);
  }

  private static Function<? super Map<String, ?>, ?> factory(
      String className, Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    for (Map.Entry<String, ? extends Function<? super Map<String, ?>, ?>> custom :
        customObjects.entrySet()) {
      if (className.equalsIgnoreCase(custom.getKey())) {
        return requireFactory(className, custom.getValue());
      }
    }
    String key = className.toLowerCase(Locale.ROOT);
    if (KERAS.containsKey(key)) {
      return KERAS.get(key).factory;
    }
    Function<Map<String, ?>, ? extends Optimizer> factory = REGISTERED.get(key);
    if (factory == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "unknown optimizer %s, known are %s",
              Text.quote(className),
              String.join(", ", names())));
    }
    return factory;
  }

  private static <F> F requireFactory(String name, F factory) {
    if (factory == null) {
      throw new IllegalArgumentException(
          "factory of " + Text.quote(name) + " must be a function, got null");
    }
    return factory;
  }

  static void requireCustomObjects(Map<String, ?> customObjects) {
    if (customObjects == null) {
      throw new IllegalArgumentException(
          "customObjects must be a map from names to factories, got null");
    }
  }

  private static String name(String what, Object value) {
    if (value instanceof String && !((String) value).isBlank()) {
      return (String) value;
    }
    throw new IllegalArgumentException(
        what + " must be a name, got " + Hyperparameters.describe(value));
  }

  @SuppressWarnings("unchecked") // Hyperparameters checks the keys' type
  private static Map<String, ?> namesToValues(String what, Object value) {
    if (value instanceof Map) {
      return (Map<String, ?>) value;
    }
    throw new IllegalArgumentException(
        what + " must be a map, got " + Hyperparameters.describe(value));
  }
}
