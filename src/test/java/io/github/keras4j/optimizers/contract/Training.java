package io.github.keras4j.optimizers.contract;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;

/** Parameters on their way, with the gradients that move them: the same for all. */
final class Training {
  static final int[] LENGTHS = {3, 1, 17, 0, 8};
  static final int STEPS = 8;

  final Optimizer optimizer;
  double[][] parameters = Bits.normal(1, LENGTHS);
  int step;

  Training(Optimizer optimizer) {
    this.optimizer = optimizer;
  }

  /** Goes on where another training is, with another optimizer. */
  Training(Optimizer optimizer, Training from) {
    this(optimizer);
    parameters = Bits.copy(from.parameters);
    step = from.step;
  }

  Training run(int steps) {
    for (int i = 0; i < steps; i++) {
      optimizer.applyGradients(gradients(step++), parameters);
    }
    return this;
  }

  void assertSameAs(Training other) {
    Bits.assertSame("parameters", parameters, other.parameters);
    Bits.assertSame(optimizer.getState(), other.optimizer.getState());
  }

  static double[][] gradients(int step) {
    return Bits.normal(100 + step, LENGTHS);
  }
}
