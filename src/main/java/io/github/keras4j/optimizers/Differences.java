package io.github.keras4j.optimizers;

import java.util.function.DoubleSupplier;

/** Central differences: of a function of an element, which is set and set back. */
final class Differences {
  /** The cube root of the rounding of a double: there truncation and rounding are about equal. */
  private static final double SHARE = Math.cbrt(0x1p-53);

  private static final double LEAST_SCALE = 0.01;

  private Differences() {}

  /** How far to go to each side: a share of the element, of 0.01 where that is larger. */
  static double step(double x) {
    return SHARE * Math.max(Math.abs(x), LEAST_SCALE);
  }

  /** What a function is at both sides of an element, and how far these are apart. */
  record Pair(double above, double below, double distance) {
    /** The derivative between the two. */
    double slope() {
      return (above - below) / distance;
    }

    /** What the derivative may be off by when the function is rounded to some last places. */
    double rounding() {
      return 8. * 0x1p-53 * Math.max(Math.abs(above), Math.abs(below)) / distance;
    }

    /** Whether both sides and what is between them are numbers. */
    boolean isFinite() {
      return Double.isFinite(slope()) && Double.isFinite(rounding());
    }
  }

  /** Evaluates a function at both sides of an element, which is as before in the end. */
  static Pair around(double[] tensor, int element, double step, DoubleSupplier function) {
    double x = tensor[element];
    double above = x + step;
    double below = x - step;
    try {
      tensor[element] = above;
      double ofAbove = function.getAsDouble();
      tensor[element] = below;
      return new Pair(ofAbove, function.getAsDouble(), above - below);
    } finally {
      tensor[element] = x;
    }
  }
}
