package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.SumOfSquares;

/**
 * What Keras 3's optimizers are held against: their formulas, written by hand in one loop, and one
 * more where there is a norm. Which features there are is the same for every element, so the
 * compiler asks for it once.
 */
final class Keras3Loop {
  private static final double LR = 1e-3;
  private static final double EPSILON = 1e-7;

  private final Keras3Case what;
  private final double[] p;
  private final double[] g;
  private final double[] m;
  private final double[] v;
  private final double[] h;
  private final double[] average;
  private final double[] sum;
  private final boolean decays;
  private final boolean limits;
  private final boolean scales;
  private final boolean divides;
  private final boolean unscales;
  private double factor;
  private double norm;
  private boolean odd;

  Keras3Loop(Keras3Case what, double[] p, double[] g) {
    this.what = what;
    this.p = p;
    this.g = g;
    m = slot(what.bytes() > 24);
    v = slot(what.bytes() > 40);
    h = slot(what.bytes() > 56);
    average = slot(what.has("use_ema"));
    sum = slot(what.has("gradient_accumulation_steps"));
    decays = what.has("weight_decay");
    limits = what.has("clipvalue");
    divides = what.has("clipnorm");
    scales = divides || what.has("global_clipnorm");
    unscales = what.has("loss_scale_factor");
  }

  private double[] slot(boolean needed) {
    return needed ? new double[p.length] : null;
  }

  void step() {
    odd = !odd;
    if (sum != null && odd) {
      accumulate();
      return;
    }
    if (scales) {
      norm = Math.sqrt(SumOfSquares.of(g, 0, g.length));
      factor = divides ? 1. : Math.min(1. / norm, 1.);
    }
    what.run(this);
  }

  private void accumulate() {
    for (int i = 0; i < p.length; i++) {
      sum[i] = g[i] + sum[i];
    }
  }

  private double gradient(int i) {
    double d = g[i];
    if (unscales) {
      d = d / 3.;
    }
    if (sum != null) {
      d = (d + sum[i]) / 2.;
      sum[i] = 0.;
    }
    if (limits) {
      d = Math.min(Math.max(d, -1.), 1.);
    }
    if (scales) {
      d = d * factor;
    }
    if (divides) {
      d = d / norm;
    }
    return d;
  }

  private double parameter(int i) {
    return decays ? p[i] - (p[i] * 0.004) * LR : p[i];
  }

  private void set(int i, double parameter) {
    p[i] = parameter;
    if (average != null) {
      average[i] = 0.99 * average[i] + (1. - 0.99) * parameter;
    }
  }

  void sgd() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      set(i, x - d * LR);
    }
  }

  void momentum() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] * 0.9 - d * LR;
      set(i, x + m[i]);
    }
  }

  void nesterov() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] * 0.9 - d * LR;
      set(i, x + (m[i] * 0.9 - d * LR));
    }
  }

  void rmsprop() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = 0.9 * m[i] + (1. - 0.9) * (d * d);
      set(i, x - (LR * d) / Math.sqrt(m[i] + EPSILON));
    }
  }

  void rmspropCentered() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      v[i] = 0.9 * v[i] + (1. - 0.9) * (d * d);
      m[i] = 0.9 * m[i] + (1. - 0.9) * d;
      set(i, x - (LR * d) / Math.sqrt((v[i] - m[i] * m[i]) + EPSILON));
    }
  }

  void rmspropMomentum() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      v[i] = 0.9 * v[i] + (1. - 0.9) * (d * d);
      m[i] = 0.9 * m[i] + (LR * d) / Math.sqrt(v[i] + EPSILON);
      set(i, x - m[i]);
    }
  }

  void rmspropCenteredMomentum() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      double square = 0.9 * v[i] + (1. - 0.9) * (d * d);
      double mean = 0.9 * h[i] + (1. - 0.9) * d;
      double u = 0.9 * m[i] + (LR * d) / Math.sqrt((square - mean * mean) + EPSILON);
      v[i] = square;
      h[i] = mean;
      m[i] = u;
      set(i, x - u);
    }
  }

  void adagrad() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] + d * d;
      set(i, x - (LR * d) / Math.sqrt(m[i] + EPSILON));
    }
  }

  void adadelta() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = 0.95 * m[i] + (1. - 0.95) * (d * d);
      double u = -((Math.sqrt(v[i] + EPSILON) * d) / Math.sqrt(m[i] + EPSILON));
      v[i] = 0.95 * v[i] + (1. - 0.95) * (u * u);
      set(i, x + LR * u);
    }
  }

  void adam() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] + (d - m[i]) * (1. - 0.9);
      v[i] = v[i] + (d * d - v[i]) * (1. - 0.999);
      set(i, x - (m[i] * LR) / (Math.sqrt(v[i]) + EPSILON));
    }
  }

  void amsgrad() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] + (d - m[i]) * (1. - 0.9);
      v[i] = v[i] + (d * d - v[i]) * (1. - 0.999);
      h[i] = Math.max(h[i], v[i]);
      set(i, x - (m[i] * LR) / (Math.sqrt(h[i]) + EPSILON));
    }
  }

  void adamax() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] + (d - m[i]) * (1. - 0.9);
      v[i] = Math.max(0.999 * v[i], Math.abs(d));
      set(i, x - (LR * m[i]) / (0.9 * (v[i] + EPSILON)));
    }
  }

  void nadam() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      m[i] = m[i] + (d - m[i]) * (1. - 0.9);
      v[i] = v[i] + (d * d - v[i]) * (1. - 0.999);
      double n = (0.9 * m[i]) / (1. - 0.3) + ((1. - 0.8) * d) / (1. - 0.4);
      set(i, x - (n * LR) / (Math.sqrt(v[i] / 0.9) + EPSILON));
    }
  }

  void ftrl() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      double b = m[i] + d * d;
      double k = d + 0. * x;
      double root = Math.sqrt(b);
      v[i] = v[i] + (k - ((root - Math.sqrt(m[i])) / LR) * x);
      m[i] = b;
      set(i, (Math.min(Math.max(v[i], -0.), 0.) - v[i]) / (root / LR + 0.));
    }
  }

  /** With the sign by products and limits, since {@code Math.signum} makes no vectors. */
  void lion() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      double change = m[i] * 0.9 + d * (1. - 0.9);
      double sign = Math.min(Math.max(change * 0x1p600 * 0x1p600, -1.), 1.) + 0.;
      set(i, x - LR * sign);
      m[i] = m[i] * 0.99 + d * (1. - 0.99);
    }
  }

  void scheduleFreeAdamW() {
    for (int i = 0; i < p.length; i++) {
      double d = gradient(i);
      double x = parameter(i);
      v[i] = v[i] + (d * d - v[i]) * (1. - 0.999);
      double root = Math.sqrt(v[i] / 0.9) + EPSILON;
      double newest = m[i] - (LR * d) / root;
      double mean = (x - (1. - 0.9) * m[i]) / 0.9;
      mean = (1. - 0.01) * mean + 0.01 * newest;
      m[i] = newest;
      set(i, (1. - 0.9) * newest + 0.9 * mean);
    }
  }
}
