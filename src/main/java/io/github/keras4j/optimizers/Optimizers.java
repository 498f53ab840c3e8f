package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;
import static java.util.Map.entry;

import io.github.keras4j.optimizers.keras3.Adafactor;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.Ftrl;
import io.github.keras4j.optimizers.keras3.Lamb;
import io.github.keras4j.optimizers.keras3.Lion;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
  private static final String KERAS3_PREFIX = "keras3.";

  /** Keras 2.2.4's. */
  private static final Map<Class<?>, Factory> KERAS2 =
      Map.of(
          SGD.class, SGD::fromConfig,
          RMSprop.class, RMSprop::fromConfig,
          Adagrad.class, Adagrad::fromConfig,
          Adadelta.class, Adadelta::fromConfig,
          Adam.class, Adam::fromConfig,
          Adamax.class, Adamax::fromConfig,
          Nadam.class, Nadam::fromConfig);

  /** Keras 3's. */
  private static final Map<Class<?>, Factory> KERAS3 =
      Map.ofEntries(
          entry(
              io.github.keras4j.optimizers.keras3.SGD.class,
              io.github.keras4j.optimizers.keras3.SGD::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.RMSprop.class,
              io.github.keras4j.optimizers.keras3.RMSprop::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.Adagrad.class,
              io.github.keras4j.optimizers.keras3.Adagrad::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.Adadelta.class,
              io.github.keras4j.optimizers.keras3.Adadelta::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.Adam.class,
              io.github.keras4j.optimizers.keras3.Adam::fromConfig),
          entry(AdamW.class, AdamW::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.Adamax.class,
              io.github.keras4j.optimizers.keras3.Adamax::fromConfig),
          entry(
              io.github.keras4j.optimizers.keras3.Nadam.class,
              io.github.keras4j.optimizers.keras3.Nadam::fromConfig),
          entry(Ftrl.class, Ftrl::fromConfig),
          entry(Lion.class, Lion::fromConfig),
          entry(Lamb.class, Lamb::fromConfig),
          entry(Adafactor.class, Adafactor::fromConfig),
          entry(Muon.class, Muon::fromConfig),
          entry(ScheduleFreeAdamW.class, ScheduleFreeAdamW::fromConfig),
          entry(MultiOptimizer.class, MultiOptimizer::fromConfig));

  /** Those of this library by the names that {@link #names} lists. */
  private static final Map<String, Factory> KERAS = byName();

  private static final Map<String, Factory> REGISTERED = new ConcurrentHashMap<>();

  private interface Factory extends Function<Map<String, ?>, Optimizer> {}

  private Optimizers() {}

  private static Map<String, Factory> byName() {
    Map<String, Factory> byName = new TreeMap<>();
    KERAS2.forEach((type, factory) -> byName.put(lowerCase(type.getSimpleName()), factory));
    Set<String> ofBoth = Set.copyOf(byName.keySet());
    KERAS3.forEach(
        (type, factory) -> {
          String name = lowerCase(type.getSimpleName());
          byName.put(ofBoth.contains(name) ? KERAS3_PREFIX + name : name, factory);
        });
    return byName;
  }

  private static String lowerCase(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** What a name stands for; that of an optimizer only Keras 3 has may have the prefix too. */
  private static Factory known(String name) {
    String key = lowerCase(name);
    Factory listed = KERAS.getOrDefault(key, REGISTERED.get(key));
    return listed == null && key.startsWith(KERAS3_PREFIX)
        ? KERAS.get(key.substring(KERAS3_PREFIX.length()))
        : listed;
  }

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
    if (KERAS3.containsKey(optimizer.getClass())) {
      serialized.put("module", "keras.optimizers");
      serialized.put("class_name", optimizer.getClass().getSimpleName());
      serialized.put("config", optimizer.getConfig());
      serialized.put("registered_name", null);
    } else {
      serialized.put("class_name", optimizer.className());
      serialized.put("config", optimizer.getConfig());
    }
    return serialized;
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
    Map<String, Object> entries = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    // A map that came through raw types may hold keys of any type.
    ((Map<?, ?>) config)
        .forEach(
            (key, value) -> {
              keys.add(key instanceof String ? (String) key : Hyperparameters.describe(key));
              if (key instanceof String) {
                entries.put((String) key, value);
              }
            });
    boolean ofKeras3 = entries.containsKey("module");
    if (!entries.containsKey("class_name") || !ofKeras3 && !entries.containsKey("config")) {
      throw new IllegalArgumentException(
          "config must have class_name and config, got only " + Text.quote(keys.toString()));
    }
    String className = name("class_name", entries.get("class_name"));
    if (ofKeras3) {
      name("module", entries.get("module"));
    }
    Object inner = entries.get("config") == null && ofKeras3 ? Map.of() : entries.get("config");
    Map<String, ?> hyperparameters =
        namesToValues("config", withCustomObjects(namesToValues("config", inner), customObjects));
    Object made = factory(className, ofKeras3, customObjects).apply(hyperparameters);
    if (!(made instanceof Optimizer)) {
      throw new IllegalArgumentException(
          format(
              "factory of %s must make an optimizer, got %s",
              Text.quote(className), Hyperparameters.describe(made)));
    }
    return (Optimizer) made;
  }

  /** A value in which every configuration of a custom object has become the object. */
  private static Object withCustomObjects(
      Object value, Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    if (customObjects.isEmpty()) {
      return value;
    }
    if (value instanceof List) {
      List<Object> list = new ArrayList<>();
      ((List<?>) value).forEach(element -> list.add(withCustomObjects(element, customObjects)));
      return list;
    }
    if (!(value instanceof Map)) {
      return value;
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    ((Map<?, ?>) value).forEach((key, of) -> map.put(key, withCustomObjects(of, customObjects)));
    Object className = map.get("class_name");
    Function<? super Map<String, ?>, ?> custom =
        className instanceof String && map.containsKey("config")
            ? customObjects.get(className)
            : null;
    return custom == null ? map : custom.apply(namesToValues("config", map.get("config")));
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
    if (isBuiltIn(key)) {
      throw new IllegalArgumentException(
          "name must not be that of one of Keras's optimizers, got " + Text.quote(name));
    }
    REGISTERED.put(key, factory::apply);
  }

  /**
   * All names from which {@link #get get} makes an optimizer with its defaults. {@code
   * MultiOptimizer}, which has none, is known to {@link #deserialize(Map) deserialize} alone.
   *
   * @return the names in lower case and alphabetical order, as they are now
   */
  public static Set<String> names() {
    Set<String> names = new TreeSet<>(KERAS.keySet());
    names.remove(lowerCase(MultiOptimizer.class.getSimpleName())); // has no defaults
    names.addAll(REGISTERED.keySet());
    return Collections.unmodifiableSet(names);
  }

  /** What a class is called here, whether {@link #get} knows it or not. */
  static String label(Class<?> type) {
    return (KERAS3.containsKey(type) ? KERAS3_PREFIX : "") + type.getSimpleName();
  }

  /**
   * The name by which {@link #get} knows a class, or would if it were registered.
   *
   * @throws IllegalArgumentException if that is the name of one of this library's
   */
  static String className(Class<?> type) {
    boolean own = KERAS2.containsKey(type) || KERAS3.containsKey(type);
    if (!own && isBuiltIn(label(type))) {
      throw new IllegalArgumentException(
          "optimizer of your own must not have the name of one of Keras's, got " + type.getName());
    }
    return label(type);
  }

  private static boolean isBuiltIn(String name) {
    return known(name) != null && !REGISTERED.containsKey(lowerCase(name));
  }

  /** Whether {@link #deserialize(Map) deserialize} knows a class by this name. */
  static boolean isKnown(String className) {
    return known(className) != null;
  }

  private static Function<? super Map<String, ?>, ?> factory(
      String className,
      boolean ofKeras3,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    for (Map.Entry<String, ? extends Function<? super Map<String, ?>, ?>> custom :
        customObjects.entrySet()) {
      if (className.equalsIgnoreCase(custom.getKey())) {
        return requireFactory(className, custom.getValue());
      }
    }
    if (lowerCase(className).endsWith("lossscaleoptimizer")) {
      throw new IllegalArgumentException(
          "LossScaleOptimizer is left out, since nothing here is float16: give its"
              + " inner_optimizer's configuration");
    }
    Factory ofKeras3Alone = ofKeras3 ? known(KERAS3_PREFIX + className) : null;
    Factory factory = ofKeras3Alone == null ? known(className) : ofKeras3Alone;
    if (factory == null) {
      throw new IllegalArgumentException(
          format(
              "unknown optimizer %s, known are %s",
              Text.quote(className), String.join(", ", names())));
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
