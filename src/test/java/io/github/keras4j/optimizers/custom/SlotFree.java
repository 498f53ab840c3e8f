package io.github.keras4j.optimizers.custom;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Variable;
import java.util.Map;

/** A user's optimizer that remembers nothing of the tensors: sign-SGD. */
public final class SlotFree extends Optimizer {
  private SlotFree(Hyperparameters h) {
    super(h, 0.5);
  }

  public static SlotFree fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, SlotFree::new);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    for (int i = from; i < to; i++) {
      p[i] = p[i] - lr * Math.signum(x.gradient(i));
    }
  }
}
