package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.step.AbstractStep;

/** What callers tell an optimizer of its tensors apart from a step. */
abstract class ToldOptimizer extends Formula {
  ToldOptimizer(AbstractStep step) {
    super(step);
  }

  /**
   * Goes on with other tensors, matched by number: more or fewer, longer or shorter ones.
   *
   * <p>Of every slot a tensor keeps what belongs to its first elements or rows. New ones begin as
   * at a first step: with zeros, an initial value, or copies of the parameters given here.
   * Iterations, scalars, learning rate and schedule go on: a bias correction takes new elements for
   * old ones.
   *
   * @param parameters what the next step is to update
   * @throws IllegalArgumentException if they are not such as a step takes; nothing is changed then
   * @throws IllegalStateException if {@code build} has named the tensors, inside an accumulation,
   *     in a {@code MultiOptimizer}, or if another call is under way; nothing is changed then
   */
  public final void resize(double[][] parameters) {
    step.guard.run(() -> step.resize(parameters));
  }

  /**
   * Makes a tensor keep to a constraint at the end of every step, before the first one.
   *
   * @param tensor its number, from 0
   * @param constraint kept by {@link Optimizer#copy} as it is; saved where it has a configuration
   * @param shape of the tensor; without it the one that {@code build} tells, or else its length
   * @throws IllegalArgumentException if the constraint is null, another is on the tensor already,
   *     or there is no such tensor or shape, where the tensors are known; otherwise the first step
   *     throws it
   * @throws IllegalStateException if a step has been made, or this is in a {@code MultiOptimizer}
   */
  public final void constrain(int tensor, Constraint constraint, int... shape) {
    step.guard.run(() -> step.constrain(tensor, constraint, shape));
  }
}
