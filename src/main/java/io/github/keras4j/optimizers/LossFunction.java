package io.github.keras4j.optimizers;

/**
 * A loss and its gradients, for {@link Optimizer#minimize Optimizer.minimize}.
 *
 * <pre>{@code
 * LossFunction square = (parameters, gradients) -> {
 *   double x = parameters[0][0];
 *   gradients[0][0] = 2. * x;
 *   return x * x;
 * };
 * }</pre>
 *
 * <p>Where some gradients are given by rows, see {@link RowLossFunction}.
 */
@FunctionalInterface
public interface LossFunction {
  /**
   * Evaluates the loss at the parameters, and writes its gradients.
   *
   * @param parameters where to evaluate; not to be written to
   * @param gradients where the gradients go: an array of zeros for each parameter tensor, of the
   *     same length, so that a function may add up as well as assign; another array may be put in
   *     the place of one of them
   * @return the loss
   */
  double evaluate(double[][] parameters, double[][] gradients);
}
