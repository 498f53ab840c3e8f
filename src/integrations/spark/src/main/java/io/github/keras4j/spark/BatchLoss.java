package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import java.io.Serializable;
import java.util.Iterator;

/**
 * The loss of many examples at once and its gradients, for those who vectorize. Serialized, and
 * called once in every task.
 *
 * @param <T> an example
 */
@FunctionalInterface
public interface BatchLoss<T> extends Serializable {
  /**
   * Evaluates the sum of the losses of all examples, and adds their gradients.
   *
   * @param examples the examples of one partition that belong to the step, in their order; all of
   *     them must be taken
   * @param parameters where to evaluate; not to be written to
   * @param gradients what the gradients are added to
   * @return the sum of the losses
   * @throws Exception if it cannot be evaluated: the task fails then, and with it the step
   */
  double add(Iterator<T> examples, double[][] parameters, GradientSum gradients) throws Exception;
}
