package io.github.keras4j.optimizers;

/**
 * A loss and its gradients, some of them by rows, for {@link Optimizer#minimize(RowLossFunction,
 * double[][]) Optimizer.minimize}.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.Gradient;
 * import io.github.keras4j.optimizers.RowLossFunction;
 *
 * RowLossFunction squareOfRow3 = (parameters, gradients) -> {
 *   double x = parameters[0][3]; // a table whose rows have one element
 *   gradients[0] = Gradient.lazyRows(new int[] {3}, new double[] {2. * x});
 *   return x * x;
 * };
 * }</pre>
 *
 * <p>A {@link LossFunction} is one too, whose gradients are dense. So a lambda that is handed to
 * {@code minimize} is taken for a {@code LossFunction}, unless its parameters' types are written
 * out: {@code (double[][] parameters, Gradient[] gradients) -> …}.
 */
@FunctionalInterface
public interface RowLossFunction {
  /**
   * Evaluates the loss at the parameters, and gives its gradients.
   *
   * @param parameters where to evaluate; not to be written to
   * @param gradients where the gradients go, one for each parameter tensor; null at first, which an
   *     optimizer of Keras 3 takes for a tensor without a gradient
   * @return the loss
   */
  double evaluate(double[][] parameters, Gradient[] gradients);
}
