package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import java.io.Serializable;

/**
 * The loss of one example and its gradients, for a model of which no machine has all parameters.
 * Serialized, and called in every task.
 *
 * @param <T> an example
 */
public interface ShardedLoss<T> extends Serializable {
  /**
   * Asks for the rows that an example needs; called for all examples of a task before the first
   * {@link #add}.
   *
   * @param example one of the data
   * @param rows takes the numbers of rows
   * @throws Exception if they cannot be told: the task fails then, and with it the step
   */
  default void rowsOf(T example, NeededRows rows) throws Exception {}

  /**
   * Evaluates the loss of an example, and adds its gradients to the sum of the examples before.
   *
   * @param example one of the data
   * @param parameters where to evaluate; not to be written to
   * @param gradients what the gradients are added to
   * @return the loss
   * @throws Exception if it cannot be evaluated: the task fails then, and with it the step
   */
  double add(T example, ParameterView parameters, GradientSum gradients) throws Exception;
}
