package io.github.keras4j.optimizers;

import java.io.Serializable;

/**
 * The loss of one example and its gradients, for training on one machine or on Spark.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.ExampleLoss;
 *
 * ExampleLoss<double[]> halfSquare =
 *     (example, parameters, gradients) -> {
 *       double error = parameters[0][0] * example[0] - example[1];
 *       gradients.tensor(0)[0] += error * example[0];
 *       return error * error / 2.;
 *     };
 * }</pre>
 *
 * <p>On Spark it is serialized, and every task has a copy to itself. Elsewhere several threads may
 * call the same object at once, so it must keep no scratch in its fields: make what a call needs in
 * that call, or keep it by thread, in a {@link ThreadLocal}.
 *
 * @param <T> an example
 */
@FunctionalInterface
public interface ExampleLoss<T> extends Serializable {
  /**
   * Evaluates the loss of an example, and adds its gradients to the gradients of the examples
   * before.
   *
   * @param example one of the data
   * @param parameters where to evaluate; not to be written to
   * @param gradients what the gradients are added to
   * @return the loss
   * @throws Exception if it cannot be evaluated: the step is not made then
   */
  double add(T example, double[][] parameters, GradientSum gradients) throws Exception;
}
