package io.github.keras4j.optimizers.plain;

import static io.github.keras4j.optimizers.plain.PlainFormulas3.pow;
import static io.github.keras4j.optimizers.plain.PlainFormulas3.power;

import io.github.keras4j.optimizers.plain.Plain.Sum;
import io.github.keras4j.optimizers.plain.PlainFormulas3.Formula;
import io.github.keras4j.optimizers.plain.PlainFormulas3.Update;
import io.github.keras4j.optimizers.plain.PlainOptimizer3.Tensor;
import java.util.Locale;

/** The formulas of Keras 3's optimizers that need a whole tensor for each element. */
public final class PlainTensorFormulas3 {
  private PlainTensorFormulas3() {}

  public static Formula lamb(PlainOptimizer3 o) {
    double beta1 = o.number("beta_1");
    double beta2 = o.number("beta_2");
    double epsilon = o.number("epsilon");
    o.slots("momentum", "velocity");
    return (lr, t) -> {
      double power1 = power(beta1, t);
      double power2 = power(beta2, t);
      return (tensor, p, g) -> {
        double[] m = tensor.slot("momentum");
        double[] v = tensor.slot("velocity");
        double[] u = new double[p.length];
        for (int i = 0; i < p.length; i++) {
          m[i] = m[i] + (g[i] - m[i]) * (1. - beta1);
          v[i] = v[i] + (g[i] * g[i] - v[i]) * (1. - beta2);
          u[i] = (m[i] / (1. - power1)) / (Math.sqrt(v[i] / (1. - power2)) + epsilon);
        }
        double x = Math.sqrt(o.sum.ofSquares(p));
        double y = Math.sqrt(o.sum.ofSquares(u));
        double r = x > 0. && y > 0. ? x / y : 1.;
        for (int i = 0; i < p.length; i++) {
          p[i] = p[i] - (r * lr) * u[i];
        }
      };
    };
  }

  public static Formula adafactor(PlainOptimizer3 o) {
    double beta2Decay = o.number("beta_2_decay");
    double epsilon1 = o.number("epsilon_1");
    double epsilon2 = o.number("epsilon_2");
    double clipThreshold = o.number("clip_threshold");
    for (Tensor x : o.tensors) {
      boolean matrix = x.shape.length >= 2;
      int last = matrix ? x.shape.length - 1 : 0;
      // Keras leaves its prefix off what the formula does not use.
      String path = matrix ? o.name() + "/" + x.name() : x.name();
      int[] shapeOfR = matrix ? without(x.shape, last) : new int[0];
      int[] shapeOfC = matrix ? without(x.shape, last - 1) : new int[0];
      x.slots.put("r", o.add(x.name(), path, shapeOfR, new double[size(shapeOfR)]));
      x.slots.put("c", o.add(x.name(), path, shapeOfC, new double[size(shapeOfC)]));
      x.slots.put("velocity", o.add(x, "velocity", 0.));
    }
    return (lr, t) -> {
      double rho = Math.min(lr, 1. / Math.sqrt(t));
      double b = 1. - pow(t, beta2Decay);
      return (x, p, g) -> {
        double alpha = Math.max(epsilon2, rootMeanSquare(o.sum, p)) * rho;
        double[] v = x.slot("velocity");
        double[] s = new double[p.length];
        for (int i = 0; i < p.length; i++) {
          s[i] = g[i] * g[i] + epsilon1;
        }
        if (x.shape.length >= 2) {
          factor(o.sum, x, b, s, v);
        } else {
          for (int i = 0; i < p.length; i++) {
            v[i] = b * v[i] + (1. - b) * s[i];
          }
        }
        double[] u = new double[p.length];
        for (int i = 0; i < p.length; i++) {
          u[i] = g[i] / Math.sqrt(v[i]);
        }
        double divisor = Math.max(1., rootMeanSquare(o.sum, u) / clipThreshold);
        for (int i = 0; i < p.length; i++) {
          p[i] = p[i] - alpha * (u[i] / divisor);
        }
      };
    };
  }

  /** Adafactor's means of rows and columns: the matrices lie one after another. */
  private static void factor(Sum sum, Tensor x, double b, double[] s, double[] v) {
    double[] r = x.slot("r");
    double[] c = x.slot("c");
    int columns = x.shape[x.shape.length - 1];
    int rows = x.shape[x.shape.length - 2];
    for (int matrix = 0; matrix < s.length / (rows * columns); matrix++) {
      int start = matrix * rows * columns;
      for (int i = 0; i < rows; i++) {
        double[] row = new double[columns];
        for (int j = 0; j < columns; j++) {
          row[j] = s[start + i * columns + j];
        }
        int k = matrix * rows + i;
        r[k] = b * r[k] + (1. - b) * (sum.of(row) / columns);
      }
      for (int j = 0; j < columns; j++) {
        double[] column = new double[rows];
        for (int i = 0; i < rows; i++) {
          column[i] = s[start + i * columns + j];
        }
        int k = matrix * columns + j;
        c[k] = b * c[k] + (1. - b) * (sum.of(column) / rows);
      }
      double[] means = new double[rows];
      System.arraycopy(r, matrix * rows, means, 0, rows);
      double mean = sum.of(means) / rows;
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          v[start + i * columns + j] = (r[matrix * rows + i] / mean) * c[matrix * columns + j];
        }
      }
    }
  }

  public static Formula muon(PlainOptimizer3 o) {
    double momentum = o.number("momentum");
    double a = o.number("muon_a");
    double b = o.number("muon_b");
    double c = o.number("muon_c");
    double ratio = o.number("adam_lr_ratio");
    double steps = o.number("ns_steps");
    boolean nesterov = o.flag("nesterov");
    Double rmsRate = o.numberOrNull("rms_rate");
    for (Tensor x : o.tensors) {
      x.slots.put("momentum", o.add(x, "momentum", 0.));
      if (goesByAdam(o, x)) {
        x.slots.put("velocity", o.add(x, "velocity", 0.));
        x.weightDecay = o.numberOrNull("adam_weight_decay");
      }
    }
    double beta1 = o.number("adam_beta_1");
    double beta2 = o.number("adam_beta_2");
    Formula adam = PlainFormulas3.adam(beta1, beta2, o.number("epsilon"), false);
    return (lr, t) -> {
      Update byAdam = adam.begin(lr * ratio, t);
      return (tensor, p, g) -> {
        if (goesByAdam(o, tensor)) {
          byAdam.apply(tensor, p, g);
          return;
        }
        int rows = tensor.shape[0];
        int columns = tensor.shape[1];
        double[] m = tensor.slot("momentum");
        double[][] x = new double[rows][columns];
        for (int i = 0; i < p.length; i++) {
          m[i] = m[i] + (g[i] + m[i] * (momentum - 1.));
          x[i / columns][i % columns] = nesterov ? g[i] + momentum * m[i] : m[i];
        }
        if (rows > columns) {
          x =
              PlainMatrices3.transposed(
                  PlainMatrices3.newtonSchulz(o.sum, PlainMatrices3.transposed(x), a, b, c, steps));
        } else {
          x = PlainMatrices3.newtonSchulz(o.sum, x, a, b, c, steps);
        }
        for (int i = 0; i < p.length; i++) {
          double u = lr * x[i / columns][i % columns];
          if (rmsRate != null) {
            u = (u * Math.sqrt(Math.max(rows, columns))) * rmsRate;
          }
          p[i] = p[i] - u;
        }
      };
    };
  }

  private static boolean goesByAdam(PlainOptimizer3 o, Tensor x) {
    return x.shape.length != 2
        || o.flag("exclude_embeddings") && x.path.toLowerCase(Locale.ROOT).contains("embedding")
        || o.list("exclude_layers").stream()
            .anyMatch(pattern -> PlainOptimizer3.found(pattern, x.path));
  }

  private static double rootMeanSquare(Sum sum, double[] x) {
    return Math.sqrt(sum.ofSquares(x) / x.length);
  }

  private static int[] without(int[] shape, int dimension) {
    int[] rest = new int[shape.length - 1];
    System.arraycopy(shape, 0, rest, 0, dimension);
    System.arraycopy(shape, dimension + 1, rest, dimension, rest.length - dimension);
    return rest;
  }

  private static int size(int[] shape) {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    return size;
  }
}
