package io.github.keras4j.spark;

import java.util.Locale;

/**
 * What a loss adds its gradients to: an array for each tensor, or, for a table of which an example
 * touches a few rows, an array for each touched row.
 *
 * <pre>{@code
 * ExampleLoss<int[]> pullTogether = // two rows of the table that is tensor 0
 *     (pair, parameters, gradients) -> {
 *       double[] table = parameters[0];
 *       double loss = 0.;
 *       for (int k = 0; k < 8; k++) {
 *         double difference = table[pair[0] * 8 + k] - table[pair[1] * 8 + k];
 *         gradients.row(0, pair[0])[k] += difference;
 *         gradients.row(0, pair[1])[k] -= difference;
 *         loss += difference * difference / 2.;
 *       }
 *       return loss;
 *     };
 * }</pre>
 *
 * <p>All arrays hold zeros when a task begins. Which tensors go by rows is said to the trainer's
 * builder. Belongs to one task, whose thread alone may use it.
 */
public final class GradientSum {
  private final Model model;
  private final double[][] tensors;
  private final RowSums[] rows;

  GradientSum(Model model) {
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

  /**
   * The sum of the gradients of a tensor.
   *
   * @param tensor its number
   * @return the array to add to, as long as the tensor
   * @throws IllegalArgumentException if there is no such tensor, or it goes by rows
   */
  public double[] tensor(int tensor) {
    model.requireTensor(tensor);
    if (tensors[tensor] == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "tensor must be one that does not go by rows, got %d", tensor));
    }
    return tensors[tensor];
  }

  /**
   * The sums of the gradients of all tensors.
   *
   * @return the arrays to add to; null in the place of a tensor that goes by rows
   */
  public double[][] tensors() {
    return tensors;
  }

  /**
   * The sum of the gradients of one row.
   *
   * @param tensor the number of a tensor that goes by rows
   * @param row the row's number
   * @return the array to add to, as long as a row; from then on the row is touched
   * @throws IllegalArgumentException if there is no such tensor or row, or the tensor does not go
   *     by rows
   */
  public double[] row(int tensor, int row) {
    model.requireRow(tensor, row);
    return rows[tensor].row(row);
  }

  RowSums rows(int tensor) {
    return rows[tensor];
  }
}
