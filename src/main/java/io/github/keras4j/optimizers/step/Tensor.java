package io.github.keras4j.optimizers.step;

/**
 * One parameter tensor in a step: its arrays, and how each element of its gradient comes about.
 *
 * <p>What surrounds the formula is a method of one element, {@link #gradient(int)} and {@link
 * #decay(double)}, which are inlined into the formula's loop. Their conditions are the same for all
 * elements of a step. HotSpot takes at most three of them, one after another, out of a loop (loop
 * unswitching); with a fourth the loop would not be vectorized. So what cannot be said in three is
 * made ready by a separate pass: {@link #prepare}.
 */
public final class Tensor {
  private static final long SIGNIFICAND = (1L << 52) - 1;

  private final double[][] slots;
  final double[] accumulator; // null without accumulation
  private final double steps; // of an accumulation
  private final double share; // 1 / steps; 0 where only a division is exact
  private final boolean decaying;
  private final double weightDecay;

  private double[] parameter;
  private double[] given; // null where the step leaves the tensor out

  private double lr;
  private double divisor;
  private double reciprocal; // of the divisor; 0 where only a division is exact

  // How the formula's gradient comes about
  private double[] gradient;
  private double factor = 1.; // of the gradient, before all else
  private boolean adding; // (g + accumulator) * share
  private boolean clipping;
  private boolean dividing; // g / norm, or else up to the limit
  private double norm = 1.;
  private double limit = Double.POSITIVE_INFINITY;
  private boolean preparing; // what is in the gradient's place, with divisions
  private double[] quotients; // null where gradients are not divided before they are clipped

  Tensor(double[][] slots, double[] accumulator, int steps, Double weightDecay) {
    this.slots = slots;
    this.accumulator = accumulator;
    this.steps = steps;
    share = exactReciprocal(steps);
    decaying = weightDecay != null;
    this.weightDecay = decaying ? weightDecay : 0.;
  }

  /** A product with it has the bits of the quotient by a power of two; 0 for other numbers. */
  private static double exactReciprocal(double x) {
    return (Double.doubleToRawLongBits(x) & SIGNIFICAND) == 0 ? 1. / x : 0.;
  }

  // ---- For formulas ---------------------------------------------------------------------------

  public double[] parameter() {
    return parameter;
  }

  public double[] slot(int slot) {
    return slots[slot];
  }

  /** One element of the gradient: scaled, the mean of those accumulated, and clipped. */
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
   * Weight decay. It takes the parameter, not its index: an array that a loop knows by two names
   * may cost it the vector instructions.
   */
  public double decay(double p) {
    return decaying ? p - (p * weightDecay) * lr : p;
  }

  /** Weight decay of a range, where a formula looks at all parameters before it updates one. */
  public void decayAll(int from, int to) {
    double[] p = parameter;
    for (int i = from; decaying && i < to; i++) {
      p[i] = decay(p[i]);
    }
  }

  public boolean isDecaying() {
    return decaying;
  }

  // ---- The course of a step -------------------------------------------------------------------

  /** Begins a step in which the gradient is divided by the loss scale. */
  void begin(double[] parameter, double[] gradient, double lossScale, double lr) {
    this.parameter = parameter;
    given = gradient;
    this.gradient = gradient;
    this.divisor = lossScale;
    this.lr = lr;
    reciprocal = exactReciprocal(lossScale);
    adding = accumulator != null && reciprocal != 0. && share != 0.;
    preparing = false;
    if (accumulator != null && !adding) {
      prepareIn(accumulator);
    } else if (reciprocal != 0.) {
      clip(reciprocal, 1., Double.POSITIVE_INFINITY);
    } else {
      clip(1., lossScale, Double.POSITIVE_INFINITY);
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

  void release() {
    parameter = null;
    given = null;
    gradient = null;
  }

  boolean hasGradient() {
    return given != null;
  }

  // ---- Clipping -------------------------------------------------------------------------------

  /** Makes room for quotients, before a step in which nothing may fail. */
  void makeRoom(int length) {
    quotients = new double[length];
  }

  /** Makes the gradient ready before it is clipped, since its norm will be asked for. */
  void separate() {
    if (accumulator != null) {
      prepareIn(accumulator);
    } else if (divisor != 1. && hasGradient()) {
      prepareIn(quotients);
    }
  }

  /** Clips to {@code (g * factor) / norm}, then to the limit. Once it is separate. */
  void scaleBy(double factor, double norm, double limit) {
    clip(factor, norm, limit);
  }

  /** Clips to {@code min(max(g, -limit), limit)}. */
  void limitTo(double limit) {
    if (adding || dividing) {
      separate();
    }
    clip(factor, 1., limit);
  }

  /** Whether clipping makes something else of a gradient of zero, such as NaN. */
  boolean changesZero() {
    return clip(0. * factor) != 0.;
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

  /** {@code accumulator = g / loss_scale + accumulator}, or, where it begins again, + 0. */
  void accumulate(boolean beginning, int from, int to) {
    double[] sum = accumulator;
    double[] g = given;
    boolean dividing = reciprocal == 0.;
    for (int i = from; i < to; i++) {
      double scaled = dividing ? g[i] / divisor : g[i] * reciprocal;
      sum[i] = scaled + (beginning ? 0. : sum[i]);
    }
  }

  /** Makes the gradient ready where {@link #gradient(int)} cannot. */
  void prepare(int from, int to) {
    if (!preparing) {
      return;
    }
    double[] made = gradient;
    double[] g = given;
    if (accumulator == null) {
      for (int i = from; i < to; i++) {
        made[i] = g[i] / divisor;
      }
    } else {
      for (int i = from; i < to; i++) {
        made[i] = (g[i] / divisor + made[i]) / steps;
      }
    }
  }

  /** Takes what has been prepared as it is for the rest of the step. */
  void endPreparing() {
    preparing = false;
  }
}
