package io.github.keras4j.optimizers.configuration;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The configuration of an optimizer of any version of Keras, as the class here takes it that
 * computes the same. What wrote it shows in its keys:
 *
 * <pre>
 * Keras 2.2           lr
 * Keras 2.3           learning_rate with decay or schedule_decay, no name
 * tf.keras 2.0-2.10,  name, learning_rate and decay; a module named legacy
 *   and legacy           or optimizer_v2
 * tf.keras 2.11-2.15  jit_compile, is_legacy_optimizer
 * Keras 3             module, or loss_scale_factor
 * </pre>
 *
 * <p>The optimizers of tf.keras 2.11 to 2.15 have the formulas of Keras 3. Of the older ones
 * RMSprop without momentum, Adagrad and Nadam have the formulas of Keras 2.2.4, all others the
 * formulas of Keras 3, and {@code decay} is Keras 3's {@code InverseTimeDecay}. Numbers stay as
 * they are given.
 *
 * @param className without the package by which tf.keras registers its classes
 * @param isOfKeras3 whether the class is Keras 3's where both generations have one of the name
 */
public record Configured(String className, boolean isOfKeras3, Map<String, ?> config) {
  private static final String RATE = "learning_rate";
  private static final String DECAY = "decay";
  private static final String SCHEDULE_DECAY = "schedule_decay";
  private static final String LEGACY = "is_legacy_optimizer";
  private static final String JIT = "jit_compile";
  private static final String FTRL = "ftrl";
  private static final List<String> CLIPS = List.of("clipnorm", "global_clipnorm", "clipvalue");

  private static final Set<String> OF_KERAS_2 =
      Set.of("sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam");
  private static final Set<String> OF_TF_KERAS_ALONE = Set.of(FTRL, "adamw", "lion", "adafactor");

  /** Takes a configuration for what its keys show; rejects one that no class here computes. */
  public static Configured of(Serialized serialized) {
    boolean hasModule = serialized.has("module");
    Map<String, ?> config = hasModule ? serialized.configOrEmpty() : serialized.config();
    String module = hasModule ? serialized.name("module") : "";
    String className = serialized.name("class_name");
    String plain = className.replaceFirst("(?s)^Custom>(?=.)", "");
    Configured same = new Configured(plain, hasModule, config);
    boolean ofKeras2 = OF_KERAS_2.contains(same.key());
    if (!ofKeras2 && !OF_TF_KERAS_ALONE.contains(same.key())) {
      return same;
    }
    if (config.containsKey(JIT) || config.containsKey(LEGACY)) {
      return same.ofTfKeras();
    }
    boolean isNamed = config.containsKey("name");
    boolean decays = config.containsKey(DECAY);
    boolean isLegacy =
        hasModule
            ? module.contains("legacy") || module.contains("optimizer_v2")
            : config.containsKey(RATE) && decays && isNamed;
    if (isLegacy && (ofKeras2 || same.key().equals(FTRL))) {
      return same.ofLegacy();
    }
    if (!hasModule && config.containsKey("loss_scale_factor")) { // as Keras 3 has it in .h5
      return new Configured(plain, true, config);
    }
    boolean ofKeras23 = !isNamed && (decays || config.containsKey(SCHEDULE_DECAY));
    return !hasModule && ofKeras2 && ofKeras23 && config.containsKey(RATE)
        ? new Configured(plain, false, renamed(config, RATE, "lr"))
        : same;
  }

  private String key() {
    return className.toLowerCase(Locale.ROOT);
  }

  // ---- tf.keras 2.11 to 2.15 ------------------------------------------------------------------

  private Configured ofTfKeras() {
    checkArgument(
        !Boolean.TRUE.equals(config.get("use_ema")),
        "use_ema must be false in a configuration of tf.keras 2.11 to 2.15, got true: its average"
            + " begins with the parameters before the first step, Keras 3's with those after it;"
            + " make the optimizer without, and copy(Map.of(\"use_ema\", true)) if that does not"
            + " matter");
    Map<String, Object> own = new LinkedHashMap<>(config);
    own.keySet().removeAll(Set.of(JIT, LEGACY));
    boolean clips = false;
    for (String clip : CLIPS) { // the first one counts, and 0 is none
      if (clips || own.get(clip) instanceof Number number && number.doubleValue() == 0.) {
        own.remove(clip);
      }
      clips |= own.get(clip) != null;
    }
    return new Configured(className, true, own);
  }

  // ---- tf.keras 2.0 to 2.10, and legacy -------------------------------------------------------

  private Configured ofLegacy() {
    Map<String, Object> own = new LinkedHashMap<>(config);
    boolean ofKeras2 =
        Set.of("adagrad", "nadam").contains(key())
            || key().equals("rmsprop") && isZero(own.get("momentum"));
    return ofKeras2 ? ofLegacyAsKeras2(own) : ofLegacyAsKeras3(own);
  }

  private Configured ofLegacyAsKeras2(Map<String, Object> own) {
    checkArgument(
        !(own.get(RATE) instanceof Map),
        "learning_rate must be a number in a configuration of tf.keras's legacy %s, whose formula"
            + " is that of Keras 2.2.4, got a schedule",
        className);
    requireNone(own, "centered", "it adds epsilon to the root, which no class here does");
    requireNone(own, "clipnorm", "it clips each tensor, Keras 2.2.4 all together");
    requireNone(
        own,
        "initial_accumulator_value",
        "the accumulators of Keras 2.2.4 begin with 0: set them by setState or setWeights");
    checkArgument(
        isZero(own.get("clipvalue")) || isZero(own.get("global_clipnorm")),
        "of global_clipnorm and clipvalue one must be null in a configuration of tf.keras's"
            + " legacy %s, got both: it clips by value first, Keras 2.2.4 by norm",
        className);
    own.keySet().removeAll(Set.of("name", "momentum"));
    Map<String, Object> ofKeras2 = renamed(own, RATE, "lr");
    ofKeras2 = renamed(ofKeras2, "global_clipnorm", "clipnorm");
    return new Configured(
        className,
        false,
        key().equals("nadam") ? renamed(ofKeras2, DECAY, SCHEDULE_DECAY) : ofKeras2);
  }

  /** Takes out a hyperparameter that is off, and rejects one that is not. */
  private void requireNone(Map<String, Object> own, String name, String why) {
    Object value = own.remove(name);
    checkArgument(
        isZero(value) || Boolean.FALSE.equals(value),
        "%s must be off in a configuration of tf.keras's legacy %s, got %s: %s",
        name,
        className,
        Text.describe(value),
        why);
  }

  private Configured ofLegacyAsKeras3(Map<String, Object> own) {
    Object decay = own.remove(DECAY);
    if (!isZero(decay)) {
      checkArgument(
          own.get(RATE) instanceof Number,
          "learning_rate must be a number in a configuration of tf.keras's legacy %s with decay,"
              + " got %s",
          className,
          Text.describe(own.get(RATE)));
      Map<String, Object> schedule =
          Map.of("initial_learning_rate", own.get(RATE), "decay_steps", 1, "decay_rate", decay);
      String name = "InverseTimeDecay";
      own.put(RATE, Serialized.of("keras.optimizers.schedules", name, schedule));
    }
    return new Configured(className, true, own);
  }

  private static boolean isZero(Object value) {
    return value == null || value instanceof Number number && number.doubleValue() == 0.;
  }

  private static Map<String, Object> renamed(Map<String, ?> config, String from, String to) {
    Map<String, Object> renamed = new LinkedHashMap<>();
    config.forEach((name, value) -> renamed.put(name.equals(from) ? to : name, value));
    return renamed;
  }
}
