package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;

/** The tensors that go to one optimizer in a {@link MultiOptimizer}, and its part of a step. */
final class Group {
  private final BaseOptimizer optimizer;
  private final int[] tensors;
  private final double[][] gradients;
  private final Gradient[] rows;
  private final double[][] parameters;
  private int threads;

  Group(BaseOptimizer optimizer, int... tensors) {
    this.optimizer = optimizer;
    this.tensors = tensors;
    gradients = new double[tensors.length][];
    rows = new Gradient[tensors.length];
    parameters = new double[tensors.length][];
  }

  BaseOptimizer optimizer() {
    return optimizer;
  }

  int[] tensors() {
    return tensors;
  }

  TensorSpec[] specs(Tensors told) {
    return Arrays.stream(tensors).mapToObj(told::spec).toArray(TensorSpec[]::new);
  }

  /** Refuses a step that its optimizer cannot make. */
  void check(double[][] allParameters) {
    if (tensors.length == 0) {
      return;
    }
    take(allParameters, allParameters);
    try {
      optimizer.checkStep(parameters);
    } finally {
      release();
    }
    if (optimizer.calls() == 1L << 53) {
      throw new IllegalStateException(
          "iterations of an optimizer inside must be below 2^53 for one more step, got "
              + optimizer.calls());
    }
  }

  /** Refuses rows that its optimizer does not take, if the tensor is one of its own. */
  void checkRows(int tensor, int rows, int values) {
    int its = Arrays.binarySearch(tensors, tensor); // they stand in order
    if (its >= 0) {
      optimizer.checkRows(tensor, its, rows, values);
    }
  }

  /** Makes a step, unless there is no gradient. */
  void step(double[][] allGradients, Gradient[] allRows, double[][] allParameters, int threads) {
    try {
      boolean any = take(allGradients, allParameters);
      if (allRows != null) {
        any = takeRows(allRows);
      }
      if (any) {
        setParallelism(threads);
        if (allRows == null) {
          optimizer.applyGradients(gradients, parameters);
        } else {
          optimizer.applyGradients(rows, parameters);
        }
      }
    } finally {
      release();
    }
  }

  void finalizeVariableValues(double[][] allParameters) {
    take(allParameters, allParameters);
    try {
      optimizer.finalizeVariableValues(parameters);
    } finally {
      release();
    }
  }

  /** Takes what its optimizer is handed, and answers whether there is a gradient. */
  private boolean take(double[][] allGradients, double[][] allParameters) {
    boolean any = false;
    for (int i = 0; i < tensors.length; i++) {
      gradients[i] = allGradients[tensors[i]];
      parameters[i] = allParameters[tensors[i]];
      any |= gradients[i] != null;
    }
    return any;
  }

  private boolean takeRows(Gradient[] allRows) {
    boolean any = false;
    for (int i = 0; i < tensors.length; i++) {
      rows[i] = allRows[tensors[i]];
      any |= rows[i] != null;
    }
    return any;
  }

  private void release() {
    Arrays.fill(gradients, null);
    Arrays.fill(rows, null);
    Arrays.fill(parameters, null);
  }

  private void setParallelism(int threads) {
    if (this.threads != threads) {
      optimizer.setParallelism(threads);
      this.threads = threads;
    }
  }
}
