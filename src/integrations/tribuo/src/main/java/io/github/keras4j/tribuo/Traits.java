package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import java.util.Map;
import java.util.Set;

/** What of an optimizer decides how it is to be stepped. */
final class Traits {
  /** Those that add to a parameter what does not depend on it. */
  private static final Set<String> ADD =
      Set.of(
          "SGD",
          "RMSprop",
          "Adagrad",
          "Adadelta",
          "Adam",
          "Adamax",
          "Nadam",
          "keras3.SGD",
          "keras3.RMSprop",
          "keras3.Adagrad",
          "keras3.Adadelta",
          "keras3.Adam",
          "keras3.Adamax",
          "keras3.Nadam",
          "keras3.Lion");

  private static final Set<String> NEED_WHOLE_TENSORS =
      Set.of("keras3.Lamb", "keras3.Adafactor", "keras3.Muon");

  private final String name;
  private final Map<String, Object> config;

  private Traits(OptimizerState state) {
    name = state.className();
    config = state.config();
  }

  static Traits of(Optimizer optimizer) {
    return new Traits(optimizer.getState());
  }

  /** Whether a step depends on the parameters. */
  boolean readsParameters() {
    return !ADD.contains(name)
        || isSet("weight_decay")
        || isSet("use_ema")
        // (p + momentum * v) - lr * g, where Keras 3 has p + (momentum * v - lr * g)
        || name.equals("SGD") && isSet("nesterov");
  }

  /** Whether a gradient of zero changes neither parameter nor slot. */
  boolean keepsStillAtZero() {
    boolean formula =
        name.endsWith("Adagrad")
            || (name.equals("SGD") || name.equals("keras3.SGD")) && !isSet("momentum");
    return formula && !readsParameters() && !accumulates();
  }

  /** Whether a lazy step moves rows that an earlier call has touched. */
  boolean movesRowsOfEarlierCalls() {
    return accumulates() || name.equals("keras3.MultiOptimizer"); // those inside may accumulate
  }

  private boolean accumulates() {
    return isSet("gradient_accumulation_steps");
  }

  boolean needsWholeTensors() {
    return NEED_WHOLE_TENSORS.contains(name);
  }

  private boolean isSet(String hyperparameter) {
    Object value = config.get(hyperparameter);
    return value instanceof Number ? ((Number) value).doubleValue() != 0. : value == Boolean.TRUE;
  }
}
