package io.github.keras4j.optimizers;

/**
 * A loss and its gradients, some of them by rows, for {@link Optimizer#minimize
 * Optimizer.minimize}.
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
 * <p>A lambda that is handed to {@code minimize} itself is a dense {@link LossFunction}. So a
 * variable of this type has to be declared first, as above.
 */
@FunctionalInterface
public interface RowLossFunction extends LossFunction {
  /**
   * Evaluates the loss at the parameters, and gives its gradients.
   *
   * @param parameters where to evaluate; not to be written to
   * @param gradients where the gradients go, one for each parameter tensor; null at first, which an
   *     optimizer of Keras 3 takes for a tensor without a gradient
   * @return the loss
   */
  double evaluate(double[][] parameters, Gradient[] gradients);

  /** The same loss with dense gradients: what is given by rows is added up. */
  @Override
  @SuppressWarnings("FunctionalInterfaceMethodChanged") // so that one method takes both kinds
  default double evaluate(double[][] parameters, double[][] gradients) {
    Gradient[] given = new Gradient[gradients.length];
    double loss = evaluate(parameters, given);
    for (int tensor = 0; tensor < given.length; tensor++) {
      if (given[tensor] != null) {
        given[tensor].addTo(gradients[tensor]);
      }
    }
    return loss;
  }
}
