package io.github.keras4j.optimizers;

/**
 * What the library is held against: the arithmetic alone, written by hand in one loop, and the
 * ceiling, a loop that moves the same bytes and computes next to nothing.
 */
final class PlainLoops {
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-7;

  private PlainLoops() {}

  static void adam(double lr, double[] p, double[] g, double[] m, double[] v, int from, int to) {
    for (int i = from; i < to; i++) {
      m[i] = BETA_1 * m[i] + (1. - BETA_1) * g[i];
      v[i] = BETA_2 * v[i] + (1. - BETA_2) * (g[i] * g[i]);
      p[i] = p[i] - lr * m[i] / (Math.sqrt(v[i]) + EPSILON);
    }
  }

  /** As Keras 3 writes it. */
  static void adam3(double lr, double[] p, double[] g, double[] m, double[] v, int from, int to) {
    for (int i = from; i < to; i++) {
      m[i] = m[i] + (g[i] - m[i]) * (1. - BETA_1);
      v[i] = v[i] + (g[i] * g[i] - v[i]) * (1. - BETA_2);
      p[i] = p[i] - (m[i] * lr) / (Math.sqrt(v[i]) + EPSILON);
    }
  }

  static void adagrad(double lr, double[] p, double[] g, double[] a, int from, int to) {
    for (int i = from; i < to; i++) {
      a[i] = a[i] + g[i] * g[i];
      p[i] = p[i] - lr * g[i] / (Math.sqrt(a[i]) + EPSILON);
    }
  }

  static void sgd(double lr, double[] p, double[] g, int from, int to) {
    for (int i = from; i < to; i++) {
      p[i] = p[i] - lr * g[i];
    }
  }

  /** Reads four arrays and writes three, as Adam. */
  static void adamCeiling(double[] p, double[] g, double[] m, double[] v, int from, int to) {
    for (int i = from; i < to; i++) {
      m[i] = m[i] + g[i];
      v[i] = v[i] + g[i];
      p[i] = p[i] + g[i];
    }
  }

  /** Reads two arrays and writes one, as SGD. */
  static void sgdCeiling(double[] p, double[] g, int from, int to) {
    for (int i = from; i < to; i++) {
      p[i] = p[i] + g[i];
    }
  }
}
