package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import java.util.Arrays;
import org.apache.spark.ml.linalg.Vector;

/** The loss of a model on one row, its gradients, and what central differences say of them. */
record LossOfOneRow(RowModel model, Vector features, double label) {
  private static final double STEP = 1e-5;

  double[][] gradients(double[][] parameters) {
    Dense sums = new Dense(parameters);
    loss(parameters, sums);
    return sums.tensors();
  }

  double slope(double[][] parameters, int tensor, int element) {
    double value = parameters[tensor][element];
    parameters[tensor][element] = value + STEP;
    double above = loss(parameters, new Dense(parameters));
    parameters[tensor][element] = value - STEP;
    double below = loss(parameters, new Dense(parameters));
    parameters[tensor][element] = value;
    return (above - below) / (2. * STEP);
  }

  private double loss(double[][] parameters, GradientSum sums) {
    try {
      return model.add(features, label, parameters, sums);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static final class Dense implements GradientSum {
    private final double[][] sums;

    Dense(double[][] parameters) {
      sums =
          Arrays.stream(parameters)
              .map(tensor -> new double[tensor.length])
              .toArray(double[][]::new);
    }

    @Override
    public double[] tensor(int tensor) {
      return sums[tensor];
    }

    @Override
    public double[][] tensors() {
      return sums;
    }

    @Override
    public double[] row(int tensor, int row) {
      throw new IllegalArgumentException("no tensor goes by rows, got " + tensor);
    }
  }
}
