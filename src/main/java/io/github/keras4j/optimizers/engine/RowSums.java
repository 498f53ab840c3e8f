package io.github.keras4j.optimizers.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Sums of rows of a large table, of which few are touched. */
public final class RowSums {
  private final int width;
  private final Map<Integer, double[]> sums = new HashMap<>();

  public RowSums(int width) {
    this.width = width;
  }

  /** The sum of a row, zeros at first, to add to. */
  double[] row(int row) {
    return sums.computeIfAbsent(row, first -> new double[width]);
  }

  /** Adds rows, one after another. */
  public void add(int[] rows, double[] values) {
    for (int i = 0; i < rows.length; i++) {
      double[] sum = row(rows[i]);
      for (int j = 0; j < width; j++) {
        sum[j] += values[i * width + j];
      }
    }
  }

  /** The touched rows from (included) to (excluded), ascending. */
  public int[] rows(int from, int to) {
    int[] rows =
        sums.keySet().stream()
            .mapToInt(row -> row)
            .filter(row -> row >= from && row < to)
            .toArray();
    Arrays.sort(rows);
    return rows;
  }

  /** The sums of rows, one after another. */
  public double[] values(int[] rows) {
    double[] values = new double[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(sums.get(rows[i]), 0, values, i * width, width);
    }
    return values;
  }
}
