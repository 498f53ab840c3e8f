package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;

/**
 * One parameter tensor in a step: its values, its gradient, and what the optimizer remembers of it.
 *
 * <p>What surrounds the formula is asked for element by element: {@link #gradient(int)} and {@link
 * #decay(double)}. Each asks the same questions for all elements of a step, three at most one after
 * another, which is as many as HotSpot's compiler takes out of a loop.
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
  private final double[] accumulator; // null without accumulation
  private final int steps; // of an accumulation
  private final double share; // 1 / steps; 0 where only a division is exact
  private final boolean decaying;
  private final double weightDecay;

  double[] parameter;
  private double lr;
  private double kept; // of the average
  private double[] given; // null in a step that leaves the tensor out
  private double divisor;
  private double reciprocal; // of the divisor; 0 where only a division is exact
  private boolean spent; // the accumulator stands for zeros: what it holds has had its update

  // How the formula's gradient comes about
  private double[] gradient;
  private double factor; // of the gradient, before all else
  private boolean adding; // (g + accumulator) * share
  private boolean clipping;
  private boolean dividing; // g / norm, or else up to the limit
  private double norm;
  private double limit;
  private boolean preparing; // what is in the gradient's place, with divisions
  private double[] quotients; // made when needed
  private double[] room;

  Variable(
      int tensor,
      TensorSpec spec,
      double[][] slots,
      double[] average,
      double[] accumulator,
      int steps,
      Double weightDecay) {
    this.tensor = tensor;
    this.spec = spec;
    this.shape = spec == null ? null : spec.shape();
    this.slots = slots;
    this.average = average;
    this.accumulator = accumulator;
    this.steps = steps;
    decaying = weightDecay != null;
    this.weightDecay = decaying ? weightDecay : 0.;
    share = exactReciprocal(steps);
  }

  /** A product with it has the bits of the quotient by a power of two; 0 for other numbers. */
  private static double exactReciprocal(double x) {
    return (Double.doubleToRawLongBits(x) & SIGNIFICAND) == 0 ? 1. / x : 0.;
  }

  // ---- The course of a step -------------------------------------------------------------------

  /** Before all else in a step, since a gradient by rows may make up for moves of the average. */
  void beginAverage(double kept) {
    this.kept = kept;
  }

  /** Begins a step, in which the gradient is divided by the divisor. */
  void begin(double[] parameter, double[] gradient, double divisor, double lr) {
    this.parameter = parameter;
    this.given = gradient;
    this.gradient = gradient;
    this.divisor = divisor;
    this.lr = lr;
    reciprocal = exactReciprocal(divisor);
    adding = accumulator != null && reciprocal != 0. && share != 0.;
    preparing = false;
    if (accumulator != null && !adding) {
      prepareIn(accumulator);
    } else if (reciprocal != 0.) {
      clip(reciprocal, 1., Double.POSITIVE_INFINITY);
    } else {
      clip(1., divisor, Double.POSITIVE_INFINITY);
    }
  }

  private void clip(double factor, double norm, double limit) {
    this.factor = factor;
    this.norm = norm;
    this.limit = limit;
    dividing = norm != 1.;
    clipping = dividing || limit != Double.POSITIVE_INFINITY;
  }

  private void prepareIn(double[] array) {
    gradient = array;
    adding = false;
    preparing = true;
    clip(1., 1., Double.POSITIVE_INFINITY);
  }

  void end() {
    parameter = null;
    given = null;
    gradient = null;
  }

  boolean hasGradient() {
    return given != null;
  }

  // ---- Clipping -------------------------------------------------------------------------------

  /** Makes the gradient ready before it is clipped, since its norm will be asked for. */
  void separate() {
    if (accumulator != null) {
      prepareIn(accumulator);
    } else if (divisor != 1. && hasGradient()) {
      prepareIn(quotients());
    }
  }

  private double[] quotients() {
    if (quotients == null) {
      quotients = new double[parameter.length];
    }
    return quotients;
  }

  /** Clips to {@code (g * factor) / norm}. To be called once it is separate. */
  void scaleBy(double factor, double norm) {
    clip(factor, norm, Double.POSITIVE_INFINITY);
  }

  /** Clips to {@code min(max(g, -limit), limit)}. */
  void limitTo(double limit) {
    if (adding || dividing) {
      separate();
    }
    clip(factor, 1., limit);
  }

  /** Whether the gradient is the one that the step was given, neither divided nor accumulated. */
  boolean isAsGiven() {
    return gradient == given;
  }

  /** What {@link #prepare} has left, or the gradient that was given. */
  double[] gradient() {
    return gradient;
  }

  // ---- Passes ---------------------------------------------------------------------------------

  /** {@code accumulator = g / divisor + accumulator}. */
  void accumulate(int from, int to) {
    accumulate(accumulator, given, divisor, reciprocal, spent, from, to);
  }

  private static void accumulate(
      double[] sum,
      double[] g,
      double divisor,
      double reciprocal,
      boolean spent,
      int from,
      int to) {
    boolean dividing = reciprocal == 0.;
    for (int i = from; i < to; i++) {
      double scaled = dividing ? g[i] / divisor : g[i] * reciprocal;
      sum[i] = scaled + (spent ? 0. : sum[i]);
    }
  }

  /** Whether {@link #prepare} has anything to do. */
  boolean isPreparing() {
    return preparing;
  }

  /** Makes the gradient ready where {@link #gradient(int)} cannot. */
  void prepare(int from, int to) {
    if (!preparing) {
      return;
    }
    if (accumulator == null) {
      divide(gradient, given, divisor, from, to);
    } else {
      takeMean(accumulator, given, divisor, steps, from, to);
    }
  }

  /** Takes what has been prepared as it is for the rest of the step. */
  void endPreparing() {
    preparing = false;
  }

  private static void divide(double[] quotient, double[] g, double divisor, int from, int to) {
    for (int i = from; i < to; i++) {
      quotient[i] = g[i] / divisor;
    }
  }

  private static void takeMean(
      double[] sum, double[] g, double divisor, double steps, int from, int to) {
    for (int i = from; i < to; i++) {
      sum[i] = (g[i] / divisor + sum[i]) / steps;
    }
  }

  /** Ends a call that has accumulated. */
  void endAccumulating() {
    spent = spent && given == null;
  }

  /**
   * Ends an update of the whole tensor, which has used the accumulator up. It is not emptied, which
   * would be one more walk through memory: the next to {@link #accumulate} leaves out what it
   * holds, and whoever else looks at it calls {@link #settle} first.
   */
  void spend() {
    spent = true;
  }

  /** Empties the accumulator, if that is still to be done. */
  void settle() {
    if (spent) {
      empty(0, accumulator.length);
      spent = false;
    }
  }

  /** Empties the accumulator, if there is one, where an update reaches a part of the tensor. */
  void empty(int from, int to) {
    if (accumulator != null) {
      Arrays.fill(accumulator, from, to, 0.);
    }
  }

  /** Weight decay, where a formula looks at all parameters before it updates one. */
  void decayAll(int from, int to) {
    double[] p = parameter;
    if (decaying) {
      for (int i = from; i < to; i++) {
        p[i] = decay(p[i]);
      }
    }
  }

  boolean isDecaying() {
    return decaying;
  }

  /** Moves the average towards all parameters. */
  void moveAverage(double[] p, int from, int to) {
    for (int i = from; i < to; i++) {
      averaged(i, p[i]);
    }
  }

  /** Moves the average towards a parameter, which it answers. */
  double averaged(int i, double p) {
    average[i] = kept * average[i] + (1. - kept) * p;
    return p;
  }

  /** Room for as many numbers as the tensor has. To be asked for by one thread first. */
  double[] room() {
    if (room == null) {
      room = new double[parameter.length];
    }
    return room;
  }

  /** Whether clipping makes something else of a gradient of zero, such as NaN. */
  boolean changesZero() {
    return clip(0. * factor) != 0.;
  }

  // ---- For formulas ---------------------------------------------------------------------------

  /**
   * The name and the shape that {@link BaseOptimizer#build build} was given.
   *
   * @return null if it was not called
   */
  public TensorSpec spec() {
    return spec;
  }

  /**
   * The parameters, to be updated: see {@link #decay(double) decay}.
   *
   * @return the array itself
   */
  public double[] parameter() {
    return parameter;
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
   * One element of the gradient: divided by {@code loss_scale_factor}, the mean of those
   * accumulated, and clipped, as this step has it.
   *
   * @param i its index
   * @return what the formula takes for it
   */
  public double gradient(int i) {
    double g = gradient[i] * factor;
    if (clipping) {
      return clip(g);
    }
    return adding ? (g + accumulator[i]) * share : g;
  }

  private double clip(double g) {
    return dividing ? g / norm : Math.min(Math.max(g, -limit), limit);
  }

  /**
   * Weight decay, which an update starts from: {@code p[i] = x.decay(p[i]) - ...}.
   *
   * @param p a parameter
   * @return {@code p - (p * weight_decay) * lr}, or the parameter itself where it does not decay
   */
  public double decay(double p) {
    return decaying ? p - (p * weightDecay) * lr : p;
  }
}
