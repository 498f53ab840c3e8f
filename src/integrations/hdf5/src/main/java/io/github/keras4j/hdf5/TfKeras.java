package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.PRODUCT;
import static io.github.keras4j.hdf5.OptimizerClasses.TF;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * tf.keras 2.11 to 2.15, {@code tf.keras.optimizers}: the formulas of Keras 3, but the iteration
 * alone comes first, and an {@code .h5} calls the class {@code Custom>Adam}.
 *
 * <pre>
 * SGD, RMSprop, Adagrad, Adadelta, Lion, Ftrl, Adafactor   what Keras 3 computes
 * Adam, AdamW, Adamax, Nadam                               in float32 likewise; in float64 none
 * </pre>
 *
 * TensorFlow rounds some hyperparameters to float32 on their way into a float64 model, which is
 * done here too. The betas of Adam, AdamW and Adamax it rounds before it takes their powers, and
 * nowhere else; so in float64 the bias correction is that of other betas than the averages'. Of
 * Nadam it rounds the 0.96 of the schedule too, which cannot be set here. Nadam's running product
 * is lost, and computed again. The first step of a moving average differs from Keras 3's.
 */
final class TfKeras implements Generation {
  private static final Set<String> SAME =
      Set.of("SGD", "RMSprop", "Adagrad", "Adadelta", "Lion", "Ftrl", "Adafactor");
  private static final Set<String> SAME_IN_FLOAT32 = Set.of("Adam", "AdamW", "Adamax", "Nadam");

  private static final String WEIGHT_DECAY = "weight_decay";
  private static final String AVERAGE = "use_ema";

  /** What is rounded, by class. */
  private static final Map<String, List<String>> ROUNDED =
      Map.of(
          "SGD", List.of("momentum"),
          "Lion", List.of("beta_1", "beta_2"),
          "Ftrl", List.of("initial_accumulator_value"),
          "Adafactor", List.of("epsilon_2"));

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    requireFormula(stored);
    Map<String, Object> serialized = serialized(stored);
    Optimizer optimizer = Generation.deserialize(serialized);
    return averages(stored) ? optimizer.copy(Map.of(AVERAGE, true)) : optimizer;
  }

  /** The configuration with what is rounded, and without the average, whose begin differs. */
  private static Map<String, Object> serialized(Stored stored) {
    Map<String, Object> config = new LinkedHashMap<>(stored.config());
    config.computeIfPresent(AVERAGE, (name, average) -> false);
    config.computeIfPresent(WEIGHT_DECAY, (name, decay) -> Generation.rounded(decay));
    for (String rounded : ROUNDED.getOrDefault(stored.className(), List.of())) {
      config.computeIfPresent(rounded, (name, value) -> Generation.rounded(value));
    }
    return Map.of("class_name", stored.className(), "config", config);
  }

  private static boolean averages(Stored stored) {
    return Boolean.TRUE.equals(stored.config().get(AVERAGE));
  }

  @Override
  public String writer(Stored stored) {
    return TF;
  }

  @Override
  public Map<String, double[]> numbers(Stored stored) throws NoFormula {
    Map<String, double[]> numbers = Variables.read(stored, TF);
    double[] iteration = numbers.get(ITERATION);
    if (averages(stored) && (iteration == null || iteration.length != 1 || iteration[0] == 0.)) {
      throw new NoFormula(
          "tf.keras's moving average begins with the parameters before the first step, Keras 3's"
              + " with those after it: make a step in Python first");
    }
    if (losesProduct(stored)) {
      double product = Generation.product(serialized(stored), (long) iteration[0]);
      numbers.put(PRODUCT, new double[] {product});
    }
    return numbers;
  }

  private static boolean losesProduct(Stored stored) {
    return stored.className().equals("Nadam")
        && stored.variables() != null
        && stored.variables().size() > 1;
  }

  @Override
  public String lost(Stored stored) {
    return losesProduct(stored)
        ? "Nadam's running product is lost, since tf.keras 2.15 does not save it, and computed again"
            + " from the iterations"
        : null;
  }

  private static void requireFormula(Stored stored) throws NoFormula {
    String className = stored.className();
    if (SAME_IN_FLOAT32.contains(className) && !stored.isFloat32()) {
      throw new NoFormula(
          "no optimizer here computes tf.keras 2.15's "
              + className
              + " in float64: TensorFlow rounds "
              + (className.equals("Nadam")
                  ? "the 0.96 of its schedule to float32"
                  : "the betas to float32 in the bias correction alone"));
    }
    if (!SAME.contains(className) && !SAME_IN_FLOAT32.contains(className)) {
      throw new NoFormula("tf.keras 2.15's " + Text.quote(className) + " is not known here");
    }
    requireSchedule(stored);
  }

  static void requireSchedule(Stored stored) throws NoFormula {
    if (!(stored.config().get("learning_rate") instanceof Number) && !stored.isFloat32()) {
      throw new NoFormula(
          "no schedule here computes tf.keras 2.15's, which are float32 in a float64 model too");
    }
  }

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    Map<String, Object> values = changed(optimizer, old, this);
    requireOff(optimizer, "loss_scale_factor", "gradient_accumulation_steps");
    values.keySet().retainAll(old.config().keySet());
    Map<String, Object> config = new LinkedHashMap<>(old.config());
    config.putAll(values);
    return config;
  }

  /**
   * What an optimizer's configuration has that is other than what was read; rejects a class other
   * than the one that computes what the file has.
   */
  static Map<String, Object> changed(Optimizer optimizer, Stored old, Generation generation) {
    Optimizer before;
    try {
      before = generation.configured(old);
    } catch (NoFormula e) {
      throw new IllegalArgumentException("optimizer must be null, since " + e.getMessage(), e);
    }
    Class<?> type = before.getClass();
    if (optimizer.getClass() != type) {
      boolean ofKeras3 = type.getPackageName().endsWith(".keras3");
      throw new IllegalArgumentException(
          format(
              "optimizer must be of the class that computes the file's, %s%s, got %s",
              ofKeras3 ? "keras3." : "", type.getSimpleName(), optimizer));
    }
    Map<String, Object> values = new LinkedHashMap<>(optimizer.getConfig());
    before.getConfig().keySet().forEach(gone -> values.putIfAbsent(gone, null));
    values.entrySet().removeAll(before.getConfig().entrySet());
    values.remove("name");
    return values;
  }

  /** Rejects what tf.keras cannot be told. */
  static void requireOff(Optimizer optimizer, String... names) {
    Map<String, Object> config = optimizer.getConfig();
    for (String name : names) {
      Object value = config.get(name);
      if (value != null && !Boolean.FALSE.equals(value)) {
        throw new IllegalArgumentException(
            format("%s must be off, to be written for tf.keras 2.15, got %s", name, value));
      }
    }
  }
}
