package io.github.keras4j.hdf5;

import static io.github.keras4j.hdf5.OptimizerClasses.ITERATION;
import static io.github.keras4j.hdf5.OptimizerClasses.LEGACY;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * tf.keras 2.15, {@code tf.keras.optimizers.legacy}: the iteration, then slot by slot. Nothing is
 * lost.
 *
 * <pre>
 *          variables              computes what here is
 * SGD      momentum, unless 0     keras3.SGD
 * RMSprop  rms, momentum if not   RMSprop without momentum, keras3.RMSprop with; none centered
 *          0, mg if centered      without momentum
 * Adagrad  accumulator            Adagrad
 * Adadelta accum_grad, accum_var  keras3.Adadelta
 * Adam     m, v, vhat if amsgrad  keras3.Adam
 * Adamax   m, v                   keras3.Adamax
 * Nadam    momentum_cache, m, v   Nadam in float32; in float64 none, see below
 * </pre>
 *
 * The learning rate falls as {@code lr / (1 + decay * iterations)}, which is Keras 3's {@code
 * InverseTimeDecay}. Hyperparameters are float32 variables, also where the model is float64; the
 * configuration says so of all but {@code decay}. The base 0.96 of Nadam's schedule is rounded to
 * float32 too, and cannot be set here.
 */
final class TfKerasLegacy implements Generation {
  private static final String SCHEDULE = "InverseTimeDecay";

  private static final Set<String> OF_KERAS_3 =
      Set.of("SGD", "RMSprop", "Adadelta", "Adam", "Adamax");

  @Override
  public Optimizer configured(Stored stored) throws NoFormula {
    return isOfKeras2(stored) ? configuredAsKeras2(stored) : configuredAsKeras3(stored);
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

  private static boolean isOfKeras2(Stored stored) throws NoFormula {
    Map<String, Object> config = stored.config();
    if (!(config.get("learning_rate") instanceof Number)) {
      throw new NoFormula("tf.keras's legacy optimizers with a schedule are not known here");
    }
    boolean momentum = config.get("momentum") instanceof Number number && number.doubleValue() > 0.;
    switch (stored.className()) {
      case "RMSprop":
        if (!momentum && Boolean.TRUE.equals(config.get("centered"))) {
          throw new NoFormula(
              "no optimizer here computes tf.keras's legacy RMSprop that is centered and has no"
                  + " momentum: it adds epsilon to the root, not under it");
        }
        return !momentum;
      case "Adagrad":
        return true;
      case "Nadam":
        if (!stored.isFloat32()) {
          throw new NoFormula(
              "no optimizer here computes tf.keras's legacy Nadam in float64: TensorFlow rounds the"
                  + " 0.96 of its schedule to float32");
        }
        return true;
      default:
        if (!OF_KERAS_3.contains(stored.className())) {
          throw new NoFormula(
              "tf.keras's legacy " + Text.quote(stored.className()) + " is not known here");
        }
        return false;
    }
  }

  // ---- With a class of Keras 2.2.4 ------------------------------------------------------------

  private static Optimizer configuredAsKeras2(Stored stored) throws NoFormula {
    Map<String, Object> old = rounded(stored.config());
    if (old.get("clipnorm") != null) {
      throw new NoFormula(
          "no optimizer here computes tf.keras's legacy "
              + stored.className()
              + " with clipnorm, which clips each tensor by itself");
    }
    Map<String, Object> config = new LinkedHashMap<>();
    copy(old, "learning_rate", config, "lr");
    copy(old, "rho", config, "rho");
    copy(old, "beta_1", config, "beta_1");
    copy(old, "beta_2", config, "beta_2");
    copy(old, "epsilon", config, "epsilon");
    copy(old, "global_clipnorm", config, "clipnorm");
    copy(old, "clipvalue", config, "clipvalue");
    boolean isNadam = stored.className().equals("Nadam");
    Object decay = old.get("decay");
    config.put(isNadam ? "schedule_decay" : "decay", isNadam ? decay : Generation.rounded(decay));
    return Generation.deserialize(Map.of("class_name", stored.className(), "config", config));
  }

  /** Keras 2.2.4's Adagrad begins with 0, this one with a number of its configuration. */
  private static Map<String, double[]> initialAccumulators(Stored stored) {
    Object initial = stored.config().get("initial_accumulator_value");
    Map<String, double[]> accumulators = new LinkedHashMap<>();
    for (int tensor = 0; tensor < stored.tensors().size(); tensor++) {
      double[] accumulator = new double[stored.tensors().get(tensor).length()];
      Arrays.fill(accumulator, initial instanceof Number number ? number.doubleValue() : 0.);
      accumulators.put("accumulator " + tensor, accumulator);
    }
    return accumulators;
  }

  /** The configuration of a model that was never trained does not say yet what is rounded. */
  private static Map<String, Object> rounded(Map<String, Object> config) {
    Map<String, Object> rounded = new LinkedHashMap<>(config);
    for (String name : List.of("learning_rate", "momentum", "rho", "beta_1", "beta_2")) {
      rounded.computeIfPresent(name, (key, value) -> Generation.rounded(value));
    }
    return rounded;
  }

  private static void copy(
      Map<String, Object> from, String name, Map<String, Object> to, String toName) {
    if (from.get(name) != null) {
      to.put(toName, from.get(name));
    }
  }

  // ---- With a class of Keras 3 ----------------------------------------------------------------

  private static Optimizer configuredAsKeras3(Stored stored) throws NoFormula {
    Map<String, Object> config = rounded(stored.config());
    Object decay = Generation.rounded(config.remove("decay"));
    if (decay instanceof Number number && number.doubleValue() > 0.) {
      config.put("learning_rate", schedule(config.get("learning_rate"), decay));
    }
    return Generation.deserialize(Generation.keras3(stored.className(), config));
  }

  private static Map<String, Object> schedule(Object learningRate, Object decay) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("initial_learning_rate", learningRate);
    config.put("decay_steps", 1);
    config.put("decay_rate", decay);
    config.put("staircase", false);
    config.put("name", SCHEDULE);
    Map<String, Object> schedule = new LinkedHashMap<>();
    schedule.put("module", "keras.optimizers.schedules");
    schedule.put("class_name", SCHEDULE);
    schedule.put("config", config);
    schedule.put("registered_name", null);
    return schedule;
  }

  // ---- Back -----------------------------------------------------------------------------------

  @Override
  public Map<String, Object> config(Optimizer optimizer, Stored old) {
    Map<String, Object> own = Optimizers.serialize(optimizer);
    boolean ofKeras2;
    try {
      ofKeras2 = isOfKeras2(old);
    } catch (NoFormula e) {
      throw new IllegalArgumentException("optimizer must be null, since " + e.getMessage(), e);
    }
    if (!own.get("class_name").equals(old.className()) || own.containsKey("module") == ofKeras2) {
      throw new IllegalArgumentException(
          format(
              "optimizer must be of the class that computes the file's, %s%s, got %s",
              ofKeras2 ? "" : "keras3.", old.className(), optimizer));
    }
    Map<String, Object> values = new LinkedHashMap<>(optimizer.getConfig());
    if (ofKeras2) {
      rename(values, "lr", "learning_rate");
      rename(values, "clipnorm", "global_clipnorm");
      rename(values, "schedule_decay", "decay");
    } else {
      TfKeras.requireOldFeatures(optimizer);
      putSchedule(values);
    }
    values.keySet().retainAll(known(old.config()));
    return Generation.merge(old.config(), values);
  }

  private static List<String> known(Map<String, Object> config) {
    List<String> known = new ArrayList<>(config.keySet());
    known.addAll(List.of("clipnorm", "global_clipnorm", "clipvalue"));
    known.remove("name");
    return known;
  }

  private static void rename(Map<String, Object> values, String from, String to) {
    if (values.containsKey(from)) {
      values.put(to, values.remove(from));
    }
  }

  /** Makes of a schedule a learning rate and a decay again. */
  private static void putSchedule(Map<String, Object> values) {
    values.put("decay", 0.);
    if (values.get("learning_rate") instanceof Map<?, ?> schedule) {
      Map<?, ?> config = (Map<?, ?>) schedule.get("config");
      if (!SCHEDULE.equals(schedule.get("class_name"))
          || ((Number) config.get("decay_steps")).doubleValue() != 1.
          || Boolean.TRUE.equals(config.get("staircase"))) {
        throw new IllegalArgumentException(
            "learning_rate must be a number or InverseTimeDecay of decay_steps 1, to be written for"
                + " tf.keras's legacy optimizers, got "
                + schedule.get("class_name"));
      }
      values.put("learning_rate", config.get("initial_learning_rate"));
      values.put("decay", config.get("decay_rate"));
    }
  }
}
