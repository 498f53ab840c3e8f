package io.github.keras4j.optimizers.constraints;

import static io.github.keras4j.optimizers.text.Errors.checkNonNegative;

import java.util.Map;

/**
 * Norms of at most {@code max_value}.
 *
 * <pre>
 * norm = sqrt(sum(w * w))                                    along axis
 * w = w * (clip(norm, 0, max_value) / (1e-7 + norm))
 * </pre>
 *
 * <p>Because of the 1e-7, values whose norm is allowed shrink a little at every step, as in Keras.
 *
 * <p>{@code max_value} is 2 unless set, {@code axis} 0: in a kernel of shape inputs, outputs the
 * norm of what comes into each output.
 *
 * @see <a href="https://keras.io/api/layers/constraints/">Keras, MaxNorm</a>
 */
public final class MaxNorm extends NormConstraint {
  private final double maxValue;

  private MaxNorm(double maxValue, int... axis) {
    super(Map.of("max_value", checkNonNegative("max_value", maxValue)), axis);
    this.maxValue = maxValue;
  }

  /**
   * Makes the constraint.
   *
   * @param maxValue the largest norm allowed, finite and at least 0
   * @param axis the dimensions along which norms are taken, those below 0 counted from the end;
   *     without any it is 0, with null all
   * @throws IllegalArgumentException if {@code maxValue} is out of range
   */
  public static MaxNorm of(double maxValue, int... axis) {
    return new MaxNorm(maxValue, axis);
  }

  /** Makes the constraint from its arguments by Keras's names; rejects what is not valid. */
  public static MaxNorm fromConfig(Map<String, ?> config) {
    Arguments arguments = new Arguments("MaxNorm", config);
    MaxNorm made = of(arguments.number("max_value", 2.), arguments.axes());
    arguments.requireNoMore();
    return made;
  }

  @Override
  double factor(double norm) {
    return clip(norm, 0., maxValue) / (EPSILON + norm);
  }
}
