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
 */
@FunctionalInterface
public interface LossFunction extends RowLossFunction {
  /**
   * Evaluates the loss at the parameters, and writes its gradients.
   *
   * @param parameters where to evaluate; not to be written to
   * @param gradients where the gradients go: an array of zeros for each parameter tensor, of the
   *     same length, so that a function may add up as well as assign; putting an array of one's own
   *     in the place of one of them works too
   * @return the loss
   */
  double evaluate(double[][] parameters, double[][] gradients);

  /** The same loss, with dense gradients in arrays of their own. */
  @Override
  @SuppressWarnings("FunctionalInterfaceMethodChanged") // so that a lambda is a loss as ever
  default double evaluate(double[][] parameters, Gradient[] gradients) {
    double[][] dense = new double[parameters.length][];
    for (int tensor = 0; tensor < dense.length; tensor++) {
      dense[tensor] = new double[parameters[tensor].length];
    }
    double loss = evaluate(parameters, dense);
    for (int tensor = 0; tensor < dense.length; tensor++) {
      gradients[tensor] = dense[tensor] == null ? null : Gradient.dense(dense[tensor]);
    }
    return loss;
  }
}
