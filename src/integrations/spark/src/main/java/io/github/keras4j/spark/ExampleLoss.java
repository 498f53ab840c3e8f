package io.github.keras4j.spark;

import java.io.Serializable;

/**
 * The loss of one example and its gradients. Serialized, and called in every task.
 *
 * <pre>{@code
 * ExampleLoss<double[]> halfSquare =
 *     (example, parameters, gradients) -> {
 *       double error = parameters[0][0] * example[0] - example[1];
 *       gradients.tensor(0)[0] += error * example[0];
 *       return error * error / 2.;
 *     };
 * }</pre>
 *
 * @param <T> an example
 */
@FunctionalInterface
public interface ExampleLoss<T> extends Serializable {
  /**
   * Evaluates the loss of an example, and adds its gradients to those of the examples before.
   *
   * @param example one of the data
   * @param parameters where to evaluate; not to be written to
   * @param gradients what the gradients are added to
   * @return the loss
   * @throws Exception if it cannot be evaluated: the task fails then, and with it the step
   */
  double add(T example, double[][] parameters, GradientSum gradients) throws Exception;
}
