package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.PRODUCT;
import static io.github.keras4j.hdf5.OptimizerClasses.TF;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * tf.keras 2.15, {@code tf.keras.optimizers}: as Keras 3, but the iteration alone comes first; an
 * {@code .h5} calls the class {@code Custom>Adam}.
 *
 * <pre>
 * SGD, RMSprop, Adagrad, Adadelta   what Keras 3 computes; SGD with momentum rounded to float32
 * Adam, Adamax, Nadam               in float32 likewise; in float64 none, see below
 * </pre>
 *
 * TensorFlow rounds the betas of Adam and Adamax to float32 before it takes their powers, and
 * nowhere else; so in float64 the bias correction is that of other betas than the averages'. Of
 * Nadam it rounds the 0.96 of the schedule too, which cannot be set here. Nadam's running product
 * is lost, and computed again.
 */
final class TfKeras implements Generation {
  private static final Set<String> SAME = Set.of("SGD", "RMSprop", "Adagrad", "Adadelta");
  private static final Set<String> SAME_IN_FLOAT32 = Set.of("Adam", "Adamax", "Nadam");

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    requireFormula(stored);
    return Generation.deserialize(serialized(stored));
  }

  /** The configuration in Keras 3's form. */
  private static Map<String, Object> serialized(Stored stored) {
    Map<String, Object> config = new LinkedHashMap<>(stored.config());
    config.remove("jit_compile");
    config.remove("is_legacy_optimizer");
    if (stored.className().equals("SGD")) {
      config.computeIfPresent("momentum", (name, momentum) -> Generation.rounded(momentum));
    }
    config.computeIfPresent("learning_rate", (name, rate) -> named(rate));
    return Generation.keras3(stored.className(), config);
  }

  @Override
  public String writer(Stored stored) {
    return TF;
  }

  @Override
  public Map<String, double[]> numbers(Stored stored) {
    Map<String, double[]> numbers = Variables.read(stored, TF);
    if (losesProduct(stored)) {
      double product = Generation.product(serialized(stored), (long) numbers.get(ITERATION)[0]);
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

  /** A schedule whose name is null in tf.keras gets its default name in Keras 3. */
  private static Object named(Object rate) {
    if (rate instanceof Map<?, ?> schedule && schedule.get("config") instanceof Map<?, ?> config) {
      Map<Object, Object> named = new LinkedHashMap<>(schedule);
      Map<Object, Object> inner = new LinkedHashMap<>(config);
      inner.remove("name", null);
      named.put("config", inner);
      return named;
    }
    return rate;
  }

  private static void requireFormula(Stored stored) throws NoFormula {
    String className = stored.className();
    Map<String, Object> config = stored.config();
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
    if (Boolean.TRUE.equals(config.get("use_ema")) || config.get("weight_decay") != null) {
      throw new NoFormula("tf.keras 2.15's weight decay and moving averages are not known here");
    }
    if (!(config.get("learning_rate") instanceof Number) && !stored.isFloat32()) {
      throw new NoFormula(
          "no schedule here computes tf.keras 2.15's, which are float32 in a float64 model too");
    }
  }

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    Map<String, Object> serialized = Optimizers.serialize(optimizer);
    try {
      requireFormula(old);
    } catch (NoFormula e) {
      throw new IllegalArgumentException("optimizer must be null, since " + e.getMessage(), e);
    }
    if (!old.className().equals(serialized.get("class_name"))
        || !serialized.containsKey("module")) {
      throw new IllegalArgumentException(
          format(
              "optimizer must be of the class that computes the file's, keras3.%s, got %s",
              old.className(), optimizer));
    }
    requireOldFeatures(optimizer);
    Map<String, Object> values = new LinkedHashMap<>(optimizer.getConfig());
    values.keySet().retainAll(old.config().keySet());
    values.remove("name");
    return Generation.merge(old.config(), values);
  }

  /** Rejects what tf.keras cannot be told, or computes otherwise. */
  static void requireOldFeatures(Optimizer optimizer) {
    Map<String, Object> config = optimizer.getConfig();
    for (String name :
        List.of("weight_decay", "loss_scale_factor", "gradient_accumulation_steps")) {
      if (config.get(name) != null) {
        throw new IllegalArgumentException(
            name + " must be null, to be written for tf.keras 2.15, got " + config.get(name));
      }
    }
    if (Boolean.TRUE.equals(config.get("use_ema"))) {
      throw new IllegalArgumentException(
          "use_ema must be false, to be written for tf.keras 2.15, got true");
    }
  }
}
