package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.tribuo.Weights.Sparse;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.tribuo.math.Parameters;
import org.tribuo.math.la.Tensor;

/** An optimizer at work on the parameters of one model. */
final class Training {
  private final Optimizer optimizer;
  private final Parameters parameters;
  private final boolean readsParameters;
  private final Weights[] weights;
  private final double[][] values;
  private final Gradient[] gradients;
  private boolean stepped;

  Training(Optimizer optimizer, boolean lazyRows, Parameters parameters) {
    if (parameters == null) {
      throw new IllegalArgumentException("parameters must be a model's, got null");
    }
    this.optimizer = optimizer;
    this.parameters = parameters;
    readsParameters = optimizer.readsParameters() || isConstrained(optimizer);
    Sparse sparse = lazyRows ? Sparse.LAZY_ROWS : keepsStillAtZero() ? Sparse.ROWS : Sparse.DENSE;
    Tensor[] tensors = parameters.get();
    weights = new Weights[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      weights[i] = new Weights("parameters/" + i, tensors[i], sparse);
    }
    values = Arrays.stream(weights).map(Weights::values).toArray(double[][]::new);
    gradients = new Gradient[tensors.length];
    if (optimizer instanceof BaseOptimizer) {
      ((BaseOptimizer) optimizer)
          .build(Arrays.stream(weights).map(Weights::spec).toArray(TensorSpec[]::new));
    }
  }

  /** Whether parameters keep to constraints, which read them. */
  private static boolean isConstrained(Optimizer optimizer) {
    return optimizer.getState().config().get("build_config") instanceof Map<?, ?> told
        && told.containsKey("constraints");
  }

  /** Whether a step leaves parameters as they are where its gradient is zero. */
  private boolean keepsStillAtZero() {
    return optimizer.ignoresZeros() && !readsParameters && !accumulates(optimizer);
  }

  /** Whether an update takes the gradients of earlier calls too. */
  static boolean accumulates(Optimizer optimizer) {
    return optimizer.getConfig().get("gradient_accumulation_steps") instanceof Number steps
        && steps.longValue() > 1; // 0 is none, as null is
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
        weights[i].loadAll(tensors[i]);
      }
      ((BaseOptimizer) optimizer).finalizeVariableValues(values);
      for (int i = 0; i < weights.length; i++) {
        weights[i].storeAll(tensors[i]);
      }
    }
  }
}
