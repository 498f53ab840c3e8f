package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.util.Arrays;

/**
 * What examples add their gradients to: an array for each tensor, or, of a tensor that goes by
 * rows, one for each row that they touch. Zeros at first.
 */
public abstract class GradientSums {
  private final Model model;
  private final double[][] tensors; // null in the place of one that goes by rows
  private final RowSums[] rows; // null in the place of one that does not

  protected GradientSums(Model model) {
    this.model = model;
    tensors = new double[model.tensors()][];
    rows = new RowSums[model.tensors()];
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      if (model.byRows(tensor)) {
        rows[tensor] = new RowSums(model.width(tensor));
      } else {
        tensors[tensor] = new double[model.length(tensor)];
      }
    }
  }

  public double[] tensor(int tensor) {
    model.requireTensor(tensor);
    if (tensors[tensor] == null) {
      throw illegalArgument("tensor must be one that does not go by rows, got %d", tensor);
    }
    return tensors[tensor];
  }

  public double[][] tensors() {
    return tensors;
  }

  public double[] row(int tensor, int row) {
    model.requireRow(tensor, row);
    return rows[tensor].row(row);
  }

  /** Sets all to zero, and touches no row any more. */
  public void clear() {
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      if (tensors[tensor] == null) {
        rows[tensor].clear();
      } else {
        Arrays.fill(tensors[tensor], 0.);
      }
    }
  }

  public void add(GradientSums others) {
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      if (tensors[tensor] == null) {
        rows[tensor].add(others.rows[tensor]);
      } else {
        add(tensors[tensor], others.tensors[tensor]);
      }
    }
  }

  static void add(double[] sum, double[] next) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += next[i];
    }
  }

  public RowSums rows(int tensor) {
    return rows[tensor];
  }
}
