package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Text.format;

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
      throw new IllegalArgumentException(
          format("tensor must be one that does not go by rows, got %d", tensor));
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

  /** The sums of a tensor that goes by rows. */
  public RowSums rows(int tensor) {
    return rows[tensor];
  }
}
