package io.github.keras4j.optimizers;

/**
 * What a loss adds its gradients to: an array for each tensor, or, for a table of which an example
 * touches a few rows, an array for each touched row.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.ExampleLoss;
 *
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
 * <p>Which tensors go by rows is said where the loss is handed over. All arrays hold zeros when a
 * part of the examples, or a task, begins. The thread that calls the loss alone may use it, and
 * only during that call. The library makes them; there is no need to implement it.
 */
public interface GradientSum {
  /**
   * The sum of the gradients of a tensor, by its number: the array to add to, as long as the
   * tensor.
   *
   * @throws IllegalArgumentException if there is no such tensor, or it goes by rows
   */
  double[] tensor(int tensor);

  /**
   * The sums of the gradients of all tensors: the arrays to add to; null in the place of a tensor
   * that goes by rows.
   */
  double[][] tensors();

  /**
   * The sum of the gradients of one row, by the numbers of its tensor and of the row: the array to
   * add to, as long as a row. From then on the row is touched.
   *
   * @throws IllegalArgumentException if there is no such tensor or row, or the tensor does not go
   *     by rows
   */
  double[] row(int tensor, int row);
}
