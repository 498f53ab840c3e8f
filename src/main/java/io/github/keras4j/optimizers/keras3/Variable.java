package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.SumOfSquares;

/**
 * One parameter tensor in a step: its values, its gradient, what the optimizer remembers of it, and
 * how its gradient is clipped.
 *
 * <p>Not to be kept beyond the call that it is given to.
 */
public final class Variable {
  private static final long SIGNIFICAND = (1L << 52) - 1;

  final int tensor;
  private final TensorSpec spec;
  final int[] shape; // null unless told
  private final double[][] slots;
  final double[] average; // null without use_ema
  final double[] accumulator; // null without accumulation
  final Double weightDecay; // null where the tensor does not decay

  double[] parameter;
  private double[] given; // null in a step that leaves the tensor out
  private double[] gradient;
  private double divisor;
  private double reciprocal; // of the divisor; 0 where only a division is exact
  private boolean toDivide; // the gradient, by the divisor
  private boolean divided;
  private double factor;
  private double norm;
  private boolean normed;
  private double limit;
  private double[] room;

  Variable(
      int tensor,
      TensorSpec spec,
      double[][] slots,
      double[] average,
      double[] accumulator,
      Double weightDecay) {
    this.tensor = tensor;
    this.spec = spec;
    this.shape = spec == null ? null : spec.shape();
    this.slots = slots;
    this.average = average;
    this.accumulator = accumulator;
    this.weightDecay = weightDecay;
  }

  /** Begins a step, in which the gradient is divided by the divisor. */
  void begin(double[] parameter, double[] gradient, double divisor) {
    this.parameter = parameter;
    this.given = gradient;
    this.gradient = gradient;
    this.divisor = divisor;
    reciprocal = exactReciprocal(divisor);
    toDivide = divisor != 1.;
    limit = Double.POSITIVE_INFINITY;
    if (reciprocal != 0.) {
      scale(false, reciprocal, 1.);
    } else {
      scale(false, 1., divisor);
    }
  }

  /** A product with it has the bits of the quotient by a power of two; 0 for other numbers. */
  private static double exactReciprocal(double x) {
    return (Double.doubleToRawLongBits(x) & SIGNIFICAND) == 0 ? 1. / x : 0.;
  }

  private void scale(boolean divided, double factor, double norm) {
    this.divided = divided;
    this.factor = factor;
    this.norm = norm;
    normed = norm != 1.;
  }

  void end() {
    parameter = null;
    given = null;
    gradient = null;
  }

  /** Clips to {@code (g * factor) / norm}. */
  void scaleBy(double factor, double norm) {
    scale(toDivide, factor, norm);
  }

  /** Clips to {@code min(max(g, -limit), limit)}. */
  void limitTo(double limit) {
    this.limit = limit;
    if (normed) {
      scale(true, 1., 1.);
    }
  }

  boolean hasGradient() {
    return given != null;
  }

  /** Room for as many numbers as the tensor has. To be asked for by one thread first. */
  double[] room() {
    if (room == null) {
      room = new double[parameter.length];
    }
    return room;
  }

  /** {@code accumulator = g / divisor + accumulator}. */
  void accumulate(int from, int to) {
    accumulate(accumulator, given, divisor, reciprocal, from, to);
  }

  private static void accumulate(
      double[] sum, double[] g, double divisor, double reciprocal, int from, int to) {
    boolean divided = reciprocal == 0.;
    for (int i = from; i < to; i++) {
      sum[i] = (divided ? g[i] / divisor : g[i] * reciprocal) + sum[i];
    }
  }

  /** {@code accumulator = (g / divisor + accumulator) / steps}. */
  void accumulateMean(int from, int to, double steps) {
    double share = exactReciprocal(steps);
    accumulateMean(accumulator, given, divisor, reciprocal, steps, share, from, to);
  }

  private static void accumulateMean(
      double[] sum,
      double[] g,
      double divisor,
      double reciprocal,
      double steps,
      double share,
      int from,
      int to) {
    boolean divided = reciprocal == 0.;
    boolean shared = share != 0.;
    for (int i = from; i < to; i++) {
      double all = (divided ? g[i] / divisor : g[i] * reciprocal) + sum[i];
      sum[i] = shared ? all * share : all / steps;
    }
  }

  /** What is or will be accumulated takes the place of the gradient. */
  void takeAccumulated() {
    gradient = accumulator;
    toDivide = false;
    scale(false, 1., 1.);
  }

  /** Whether the gradient is the one that the step was given, neither divided nor accumulated. */
  boolean isAsGiven() {
    return gradient == given && !toDivide;
  }

  /** The sum of the squares of the gradient before it is clipped. */
  double sumOfSquares(int from, int to) {
    if (!toDivide) {
      return SumOfSquares.of(gradient, from, to);
    }
    double sum = 0.;
    for (int i = from; i < to; i++) {
      double g = gradient[i] / divisor;
      sum += g * g;
    }
    return sum;
  }

  /**
   * The name and the shape that {@link BaseOptimizer#build build} was given.
   *
   * @return null if it was not called
   */
  public TensorSpec spec() {
    return spec;
  }

  /**
   * The parameters, to be updated.
   *
   * @return the array itself
   */
  public double[] parameter() {
    return parameter;
  }

  /**
   * The gradients before clipping, never to be written to: see {@link #clip clip}.
   *
   * @return the array itself
   */
  public double[] gradient() {
    return gradient;
  }

  /**
   * What the optimizer remembers of the tensor, to be updated.
   *
   * @param slot its place in the order of the constructor
   * @return the array itself
   */
  public double[] slot(int slot) {
    return slots[slot];
  }

  /**
   * Whether {@link #clip clip} does anything to this tensor in this step. Kept in a local variable,
   * the question leaves a loop.
   *
   * @return false where a gradient is as it was given
   */
  public boolean clipping() {
    return divided || normed || factor != 1. || limit != Double.POSITIVE_INFINITY;
  }

  /**
   * Divides one element of the gradient by {@code loss_scale_factor} and clips it, as {@code
   * clipnorm}, {@code global_clipnorm} and {@code clipvalue} have it in this step.
   *
   * @param g the element
   * @return what the formula takes for it
   */
  public double clip(double g) {
    // Two questions, which a loop that has asked clipping() can still ask once for all elements.
    double whole = divided ? g / divisor : g;
    return normed ? whole * factor / norm : Math.min(Math.max(whole * factor, -limit), limit);
  }
}
