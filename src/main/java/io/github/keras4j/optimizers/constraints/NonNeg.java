package io.github.keras4j.optimizers.constraints;

import java.util.Map;

/**
 * No value below 0.
 *
 * <pre>
 * w = max(w, 0)
 * </pre>
 *
 * <p>NaN stays. As Keras 3; Keras 2.2.4 multiplies by 0 where a value is below 0, which makes -0.0
 * of it, and NaN of a negative infinity.
 *
 * @see <a href="https://keras.io/api/layers/constraints/">Keras, NonNeg</a>
 */
public final class NonNeg extends KerasConstraint {
  private NonNeg() {
    super(Map.of());
  }

  /** Makes the constraint. */
  public static NonNeg of() {
    return new NonNeg();
  }

  /** Makes the constraint from its arguments by Keras's names, of which there is none. */
  public static NonNeg fromConfig(Map<String, ?> config) {
    new Arguments("NonNeg", config).requireNoMore();
    return of();
  }

  @Override
  public void apply(double[] values, int... shape) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(values[i], 0.);
    }
  }

  @Override
  public boolean takesRows(int... shape) {
    return true;
  }
}
