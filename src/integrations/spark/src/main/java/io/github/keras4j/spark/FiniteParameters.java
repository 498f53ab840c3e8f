package io.github.keras4j.spark;

import java.util.Locale;

/** A step begins with numbers. */
final class FiniteParameters {
  private FiniteParameters() {}

  /** What is wrong with a part of a tensor; null for nothing. */
  static String fault(int tensor, int from, double[] part, long step) {
    for (int i = 0; i < part.length; i++) {
      if (!Double.isFinite(part[i])) {
        return String.format(
            Locale.ROOT,
            "parameters[%d][%d] must be finite before step %d, got %s",
            tensor,
            from + i,
            step,
            part[i]);
      }
    }
    return null;
  }

  /**
   * Rejects others.
   *
   * @throws IllegalArgumentException if a parameter is NaN or infinite
   */
  static void require(double[][] parameters, long step) {
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      String fault = fault(tensor, 0, parameters[tensor], step);
      if (fault != null) {
        throw new IllegalArgumentException(fault);
      }
    }
  }
}
