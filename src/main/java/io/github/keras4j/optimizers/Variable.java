package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.step.Tensor;

/**
 * One parameter tensor in a step, as {@link Optimizer#updateStep updateStep} sees it: its values,
 * its gradient, and what the optimizer remembers of it.
 *
 * <p>{@link #gradient gradient} and {@link #decay decay} stand for all that surrounds a formula:
 * loss scale, accumulation, clipping and weight decay. Not to be kept beyond the call that it is
 * given to. Safe for different threads that work on different elements.
 */
public final class Variable {
  private final Tensor tensor;
  private final int number;
  private final TensorSpec spec;

  Variable(Tensor tensor, int number, TensorSpec spec) {
    this.tensor = tensor;
    this.number = number;
    this.spec = spec;
  }

  /** The number of the tensor among the parameters, from 0 on. */
  public int number() {
    return number;
  }

  /**
   * The name and the shape that {@link io.github.keras4j.optimizers.keras3.BaseOptimizer#build
   * build} was given, or null if it was not called.
   */
  public TensorSpec spec() {
    return spec;
  }

  /** The parameters, to be updated: the array itself. See {@link #decay decay}. */
  public double[] parameter() {
    return tensor.parameter();
  }

  /**
   * What the optimizer remembers of the tensor, to be updated: the array itself, as long as the
   * parameters, by the number that {@link Optimizer#slot(String) slot} returned.
   */
  public double[] slot(int slot) {
    return tensor.slot(slot);
  }

  /**
   * The element of the gradient with this index, as this step has it: divided by {@code
   * loss_scale_factor}, the mean of those accumulated, and clipped.
   */
  public double gradient(int i) {
    return tensor.gradient(i);
  }

  /**
   * Weight decay, which an update starts from: {@code p[i] = x.decay(p[i]) - ...}. Without this
   * call a formula has no weight decay. Keras 2.2.4 has none.
   *
   * @param p a parameter
   * @return {@code p - (p * weight_decay) * lr}, or the parameter itself where it does not decay
   */
  public double decay(double p) {
    return tensor.decay(p);
  }
}
