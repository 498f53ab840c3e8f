package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static java.util.Map.entry;

import io.github.keras4j.optimizers.configuration.Configured;
import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.configuration.Serialized;
import io.github.keras4j.optimizers.keras3.Adafactor;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.Ftrl;
import io.github.keras4j.optimizers.keras3.Lamb;
import io.github.keras4j.optimizers.keras3.Lion;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW;
import io.github.keras4j.optimizers.text.Spelling;
import io.github.keras4j.optimizers.text.Text;
import java.util.Collections;
import java.util.LinkedHashMap;
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
 * <p>A configuration is the map that a JSON reader makes of what Keras writes for an optimizer. It
 * has {@code class_name} and {@code config}. With a {@code module} it is of Keras 3, without one of
 * Keras 2.2.4 if both have a class of that name; so are names: {@code "adam"} is of Keras 2.2.4,
 * {@code "keras3.adam"} of Keras 3, {@code "adamw"} of the only one that has it. Upper and lower
 * case are the same. All methods may be called from any thread at any time.
 *
 * <p>A configuration of Keras 2.3 or of tf.keras 2.0 to 2.15, which its keys show, becomes the
 * optimizer of either generation that computes the same; what none computes is rejected. Numbers
 * are taken as they are; TensorFlow rounds some of them to float32.
 */
public final class Optimizers {
  private static final String KERAS3_PREFIX = "keras3.";

  private static final Map<Class<?>, Factory> KERAS2 =
      Map.of(
          SGD.class, SGD::fromConfig,
          RMSprop.class, RMSprop::fromConfig,
          Adagrad.class, Adagrad::fromConfig,
          Adadelta.class, Adadelta::fromConfig,
          Adam.class, Adam::fromConfig,
          Adamax.class, Adamax::fromConfig,
          Nadam.class, Nadam::fromConfig);

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

  /** The optimizers of this library by the names that {@link #names} lists. */
  private static final Map<String, Factory> KERAS = byName();

  private static final Map<String, Factory> REGISTERED = new ConcurrentHashMap<>();

  private static final Factories NO_CUSTOM_OBJECTS = new Factories(Map.of());

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
   * Returns the optimizer that a name, a configuration or an optimizer stands for.
   *
   * @param identifier a name, for a new optimizer with its defaults; a configuration, as for {@link
   *     #deserialize(Map) deserialize}; or an {@link Optimizer}, which is returned
   * @throws IllegalArgumentException if it is none of these, the name is not known, or the
   *     configuration is not valid
   */
  public static Optimizer get(Object identifier) {
    if (identifier instanceof Optimizer) {
      return (Optimizer) identifier;
    }
    if (identifier instanceof Map) {
      return make((Map<?, ?>) identifier, NO_CUSTOM_OBJECTS);
    }
    if (identifier instanceof String) {
      return make(Map.of("class_name", identifier, "config", Map.of()), NO_CUSTOM_OBJECTS);
    }
    throw illegalArgument(
        "identifier must be a name, a configuration or an optimizer, got %s",
        Text.describe(identifier));
  }

  /**
   * Returns the configuration from which {@link #deserialize(Map) deserialize} makes an optimizer
   * like this one.
   *
   * @return a new map of {@code class_name}, the simple name of the class, and {@code config}, from
   *     {@link Optimizer#getConfig()}; for an optimizer of Keras 3 also {@code module} and {@code
   *     registered_name}, in Keras's order
   * @throws IllegalArgumentException if it is null, or of a custom class with the name of a class
   *     of this library, which {@link #deserialize(Map) deserialize} would take it for
   */
  public static Map<String, Object> serialize(Optimizer optimizer) {
    checkArgument(optimizer != null, "optimizer must be an optimizer, got null");
    Map<String, Object> config = optimizer.getConfig();
    if (KERAS3.containsKey(optimizer.getClass())) {
      return Serialized.of("keras.optimizers", optimizer.getClass().getSimpleName(), config);
    }
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("class_name", className(optimizer.getClass()));
    serialized.put("config", config);
    return serialized;
  }

  /**
   * Makes an optimizer from its configuration.
   *
   * @param config a map of {@code class_name} and {@code config}, which is never changed; with
   *     {@code module}, {@code config} may be null or absent; {@code registered_name}, {@code
   *     build_config}, {@code compile_config} and {@code shared_object_id} are ignored
   * @throws IllegalArgumentException if the map is null, nested deeper than 32, lacks a key or has
   *     another one, the class is not known, or a hyperparameter is not known or not valid; the
   *     message names it
   */
  public static Optimizer deserialize(Map<String, ?> config) {
    return make(config, NO_CUSTOM_OBJECTS);
  }

  /**
   * Makes an optimizer from its configuration, in which custom classes may be named.
   *
   * @param config as for {@link #deserialize(Map) deserialize}
   * @param customObjects by the names of the classes, what makes an object of each from the inner
   *     {@code config}; they come before the classes of this library and those registered
   * @throws IllegalArgumentException as {@link #deserialize(Map) deserialize}, and if {@code
   *     customObjects} is null, holds anything but names and functions, or makes something else
   *     than an optimizer
   */
  public static Optimizer deserialize(
      Map<String, ?> config,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    return make(config, new Factories(customObjects));
  }

  static Optimizer make(Map<?, ?> config, Factories customObjects) {
    Serialized serialized = new Serialized(config);
    String className = serialized.name("class_name");
    Function<? super Map<String, ?>, ?> custom = customObjects.getIgnoringCase(className);
    if (custom != null) {
      boolean canBeEmpty = serialized.has("module");
      Map<String, ?> inner = canBeEmpty ? serialized.configOrEmpty() : serialized.config();
      return make(className, custom, customObjects.replaceIn(inner));
    }
    Configured configured = Configured.of(serialized);
    className = configured.className();
    return make(
        className,
        factory(className, configured.isOfKeras3()),
        customObjects.replaceIn(configured.config()));
  }

  private static Optimizer make(
      String className, Function<? super Map<String, ?>, ?> factory, Map<String, ?> config) {
    return Factories.make(Optimizer.class, "an optimizer", className, factory, config);
  }

  /**
   * Makes a custom optimizer known by name.
   *
   * <p>Register it under the simple name of its class, in upper or lower case, and {@link
   * #deserialize(Map) deserialize} and {@link Checkpoint#load Checkpoint.load} find it from what
   * {@link #serialize} and {@link Checkpoint#save Checkpoint.save} wrote.
   *
   * @param name of any case; to register it again replaces the factory
   * @param factory makes the optimizer from a configuration, as {@code Custom::fromConfig}
   * @throws IllegalArgumentException if one is null, or the name is blank or that of an optimizer
   *     of this library
   */
  public static void register(String name, Function<Map<String, ?>, ? extends Optimizer> factory) {
    Serialized.requireName("name", name);
    Factories.require(name, factory);
    checkArgument(
        !isBuiltIn(name),
        "name must not be that of one of Keras's optimizers, got %s",
        Text.quote(name));
    REGISTERED.put(lowerCase(name), factory::apply);
  }

  /**
   * Returns all names from which {@link #get get} makes an optimizer with its defaults. {@code
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
   * The name by which {@link #get} knows a class, or would if it were registered. Rejects a custom
   * class whose name is that of a class of this library.
   */
  static String className(Class<?> type) {
    boolean own = KERAS2.containsKey(type) || KERAS3.containsKey(type);
    checkArgument(
        own || !isBuiltIn(label(type)),
        "custom optimizer must not have the name of one of Keras's, got %s",
        type.getName());
    return label(type);
  }

  private static boolean isBuiltIn(String name) {
    return known(name) != null && !REGISTERED.containsKey(lowerCase(name));
  }

  private static Factory factory(String className, boolean ofKeras3) {
    checkArgument(
        !lowerCase(className).contains("lossscaleoptimizer"),
        "LossScaleOptimizer is left out, since nothing here is float16: give its"
            + " inner_optimizer's configuration");
    Factory ofKeras3Alone = ofKeras3 ? known(KERAS3_PREFIX + className) : null;
    Factory factory = ofKeras3Alone == null ? known(className) : ofKeras3Alone;
    if (factory == null) {
      throw illegalArgument(
          "unknown optimizer %s, known are %s%s",
          Text.quote(className),
          String.join(", ", names()),
          Spelling.didYouMean(className, names()));
    }
    return factory;
  }
}
