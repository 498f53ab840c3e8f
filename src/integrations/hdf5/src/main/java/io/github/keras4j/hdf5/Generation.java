package io.github.keras4j.hdf5;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A generation of Keras's optimizers: how one of them stands in a file, and which class of this
 * library it is. What does not fit is an {@link IllegalArgumentException}.
 */
interface Generation {
  /** The formula of a file's optimizer is that of no class here; the message says which. */
  final class NoFormula extends Exception {
    private static final long serialVersionUID = 1;

    NoFormula(String message) {
      super(message);
    }
  }

  /** What wrote an optimizer; each generation has keys that no other has. */
  static Generation of(Stored stored) throws NoFormula {
    Map<String, Object> config = stored.config();
    boolean decays = config.containsKey("decay") || config.containsKey("schedule_decay");
    if (config.containsKey("lr") || decays && !config.containsKey("name")) {
      return new Keras2();
    }
    if (config.containsKey("is_legacy_optimizer") || config.containsKey("jit_compile")) {
      return new TfKeras();
    }
    if (config.containsKey("decay")) {
      return new TfKerasLegacy();
    }
    if (config.containsKey("loss_scale_factor")) {
      return new Keras3();
    }
    throw new NoFormula(
        "the configuration of "
            + Text.quote(stored.className())
            + " is none that Keras 2, tf.keras or Keras 3 writes; "
            + FileOptimizer.TEMPLATE);
  }

  /** Who wrote variables of which only the layout tells: that of Keras 3, or of tf.keras. */
  static Generation ofLayout(boolean isOfKeras3) {
    return isOfKeras3 ? new Keras3() : new TfKeras();
  }

  /**
   * A new optimizer by its configuration, which has made no step.
   *
   * @throws NoFormula if no class here computes its formula
   */
  Optimizer configured(Stored stored) throws NoFormula;

  /** Whose order the variables have, as {@link OptimizerClasses} calls it. */
  String writer(Stored stored);

  /** The numbers of the variables, with what the file does not hold and can be found out. */
  default Map<String, double[]> numbers(Stored stored) throws NoFormula {
    return Variables.read(stored, writer(stored));
  }

  /**
   * A new optimizer with its whole state.
   *
   * @throws NoFormula if no class here computes its formula
   */
  default Optimizer make(Stored stored) throws NoFormula {
    Optimizer optimizer = configured(stored);
    Variables.fill(optimizer, numbers(stored), stored.tensors());
    return optimizer;
  }

  /** The configuration of an optimizer for a file like this one. */
  Map<String, Object> config(Optimizer optimizer, Stored old);

  /** An optimizer as the file it came from has it, or one like it. */
  default Stored store(Optimizer optimizer, Stored old) {
    Stored stored = old.as(optimizer.getClass().getSimpleName(), config(optimizer, old));
    return stored.with(Variables.store(optimizer, old, stored, writer(stored)));
  }

  /** What a file of this generation loses of an optimizer: a sentence, or null for nothing. */
  default String lost(Stored stored) {
    return null;
  }

  /** Whether the count of steps is lost. */
  default boolean losesIterations(Stored stored) {
    return false;
  }

  /** The largest count of steps that a file of this generation can hold. */
  default long maxCount() {
    return 1L << 53;
  }

  // ---- What generations share -----------------------------------------------------------------

  /** A configuration, without the rate where that is a schedule that has none. */
  static Map<String, Object> configOf(Optimizer optimizer) {
    try {
      return optimizer.getConfig();
    } catch (IllegalStateException e) {
      Map<String, Object> config = optimizer.copy(Map.of(OptimizerClasses.RATE, 0.)).getConfig();
      config.remove(OptimizerClasses.RATE);
      return config;
    }
  }

  static Optimizer deserialize(Map<String, Object> configuration) throws NoFormula {
    try {
      return Optimizers.deserialize(configuration);
    } catch (IllegalArgumentException e) {
      throw new NoFormula(
          "none can be made from its configuration: "
              + e.getMessage()
              + "; "
              + FileOptimizer.TEMPLATE);
    }
  }

  /**
   * After so many steps a product of factors below 1 is too small to matter, if it is not 0 yet.
   */
  long MAX_PRODUCT_STEPS = 1_000_000;

  /** Nadam's product of momenta after some steps, which a twin computes again. */
  static double product(Map<String, Object> configuration, long iterations) {
    Optimizer twin = Optimizers.deserialize(configuration);
    double[][] nothing = {{0.}};
    double[][] parameter = {{0.}};
    long steps = Math.min(iterations, MAX_PRODUCT_STEPS);
    for (long step = 0; step < steps; step++) {
      twin.applyGradients(nothing, parameter);
      if (step % 1000 == 0 && twin.getState().scalars().containsValue(0.)) {
        break;
      }
    }
    return twin.getState().scalars().values().iterator().next();
  }

  /** A configuration in Keras 3's form. */
  static Map<String, Object> keras3(String className, Map<String, Object> config) {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", "keras.optimizers");
    serialized.put("class_name", className);
    serialized.put("config", config);
    return serialized;
  }

  /** A number as TensorFlow has it after a stay in float32. */
  static Object rounded(Object number) {
    return number instanceof Number value ? (Object) (double) value.floatValue() : number;
  }
}
