package io.github.keras4j.optimizers.constraints;

import java.util.Map;

/**
 * Norms of 1.
 *
 * <pre>
 * norm = sqrt(sum(w * w))                                    along axis
 * w = w / (1e-7 + norm)
 * </pre>
 *
 * <p>Values that are all 0 stay so. {@code axis} is 0 unless set.
 *
 * @see <a href="https://keras.io/api/layers/constraints/">Keras, UnitNorm</a>
 */
public final class UnitNorm extends NormConstraint {
  private UnitNorm(int... axis) {
    super(Map.of(), axis);
  }

  /**
   * Makes the constraint.
   *
   * @param axis the dimensions along which norms are taken, those below 0 counted from the end;
   *     without any it is 0, with null all
   */
  public static UnitNorm of(int... axis) {
    return new UnitNorm(axis);
  }

  /** Makes the constraint from its arguments by Keras's names; rejects what is not valid. */
  public static UnitNorm fromConfig(Map<String, ?> config) {
    Arguments arguments = new Arguments("UnitNorm", config);
    UnitNorm made = of(arguments.axes());
    arguments.requireNoMore();
    return made;
  }

  @Override
  double factor(double norm) {
    return EPSILON + norm;
  }

  @Override
  double constrained(double w, double factor) {
    return w / factor;
  }
}
