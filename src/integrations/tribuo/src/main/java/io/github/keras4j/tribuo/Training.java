package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.tribuo.math.Parameters;
import org.tribuo.math.la.Tensor;

/** An optimizer at work on the parameters of one model. */
final class Training {
  /** Those that add to a parameter what does not depend on it. */
  private static final Set<String> NEVER_READ_PARAMETERS =
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

  private final Optimizer optimizer;
  private final Parameters parameters;
  private final boolean readsParameters;
  private final Weights[] weights;
  private final double[][] values;
  private final double[][] gradients;
  private boolean stepped;

  Training(Optimizer optimizer, Parameters parameters) {
    if (parameters == null) {
      throw new IllegalArgumentException("parameters must be those of a model, got null");
    }
    this.optimizer = optimizer;
    this.parameters = parameters;
    readsParameters = readsParameters(optimizer.getState());
    Tensor[] tensors = parameters.get();
    weights = new Weights[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      weights[i] = new Weights("parameters/" + i, tensors[i]);
    }
    values = Arrays.stream(weights).map(Weights::values).toArray(double[][]::new);
    gradients = new double[tensors.length][];
    if (optimizer instanceof BaseOptimizer) {
      ((BaseOptimizer) optimizer)
          .build(Arrays.stream(weights).map(Weights::spec).toArray(TensorSpec[]::new));
    }
  }

  private static boolean readsParameters(OptimizerState state) {
    Map<String, Object> config = state.config();
    return !NEVER_READ_PARAMETERS.contains(state.className())
        || config.get("weight_decay") != null
        || Boolean.TRUE.equals(config.get("use_ema"))
        // (p + momentum * v) - lr * g, where Keras 3 has p + (momentum * v - lr * g)
        || state.className().equals("SGD") && Boolean.TRUE.equals(config.get("nesterov"));
  }

  Tensor[] step(Tensor[] updates, double weight) {
    if (updates == null || updates.length != weights.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "updates must hold %d gradients, one for each tensor of the parameters, got %s",
              weights.length,
              updates == null ? "null" : updates.length));
    }
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException("weight must be finite, got " + weight);
    }
    for (int i = 0; i < weights.length; i++) {
      gradients[i] = weights[i].gradient(updates[i], weight);
    }
    Tensor[] tensors = parameters.get();
    for (int i = 0; i < weights.length; i++) {
      if (readsParameters) {
        weights[i].load(tensors[i]);
      } else {
        weights[i].clear();
      }
    }
    optimizer.applyGradients(gradients, values);
    stepped = true;
    Tensor[] differences = new Tensor[weights.length];
    for (int i = 0; i < weights.length; i++) {
      differences[i] = weights[i].difference(updates[i], readsParameters ? tensors[i] : null);
    }
    return differences;
  }

  void finalise() {
    if (stepped && optimizer instanceof BaseOptimizer) {
      Tensor[] tensors = parameters.get();
      for (int i = 0; i < weights.length; i++) {
        weights[i].load(tensors[i]);
      }
      ((BaseOptimizer) optimizer).finalizeVariableValues(values);
      for (int i = 0; i < weights.length; i++) {
        weights[i].store(tensors[i]);
      }
    }
  }
}
