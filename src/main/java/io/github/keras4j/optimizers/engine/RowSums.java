package io.github.keras4j.optimizers.engine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Sums of rows of a large table, of which few are touched. */
public final class RowSums {
  private final int width;
  private final Map<Integer, double[]> sums = new HashMap<>();
  private final Deque<double[]> spare = new ArrayDeque<>(); // of rows that were touched before

  public RowSums(int width) {
    this.width = width;
  }

  /** The sum of a row, zeros at first, to add to. */
  double[] row(int row) {
    double[] sum = sums.get(row);
    if (sum == null) {
      sum = spare.isEmpty() ? new double[width] : spare.pop();
      Arrays.fill(sum, 0.); // not before: a loss may have kept it, and written to it since
      sums.put(row, sum);
    }
    return sum;
  }

  /** Touches no row any more, and keeps the arrays for those to come. */
  void clear() {
    spare.addAll(sums.values());
    sums.clear();
  }

  public int count() {
    return sums.size();
  }

  public void add(int[] rows, double[] values) {
    for (int i = 0; i < rows.length; i++) {
      double[] sum = row(rows[i]);
      for (int j = 0; j < width; j++) {
        sum[j] += values[i * width + j];
      }
    }
  }

  void add(RowSums others) {
    others.sums.forEach((row, values) -> GradientSums.add(row(row), values));
  }

  /** The touched rows from (included) to (excluded), ascending. */
  public int[] rows(int from, int to) {
    return sums.keySet().stream()
        .mapToInt(row -> row)
        .filter(row -> row >= from && row < to)
        .sorted()
        .toArray();
  }

  public double[] values(int[] rows) {
    double[] values = new double[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(sums.get(rows[i]), 0, values, i * width, width);
    }
    return values;
  }
}
