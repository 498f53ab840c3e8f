package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;

/** What models whose optimizer averages are evaluated with. */
final class Averages {
  private Averages() {}

  /**
   * New arrays of the averages.
   *
   * @throws IllegalStateException if the optimizer has none
   */
  static double[][] of(Optimizer optimizer, double[]... parameters) {
    if (optimizer instanceof BaseOptimizer ofKeras3) {
      return ofKeras3.averagedParameters(parameters);
    }
    throw new IllegalStateException(
        "averagedParameters needs an optimizer of Keras 3, got " + optimizer.getClass().getName());
  }

  /** The averages; the parameters themselves if the optimizer has none. */
  static double[][] orParameters(Optimizer optimizer, double[]... parameters) {
    try {
      return of(optimizer, parameters);
    } catch (IllegalStateException none) {
      return parameters;
    }
  }
}
