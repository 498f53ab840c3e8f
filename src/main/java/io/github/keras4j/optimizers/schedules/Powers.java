package io.github.keras4j.optimizers.schedules;

/** Powers as NumPy, and so Keras, computes them. */
final class Powers {
  private Powers() {}

  /**
   * The power; that of 2, 0.5 and -1 rounded correctly, which {@code Math.pow} does not promise.
   */
  static double pow(double base, double exponent) {
    if (exponent == 2.) {
      return base * base;
    }
    if (exponent == 0.5) {
      return Math.sqrt(base);
    }
    return exponent == -1. ? 1. / base : Math.pow(base, exponent);
  }
}
