package io.github.keras4j.optimizers;

/**
 * A number that belongs to an optimizer's state and may change with every step: see {@link
 * Optimizer#scalar}.
 */
public final class Scalar {
  private final double[] value; // one element, which the optimizer's memory keeps

  Scalar(double[] value) {
    this.value = value;
  }

  /** The number as it is now. */
  public double get() {
    return value[0];
  }

  /** Changes the number, within {@link Optimizer#beginStep beginStep}. */
  public void set(double value) {
    this.value[0] = value;
  }
}
