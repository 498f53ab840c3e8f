package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * A loss whose gradients are central differences, for who has no gradient at hand.
 *
 * <p>An evaluation costs two of the loss for each number of the parameters, and one more: so it is
 * for calibrations of some dozens of numbers, not for networks.
 *
 * <pre>{@code
 * LossFunction loss =
 *     NumericalGradient.of(p -> Math.pow(p[0][0] - 3., 2.) + Math.cosh(p[0][1] + 1.));
 * Optimizer adam = Adam.builder().lr(0.1).build();
 * double[][] model = {{0., 0.}};
 * for (int step = 0; step < 500; step++) {
 *   adam.minimize(loss, model);
 * }
 * // model is about {{3, -1}}
 * }</pre>
 *
 * <pre>
 * h = cbrt(2^-53) * max(|x|, 0.01)
 * g = (loss at x + h - loss at x - h) / ((x + h) - (x - h))
 * </pre>
 *
 * <p>For each number x, with the others as they are. About ten digits are right where the loss is
 * smooth, is some multiples of x wide, and is not much larger than its changes. So numbers should
 * be scaled to about 1, and losses that are noisy themselves, as simulations with few paths, be
 * made with the same random numbers in each evaluation.
 *
 * <p>The parameters are changed during an evaluation, and are exactly as before when it returns or
 * throws. What the loss returns is passed on as it is, NaN too; what it throws as well. All in the
 * caller's thread. As thread-safe as the loss is, but not over the same parameters.
 *
 * @see GradientCheck
 */
public final class NumericalGradient implements LossFunction {
  /** The cube root of the rounding of a double: there truncation and rounding are about equal. */
  private static final double SHARE = Math.cbrt(0x1p-53);

  private static final double LEAST_SCALE = 0.01;

  private final ToDoubleFunction<? super double[][]> loss;

  private NumericalGradient(ToDoubleFunction<? super double[][]> loss) {
    this.loss = loss;
  }

  /**
   * Returns the loss with gradients.
   *
   * @param loss of the parameters, to which it must not write
   * @throws IllegalArgumentException if null
   */
  public static NumericalGradient of(ToDoubleFunction<? super double[][]> loss) {
    checkArgument(loss != null, "loss must be a function, got null");
    return new NumericalGradient(loss);
  }

  @Override
  public double evaluate(double[][] parameters, double[][] gradients) {
    double value = loss.applyAsDouble(parameters);
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      double[] p = parameters[tensor];
      for (int i = 0; i < p.length; i++) {
        gradients[tensor][i] =
            around(p, i, step(p[i]), () -> loss.applyAsDouble(parameters)).slope();
      }
    }
    return value;
  }

  // ---- Central differences --------------------------------------------------------------------

  /** How far to go to each side: a share of the element, of 0.01 where that is larger. */
  static double step(double x) {
    return SHARE * Math.max(Math.abs(x), LEAST_SCALE);
  }

  /** What a function is at both sides of an element, and how far these are apart. */
  record Difference(double above, double below, double distance) {
    double slope() {
      return (above - below) / distance;
    }

    /** What the slope may be off by when the function is rounded to some last places. */
    double rounding() {
      return 8. * 0x1p-53 * Math.max(Math.abs(above), Math.abs(below)) / distance;
    }

    boolean isFinite() {
      return Double.isFinite(slope()) && Double.isFinite(rounding());
    }
  }

  /** Evaluates a function at both sides of an element, which is as before in the end. */
  static Difference around(double[] tensor, int element, double step, DoubleSupplier function) {
    double x = tensor[element];
    double above = x + step;
    double below = x - step;
    try {
      tensor[element] = above;
      double ofAbove = function.getAsDouble();
      tensor[element] = below;
      return new Difference(ofAbove, function.getAsDouble(), above - below);
    } finally {
      tensor[element] = x;
    }
  }
}
