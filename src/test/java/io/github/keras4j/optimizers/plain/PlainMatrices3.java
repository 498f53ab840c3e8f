package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.plain.Plain.Sum;
import java.util.Arrays;

/** Muon's matrices, an element at a time. */
public final class PlainMatrices3 {
  private PlainMatrices3() {}

  /** Muon's iteration, for no more rows than columns. */
  public static double[][] newtonSchulz(
      Sum sum, double[][] start, double a, double b, double c, double steps) {
    double[][] x = start;
    double[] elements = Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
    double norm = Math.sqrt(sum.ofSquares(elements)) + 1e-7;
    x = combined(x, x, (element, same) -> element / norm);
    for (int step = 0; step < steps; step++) {
      double[][] square = product(sum, x, transposed(x));
      double[][] scaled = combined(square, square, (element, same) -> c * element);
      double[][] polynomial = combined(square, product(sum, scaled, square), (y, yy) -> b * y + yy);
      x = combined(x, product(sum, polynomial, x), (y, by) -> a * y + by);
    }
    return x;
  }

  private interface OfTwo {
    double of(double x, double y);
  }

  private static double[][] combined(double[][] x, double[][] y, OfTwo f) {
    double[][] z = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      z[i] = new double[x[i].length];
      for (int j = 0; j < x[i].length; j++) {
        z[i][j] = f.of(x[i][j], y[i][j]);
      }
    }
    return z;
  }

  private static double[][] product(Sum sum, double[][] x, double[][] y) {
    double[][] z = new double[x.length][y.length == 0 ? 0 : y[0].length];
    for (int i = 0; i < z.length; i++) {
      for (int j = 0; j < z[i].length; j++) {
        double[] terms = new double[y.length];
        for (int k = 0; k < terms.length; k++) {
          terms[k] = x[i][k] * y[k][j];
        }
        z[i][j] = sum.of(terms);
      }
    }
    return z;
  }

  public static double[][] transposed(double[][] x) {
    double[][] z = new double[x.length == 0 ? 0 : x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[i].length; j++) {
        z[j][i] = x[i][j];
      }
    }
    return z;
  }
}
