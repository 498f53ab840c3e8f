package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.LEGACY;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * tf.keras to 2.10, and {@code tf.keras.optimizers.legacy} up to 2.15: the iteration, then slot by
 * slot. Nothing is lost. Which class computes the same, {@link Optimizers#deserialize(Map)} knows.
 *
 * <pre>
 *          variables                                               in float64
 * SGD      momentum, unless 0
 * RMSprop  rms, momentum if not 0, mg if centered
 * Adagrad  accumulator
 * Adadelta accum_grad, accum_var
 * Adam     m, v, vhat if amsgrad
 * Adamax   m, v
 * Nadam    momentum_cache, m, v                                    none
 * Ftrl     accumulator and linear, tensor by tensor
 * </pre>
 *
 * Hyperparameters are float32 variables, also where the model is float64; the configuration says so
 * of most. The base 0.96 of Nadam's schedule is rounded to float32 too, and cannot be set here, and
 * schedules are float32 altogether.
 */
final class TfKerasLegacy implements Generation {
  private static final String RATE = "learning_rate";
  private static final String SCHEDULE = "InverseTimeDecay";
  private static final String INITIAL = "initial_accumulator_value";

  /** What is no float32 variable. */
  private static final List<String> NOT_ROUNDED =
      List.of("epsilon", INITIAL, "clipnorm", "global_clipnorm", "clipvalue");

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    String className = stored.className();
    if (!OptimizerClasses.isKnown(LEGACY, className)) {
      throw new NoFormula("tf.keras's legacy " + Text.quote(className) + " is not known here");
    }
    boolean isNadam = className.equals("Nadam");
    if (isNadam && !stored.isFloat32()) {
      throw new NoFormula(
          "no optimizer here computes tf.keras's legacy Nadam in float64: TensorFlow rounds the"
              + " 0.96 of its schedule to float32");
    }
    TfKeras.requireSchedule(stored);
    Map<String, Object> config = new LinkedHashMap<>(stored.config());
    config.replaceAll(
        (name, value) ->
            NOT_ROUNDED.contains(name) || isNadam && name.equals("decay")
                ? value
                : Generation.rounded(value));
    if (className.equals("Adagrad")) {
      config.put(INITIAL, 0.); // as in Keras 2.2.4; the file has the accumulators, or they are put
    }
    return Generation.deserialize(Map.of("class_name", className, "config", config));
  }

  @Override
  public String writer(Stored stored) {
    return LEGACY;
  }

  @Override
  public Map<String, double[]> numbers(Stored stored) {
    Map<String, double[]> numbers = Variables.read(stored, LEGACY);
    if (stored.className().equals("Adagrad") && numbers.size() <= 1) {
      numbers.putIfAbsent(ITERATION, new double[1]);
      numbers.putAll(initialAccumulators(stored));
    }
    return numbers;
  }

  /** Keras 2.2.4's Adagrad begins with 0, this one with a number of its configuration. */
  private static Map<String, double[]> initialAccumulators(Stored stored) {
    Object initial = stored.config().get(INITIAL);
    Map<String, double[]> accumulators = new LinkedHashMap<>();
    for (int tensor = 0; tensor < stored.tensors().size(); tensor++) {
      double[] accumulator = new double[stored.tensors().get(tensor).length()];
      Arrays.fill(accumulator, initial instanceof Number number ? number.doubleValue() : 0.);
      accumulators.put("accumulator " + tensor, accumulator);
    }
    return accumulators;
  }

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    Map<String, Object> values = TfKeras.changed(optimizer, old, this);
    if (optimizer instanceof BaseOptimizer) {
      TfKeras.requireOff(
          optimizer, "weight_decay", "use_ema", "loss_scale_factor", "gradient_accumulation_steps");
      putRate(values, old.config().get(RATE) instanceof Map);
    } else {
      rename(values, "lr", RATE);
      rename(values, "clipnorm", "global_clipnorm");
      rename(values, "schedule_decay", "decay");
    }
    Map<String, Object> config = new LinkedHashMap<>(old.config());
    values.forEach(
        (name, value) -> {
          if (config.containsKey(name) || name.startsWith("clip") || name.endsWith("clipnorm")) {
            config.put(name, value);
          }
        });
    return config;
  }

  private static void rename(Map<String, Object> values, String from, String to) {
    if (values.containsKey(from)) {
      values.put(to, values.remove(from));
    }
  }

  /** Makes of a schedule a learning rate and a decay again, unless the file has one too. */
  private static void putRate(Map<String, Object> values, boolean keepsSchedule) {
    if (values.containsKey(RATE)) {
      values.put("decay", 0.);
    }
    if (values.get(RATE) instanceof Map<?, ?> schedule && !keepsSchedule) {
      Map<?, ?> config = (Map<?, ?>) schedule.get("config");
      if (!SCHEDULE.equals(schedule.get("class_name"))
          || ((Number) config.get("decay_steps")).doubleValue() != 1.
          || Boolean.TRUE.equals(config.get("staircase"))) {
        throw new IllegalArgumentException(
            "learning_rate must be a number or InverseTimeDecay of decay_steps 1, to be written for"
                + " tf.keras's legacy optimizers, got "
                + schedule.get("class_name"));
      }
      values.put(RATE, config.get("initial_learning_rate"));
      values.put("decay", config.get("decay_rate"));
    }
  }
}
