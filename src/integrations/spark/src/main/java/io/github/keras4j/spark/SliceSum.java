package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.engine.RowSums;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What some examples add up to in one slice of the parameters: the gradients, and next to them the
 * losses and the number of all examples. Plain arrays, for every serializer.
 */
final class SliceSum implements Serializable {
  private static final long serialVersionUID = 1L;

  final double loss;
  final long examples;
  final boolean wrote; // whether the loss has written to its parameters
  final int[][] rows; // by part; null where the gradient is that of the whole part
  final double[][] values;

  private SliceSum(double loss, long examples, boolean wrote, int[][] rows, double[][] values) {
    this.loss = loss;
    this.examples = examples;
    this.wrote = wrote;
    this.rows = rows;
    this.values = values;
  }

  /** One slice of a task's sum. */
  static SliceSum of(
      double loss, long examples, boolean wrote, TaskSum sum, Model model, List<Part> slice) {
    int[][] rows = new int[slice.size()][];
    double[][] values = new double[slice.size()][];
    for (int i = 0; i < rows.length; i++) {
      Part part = slice.get(i);
      if (model.byRows(part.tensor)) {
        int width = model.width(part.tensor);
        rows[i] = sum.rows(part.tensor).rows(part.from / width, part.to / width);
        values[i] = sum.rows(part.tensor).values(rows[i]);
      } else {
        values[i] = Arrays.copyOfRange(sum.tensor(part.tensor), part.from, part.to);
      }
    }
    return new SliceSum(loss, examples, wrote, rows, values);
  }

  /** The sums of all slices of a model as one, whose parts are whole tensors. */
  static SliceSum joined(Model model, List<List<Part>> slices, List<SliceSum> sums) {
    SliceSum first = sums.get(0);
    Adder whole = new Adder(model, Part.tensors(model));
    for (int slice = 0; slice < sums.size(); slice++) {
      whole.put(slices.get(slice), sums.get(slice));
    }
    SliceSum joined = whole.sum();
    return new SliceSum(first.loss, first.examples, first.wrote, joined.rows, joined.values);
  }

  /** About as many bytes as it takes to send. */
  long bytes() {
    long bytes = 0;
    for (int i = 0; i < values.length; i++) {
      bytes += (long) Double.BYTES * values[i].length;
      bytes += rows[i] == null ? 0 : (long) Integer.BYTES * rows[i].length;
    }
    return bytes;
  }

  /** Adds slices one after another, each in its turn: the order is the number. */
  static final class Adder {
    private final Model model;
    private final List<Part> slice;
    private final double[][] sums;
    private final RowSums[] rowSums;
    private double loss;
    private long examples;
    private boolean wrote;

    Adder(Model model, List<Part> slice) {
      this.model = model;
      this.slice = slice;
      sums = new double[slice.size()][];
      rowSums = new RowSums[slice.size()];
      for (int i = 0; i < sums.length; i++) {
        Part part = slice.get(i);
        if (model.byRows(part.tensor)) {
          rowSums[i] = new RowSums(model.width(part.tensor));
        } else {
          sums[i] = new double[part.length()];
        }
      }
    }

    void add(SliceSum next) {
      loss += next.loss;
      examples += next.examples;
      wrote |= next.wrote;
      for (int i = 0; i < sums.length; i++) {
        if (sums[i] == null) {
          rowSums[i].add(next.rows[i], next.values[i]);
        } else {
          add(sums[i], next.values[i]);
        }
      }
    }

    private static void add(double[] sum, double[] next) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += next[i];
      }
    }

    /** Puts a slice of whole tensors into its place. */
    private void put(List<Part> parts, SliceSum sum) {
      for (int i = 0; i < parts.size(); i++) {
        Part part = parts.get(i);
        if (sum.rows[i] == null) {
          System.arraycopy(sum.values[i], 0, sums[part.tensor], part.from, part.length());
        } else {
          rowSums[part.tensor].add(sum.rows[i], sum.values[i]);
        }
      }
    }

    SliceSum sum() {
      int[][] rows = new int[sums.length][];
      for (int i = 0; i < sums.length; i++) {
        if (rowSums[i] != null) {
          rows[i] = rowSums[i].rows(0, model.rows(slice.get(i).tensor));
          sums[i] = rowSums[i].values(rows[i]);
        }
      }
      return new SliceSum(loss, examples, wrote, rows, sums);
    }
  }
}
