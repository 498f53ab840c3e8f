package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * Gradient arrays that an optimizer owns and hands out, zeroed, for one evaluation at a time.
 *
 * <p>The arrays are kept; the array of them that is handed out holds them only during a call, so
 * that a function that keeps it, or puts others in their place, does not reach them later.
 */
public final class OwnGradients {
  private double[][] own = {};
  private double[][] handedOut = {};

  /**
   * The arrays for these parameters, as they were left.
   *
   * @param parameters the tensors
   * @return an array of each one's length
   */
  public double[][] take(double[][] parameters) {
    int count = parameters.length;
    if (own.length != count) {
      double[][] made = new double[count][0];
      handedOut = new double[count][];
      own = made;
    }
    for (int tensor = 0; tensor < count; tensor++) {
      if (own[tensor].length != parameters[tensor].length) {
        own[tensor] = new double[parameters[tensor].length];
      }
      handedOut[tensor] = own[tensor];
    }
    return handedOut;
  }

  /** Sets the arrays taken to zero. */
  public void clear() {
    for (double[] gradient : own) {
      Arrays.fill(gradient, 0.);
    }
  }

  /** Takes back what was handed out. */
  public void giveBack() {
    Arrays.fill(handedOut, null);
  }
}
