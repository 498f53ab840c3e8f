package io.github.keras4j.spark;

import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A model that is small but has all that matters: a table of which an example touches two rows, a
 * dense tensor and a bias. And how one machine trains it, written plainly.
 */
final class Problem {
  static final int ROWS = 40;
  static final int WIDTH = 3;

  private Problem() {}

  /** Two rows, and what their product should be. */
  static final class Example implements java.io.Serializable {
    private static final long serialVersionUID = 1L;

    final int left;
    final int right;
    final double target;

    Example(int left, int right, double target) {
      this.left = left;
      this.right = right;
      this.target = target;
    }
  }

  static List<Example> examples(int count) {
    Random random = new Random(1);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      examples.add(new Example(random.nextInt(ROWS), random.nextInt(ROWS), random.nextGaussian()));
    }
    return examples;
  }

  static double[][] parameters() {
    Random random = new Random(2);
    return new double[][] {
      random.doubles(ROWS * WIDTH, -1., 1.).toArray(),
      random.doubles(WIDTH, -1., 1.).toArray(),
      {0.1}
    };
  }

  /** Where the loss puts a row's gradient. */
  interface Rows {
    double[] row(int row);
  }

  /** Half the square of what {@code sum(table[left] * scale * table[right]) + bias} misses. */
  static double loss(Example x, double[][] parameters, Rows rows, double[] scale, double[] bias) {
    double[] table = parameters[0];
    double error = parameters[2][0] - x.target;
    for (int k = 0; k < WIDTH; k++) {
      error += table[x.left * WIDTH + k] * parameters[1][k] * table[x.right * WIDTH + k];
    }
    double[] left = rows.row(x.left);
    double[] right = rows.row(x.right);
    for (int k = 0; k < WIDTH; k++) {
      double a = table[x.left * WIDTH + k];
      double b = table[x.right * WIDTH + k];
      left[k] += error * parameters[1][k] * b;
      right[k] += error * parameters[1][k] * a;
      scale[k] += error * a * b;
    }
    bias[0] += error;
    return error * error / 2.;
  }

  static ExampleLoss<Example> byRows() {
    return (x, parameters, gradients) ->
        loss(x, parameters, row -> gradients.row(0, row), gradients.tensor(1), gradients.tensor(2));
  }

  static ExampleLoss<Example> dense() {
    return (x, parameters, gradients) -> {
      double[] table = gradients.tensor(0);
      double[] left = new double[WIDTH];
      double[] right = x.left == x.right ? left : new double[WIDTH];
      System.arraycopy(table, x.left * WIDTH, left, 0, WIDTH);
      System.arraycopy(table, x.right * WIDTH, right, 0, WIDTH);
      double loss =
          loss(
              x,
              parameters,
              row -> row == x.left ? left : right,
              gradients.tensor(1),
              gradients.tensor(2));
      System.arraycopy(left, 0, table, x.left * WIDTH, WIDTH);
      System.arraycopy(right, 0, table, x.right * WIDTH, WIDTH);
      return loss;
    };
  }

  /** The steps of one machine, on partitions as they are given. */
  static double[] train(
      Optimizer optimizer, List<List<Example>> partitions, double[][] parameters, int steps) {
    double[] losses = new double[steps];
    for (int step = 0; step < steps; step++) {
      double[][] sum = zeros();
      double loss = 0.;
      long count = 0;
      for (List<Example> partition : partitions) {
        double[][] partial = zeros();
        double partialLoss = 0.;
        for (Example x : partition) {
          partialLoss += loss(x, parameters, partial);
          count++;
        }
        loss += partialLoss;
        add(sum, partial);
      }
      for (double[] tensor : sum) {
        for (int i = 0; i < tensor.length; i++) {
          tensor[i] = tensor[i] / count;
        }
      }
      losses[step] = loss / count;
      optimizer.applyGradients(sum, parameters);
    }
    return losses;
  }

  private static double loss(Example x, double[][] parameters, double[][] gradients) {
    double[][] rows = new double[ROWS][];
    double loss =
        loss(
            x,
            parameters,
            row ->
                rows[row] == null
                    ? rows[row] = Arrays.copyOfRange(gradients[0], row * WIDTH, (row + 1) * WIDTH)
                    : rows[row],
            gradients[1],
            gradients[2]);
    for (int row = 0; row < ROWS; row++) {
      if (rows[row] != null) {
        System.arraycopy(rows[row], 0, gradients[0], row * WIDTH, WIDTH);
      }
    }
    return loss;
  }

  private static double[][] zeros() {
    return new double[][] {new double[ROWS * WIDTH], new double[WIDTH], new double[1]};
  }

  private static void add(double[][] sum, double[][] next) {
    for (int tensor = 0; tensor < sum.length; tensor++) {
      for (int i = 0; i < sum[tensor].length; i++) {
        sum[tensor][i] += next[tensor][i];
      }
    }
  }
}
