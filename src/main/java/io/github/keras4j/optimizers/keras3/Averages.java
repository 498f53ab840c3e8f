package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.step.Step;

/** What a model with averages is evaluated with. */
final class Averages {
  private Averages() {}

  /** Sets parameters to their moving averages. */
  static void copy(Step step, double[]... parameters) {
    if (!step.isAveraging()) {
      throw new IllegalStateException(
          "finalizeVariableValues needs a step to average over, got none");
    }
    double[][] averages = step.averages();
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      System.arraycopy(averages[tensor], 0, parameters[tensor], 0, averages[tensor].length);
    }
  }
}
