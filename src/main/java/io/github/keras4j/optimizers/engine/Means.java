package io.github.keras4j.optimizers.engine;

/**
 * Means along the last two dimensions of a tensor, seen as matrices one after another. Always added
 * in the same order, whichever rows or columns are asked for together.
 */
public final class Means {
  private Means() {}

  /**
   * The means of rows, along the last dimension: {@code means[i]} is that of {@code x[i * columns]}
   * to {@code x[(i + 1) * columns - 1]}.
   */
  public static void ofRows(double[] x, int columns, double[] means, int from, int to) {
    for (int i = from; i < to; i++) {
      means[i] = sum(x, i * columns, (i + 1) * columns) / columns;
    }
  }

  /** Eight sums side by side, because an addition takes as long as eight can be under way. */
  private static double sum(double[] x, int from, int to) {
    double s0 = 0.;
    double s1 = 0.;
    double s2 = 0.;
    double s3 = 0.;
    double s4 = 0.;
    double s5 = 0.;
    double s6 = 0.;
    double s7 = 0.;
    int i = from;
    for (; i < to - 7; i += 8) {
      s0 += x[i];
      s1 += x[i + 1];
      s2 += x[i + 2];
      s3 += x[i + 3];
      s4 += x[i + 4];
      s5 += x[i + 5];
      s6 += x[i + 6];
      s7 += x[i + 7];
    }
    for (; i < to; i++) {
      s0 += x[i];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }

  /**
   * The means of columns of one matrix, along the last dimension but one: {@code means[matrix *
   * columns + j]} is that of {@code x[(matrix * rows + i) * columns + j]} over i.
   */
  public static void ofColumns(
      double[] x, int matrix, int rows, int columns, double[] means, int from, int to) {
    int mean = matrix * columns;
    for (int j = from; j < to; j++) {
      means[mean + j] = 0.;
    }
    int row = matrix * rows;
    int end = row + rows;
    for (; row < end - 7; row += 8) {
      addEightRows(x, row * columns, columns, means, mean, from, to);
    }
    for (; row < end; row++) {
      for (int j = from; j < to; j++) {
        means[mean + j] += x[row * columns + j];
      }
    }
    for (int j = from; j < to; j++) {
      means[mean + j] /= rows;
    }
  }

  private static void addEightRows(
      double[] x, int row, int columns, double[] sums, int sum, int from, int to) {
    for (int j = from; j < to; j++) {
      int i = row + j;
      sums[sum + j] +=
          ((x[i] + x[i + columns]) + (x[i + 2 * columns] + x[i + 3 * columns]))
              + ((x[i + 4 * columns] + x[i + 5 * columns])
                  + (x[i + 6 * columns] + x[i + 7 * columns]));
    }
  }
}
