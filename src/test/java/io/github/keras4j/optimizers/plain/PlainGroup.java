package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.support.Bits;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * SGD and Adam of both generations over some tensors of a model, of which a step may leave out
 * tensors, or elements of them, as lazy rows do.
 */
public final class PlainGroup {
  /** A formula with the hyperparameters of its builder's defaults, except those given here. */
  public enum Formula {
    SGD_2(0.01),
    SGD_3(0.01),
    ADAM_2(0.001),
    ADAM_3(0.001);

    private final double lr;

    Formula(double lr) {
      this.lr = lr;
    }
  }

  /** Of both SGDs. */
  public static final double MOMENTUM = 0.75;

  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-7;

  private final Formula formula;
  private final int[] tensors;
  private final double[][] m;
  private final double[][] v;
  private int steps;

  /** Over these tensors of a model whose tensors have these lengths. */
  public PlainGroup(Formula formula, int[] tensors, int... lengths) {
    this.formula = formula;
    this.tensors = tensors;
    m = new double[lengths.length][];
    v = new double[lengths.length][];
    for (int tensor : tensors) {
      m[tensor] = new double[lengths[tensor]];
      v[tensor] = new double[lengths[tensor]];
    }
  }

  private PlainGroup(PlainGroup other) {
    formula = other.formula;
    tensors = other.tensors;
    m = copy(other.m);
    v = copy(other.v);
    steps = other.steps;
  }

  private static double[][] copy(double[][] arrays) {
    double[][] copy = new double[arrays.length][];
    for (int i = 0; i < arrays.length; i++) {
      copy[i] = arrays[i] == null ? null : arrays[i].clone();
    }
    return copy;
  }

  public PlainGroup copy() {
    return new PlainGroup(this);
  }

  public int[] tensors() {
    return tensors;
  }

  public int steps() {
    return steps;
  }

  /**
   * Makes one step, unless no tensor of the group has a gradient.
   *
   * @param gradients of the whole model; null where a tensor is left out
   * @param left which elements are left out; null for none of a tensor
   */
  public void step(double[][] gradients, boolean[][] left, double[][] parameters) {
    boolean any = false;
    for (int tensor : tensors) {
      any |= gradients[tensor] != null;
    }
    if (!any) {
      return;
    }
    steps++;
    double alpha = alpha();
    for (int tensor : tensors) {
      double[] g = gradients[tensor];
      for (int i = 0; g != null && i < g.length; i++) {
        if (left[tensor] == null || !left[tensor][i]) {
          update(alpha, parameters[tensor], m[tensor], v[tensor], g[i], i);
        }
      }
    }
  }

  private double alpha() {
    return switch (formula) {
      case SGD_2, SGD_3 -> formula.lr;
      case ADAM_2 -> formula.lr * (Math.sqrt(1. - power(BETA_2)) / (1. - power(BETA_1)));
      case ADAM_3 -> (formula.lr * Math.sqrt(1. - power(BETA_2))) / (1. - power(BETA_1));
    };
  }

  private double power(double beta) {
    BigDecimal power = BigDecimal.ONE;
    for (int i = 0; i < steps; i++) {
      power = power.multiply(new BigDecimal(beta), MathContext.DECIMAL128);
    }
    return power.doubleValue();
  }

  private void update(double alpha, double[] p, double[] m, double[] v, double g, int i) {
    switch (formula) {
      case SGD_2 -> {
        m[i] = MOMENTUM * m[i] - alpha * g;
        p[i] = p[i] + m[i];
      }
      case SGD_3 -> {
        m[i] = m[i] * MOMENTUM - g * alpha;
        p[i] = p[i] + m[i];
      }
      case ADAM_2 -> {
        m[i] = BETA_1 * m[i] + (1. - BETA_1) * g;
        v[i] = BETA_2 * v[i] + (1. - BETA_2) * (g * g);
        p[i] = p[i] - alpha * m[i] / (Math.sqrt(v[i]) + EPSILON);
      }
      case ADAM_3 -> {
        m[i] = m[i] + (g - m[i]) * (1. - BETA_1);
        v[i] = v[i] + (g * g - v[i]) * (1. - BETA_2);
        p[i] = p[i] - (m[i] * alpha) / (Math.sqrt(v[i]) + EPSILON);
      }
      default -> throw new AssertionError(formula);
    }
  }

  /** Compares a slot of the optimizer, by name, with what is kept here. */
  public void assertSlot(String name, boolean second, double[][] slot) {
    for (int i = 0; i < slot.length; i++) {
      Bits.assertSame(name + "[" + i + "]", slot[i], (second ? v : m)[tensors[i]]);
    }
  }
}
