package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Checksum;
import io.github.keras4j.optimizers.engine.Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The parameters of a sharded model as a task has them: tensors that do not go by rows whole, of
 * the others the rows that were asked for. Not to be written to.
 */
public final class ParameterView {
  private final Model model;
  private final double[][] tensors;
  private final List<Map<Integer, double[]>> rows = new ArrayList<>();
  private long ofRows; // the checksum of all rows

  ParameterView(Model model, double[][] tensors) {
    this.model = model;
    this.tensors = tensors;
    for (int tensor = 0; tensor < model.tensors(); tensor++) {
      rows.add(new HashMap<>());
    }
  }

  void put(int tensor, int[] numbers, double[] values) {
    int width = model.width(tensor);
    for (int i = 0; i < numbers.length; i++) {
      double[] row = new double[width];
      System.arraycopy(values, i * width, row, 0, width);
      rows.get(tensor).put(numbers[i], row);
      ofRows += (2L * numbers[i] + 1) * Checksum.of(row);
    }
  }

  /** Whether somebody has written to tensors with these checksums, or to the rows put here. */
  boolean isChanged(long... checksums) {
    return !Arrays.equals(Checksum.ofEach(tensors), checksums) || rowsChecksum() != ofRows;
  }

  private long rowsChecksum() {
    long sum = 0; // in any order
    for (Map<Integer, double[]> ofTensor : rows) {
      for (Map.Entry<Integer, double[]> row : ofTensor.entrySet()) {
        sum += (2L * row.getKey() + 1) * Checksum.of(row.getValue());
      }
    }
    return sum;
  }

  /**
   * A tensor that does not go by rows.
   *
   * @param tensor its number
   * @return its parameters
   * @throws IllegalArgumentException if there is no such tensor, or it goes by rows
   */
  public double[] tensor(int tensor) {
    model.requireTensor(tensor);
    if (model.byRows(tensor)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "tensor must be one that does not go by rows, got %d", tensor));
    }
    return tensors[tensor];
  }

  /**
   * A row of a tensor that goes by rows.
   *
   * @param tensor its number
   * @param row the row's number
   * @return its parameters
   * @throws IllegalArgumentException if there is no such tensor, or the row was not asked for
   */
  public double[] row(int tensor, int row) {
    model.requireTensor(tensor);
    double[] values = rows.get(tensor).get(row);
    if (values == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "row of tensor %d must be one that rowsOf asked for, got %d",
              tensor,
              row));
    }
    return values;
  }
}
