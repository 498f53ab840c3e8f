package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Text.format;

import java.util.Arrays;
import java.util.Objects;

/**
 * Compares the gradients that a loss gives with central differences of the loss itself: whether a
 * gradient that was written by hand is right, and if not, in which tensor and element it is wrong.
 *
 * <pre>{@code
 * LossFunction loss = (p, g) -> {
 *   g[0][0] = 2. * p[0][0];
 *   g[0][1] = p[0][1]; // wrong: twice that is right
 *   return p[0][0] * p[0][0] + p[0][1] * p[0][1];
 * };
 * GradientCheck check = GradientCheck.of(loss, new double[][] {{3., -1.}});
 * boolean wrong = check.worst() > 1e-4; // 0.5
 * int where = check.element(); // 1
 * }</pre>
 *
 * <h2>The error of an element</h2>
 *
 * <pre>
 * error = |given - measured| / max(|given|, |measured|, 1e6 * rounding)
 * </pre>
 *
 * where rounding is what the difference may be off by. So a right gradient has an error of about
 * 1e-6 at most, usually far less; one of a factor 2 has 0.5, one of the wrong sign 2. A parameter
 * that the loss does not use has 0, whatever noise is measured. A given gradient that is NaN or
 * infinite has an infinite error. Near a <b>kink</b>, such as that of max(x, 0) at 0, a difference
 * is not the gradient: check at another place.
 *
 * <h2>What is measured</h2>
 *
 * All elements of a model of up to 1,000 numbers; of a larger one 1,000, always the same, of which
 * each tensor has its part and small ones are whole. With {@code h = cbrt(2^-53) * max(|x|, 0.01)}
 * for an element x,
 *
 * <pre>
 * measured = (loss at x + h - loss at x - h) / ((x + h) - (x - h))
 * </pre>
 *
 * and where that differs from what is given, further steps from 1,000 h down to h / 1e8, of which
 * the one counts that agrees best with its neighbors, whatever is given. So losses that are ill
 * scaled can be checked, and a loss that is not finite next to the parameters is no matter. An
 * element takes 2 evaluations where it is right, and 26 where it is not.
 *
 * <p>Immutable, once made.
 *
 * @see NumericalGradient
 */
public final class GradientCheck {
  private static final double GOOD = 1e-7; // what needs no other measurement
  private static final double TOLERANCE = 1e-6;
  private static final int LARGEST = 3; // of the further steps, as a power of ten
  private static final int STEPS = 12;

  /** An element, and what was found. */
  private record Element(int tensor, int element, double given, double measured, double error) {}

  /** How many elements a tensor has, how many were checked, and the worst; null for none. */
  private record Tensor(int length, int checked, Element worst) {}

  private final Tensor[] tensors;
  private final Element worst;

  private GradientCheck(Tensor... tensors) {
    this.tensors = tensors;
    worst =
        Arrays.stream(tensors)
            .map(Tensor::worst)
            .filter(Objects::nonNull)
            .reduce((a, b) -> b.error > a.error ? b : a)
            .orElse(new Element(0, 0, 0., 0., 0.));
  }

  /**
   * Checks the gradients of a loss at a place.
   *
   * @param lossFunction whatever {@link Optimizer#minimize minimize} takes, by rows too; what it
   *     throws is passed on
   * @param parameters where to check: finite numbers, better not zeros; each a separate array. They
   *     are changed meanwhile, and exactly as before when this returns or throws
   * @throws IllegalArgumentException if an argument is null, a parameter is not finite, the
   *     gradients do not fit the parameters, or the loss is not finite, or differs between two
   *     evaluations at the same place, as with random numbers
   * @throws IllegalStateException if the loss writes to its parameters
   */
  public static GradientCheck of(LossFunction lossFunction, double[][] parameters) {
    WatchedLoss loss = new WatchedLoss(lossFunction, parameters);
    try {
      double[][] gradients = loss.gradients();
      int[][] sample = SampledElements.of(gradients);
      Tensor[] tensors = new Tensor[gradients.length];
      for (int tensor = 0; tensor < tensors.length; tensor++) {
        Element worst = null;
        for (int i : sample[tensor]) {
          Element element = check(loss, parameters, gradients, tensor, i);
          worst = worst == null || element.error > worst.error ? element : worst;
        }
        tensors[tensor] = new Tensor(gradients[tensor].length, sample[tensor].length, worst);
      }
      loss.requireUnchanged();
      return new GradientCheck(tensors);
    } finally {
      loss.restore();
    }
  }

  private static Element check(
      WatchedLoss loss, double[][] parameters, double[][] gradients, int tensor, int element) {
    double given = gradients[tensor][element];
    double step = NumericalGradient.step(parameters[tensor][element]);
    double[] p = parameters[tensor];
    NumericalGradient.Difference first = NumericalGradient.around(p, element, step, loss::loss);
    double error = error(given, first.slope(), first.rounding());
    if (first.isFinite() && error <= GOOD) {
      return new Element(tensor, element, given, first.slope(), error);
    }
    NumericalGradient.Difference[] pairs = new NumericalGradient.Difference[STEPS];
    Arrays.setAll(
        pairs,
        k -> NumericalGradient.around(p, element, step * Math.pow(10., LARGEST - k), loss::loss));
    double noise = // the least by which the loss is seen to change
        Arrays.stream(pairs)
            .mapToDouble(pair -> Math.abs(pair.above() - pair.below()))
            .filter(change -> change > 0.)
            .min()
            .orElse(0.);
    double best = Double.POSITIVE_INFINITY;
    double rounding = 0.;
    double measured = Double.NaN;
    for (int k = 1; k < STEPS - 1; k++) {
      double slope = pairs[k].slope();
      double apart =
          Math.max(Math.abs(slope - pairs[k - 1].slope()), Math.abs(slope - pairs[k + 1].slope()));
      double its = Math.max(apart, pairs[k].rounding());
      double worst = Math.max(its, noise / pairs[k].distance());
      if (worst < best) { // false where one is not finite
        best = worst;
        rounding = its;
        measured = slope;
      }
    }
    if (Double.isNaN(measured)) {
      NumericalGradient.Difference last = pairs[STEPS - 1];
      throw illegalArgument(
          "lossFunction must return a finite loss, got %s and %s next to parameters[%d][%d] ="
              + " %s",
          last.above(), last.below(), tensor, element, p[element]);
    }
    return new Element(tensor, element, given, measured, error(given, measured, rounding));
  }

  private static double error(double given, double measured, double rounding) {
    if (!Double.isFinite(given)) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = Math.abs(given - measured);
    double most = Math.max(Math.max(Math.abs(given), Math.abs(measured)), rounding / TOLERANCE);
    return difference == 0. ? 0. : difference / most;
  }

  // ---- What was found -------------------------------------------------------------------------

  /** Returns the largest error of all elements: below 1e-4, say, where the gradients are right. */
  public double worst() {
    return worst.error;
  }

  /**
   * Returns the largest error in a tensor, from 0; 0 for a tensor without elements, or of which
   * none is in the sample.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  public double worst(int tensor) {
    checkArgument(
        tensor >= 0 && tensor < tensors.length,
        "tensor must be from 0 to %d, got %d",
        tensors.length - 1,
        tensor);
    Element its = tensors[tensor].worst;
    return its == null ? 0. : its.error;
  }

  /** Returns the number of the tensor in which the worst element is; 0 where all are exact. */
  public int tensor() {
    return worst.tensor;
  }

  /** Returns the number of the worst element in its tensor. */
  public int element() {
    return worst.element;
  }

  /** Returns the gradient of the worst element, as the loss gives it. */
  public double given() {
    return worst.given;
  }

  /** Returns the gradient of the worst element, as the differences have it. */
  public double measured() {
    return worst.measured;
  }

  /** A table with a line for each tensor: how many elements were checked, and the worst of them. */
  @Override
  public String toString() {
    StringBuilder table =
        new StringBuilder(
            format(
                "%6s %9s %8s %9s %9s %16s %16s",
                "tensor", "elements", "checked", "worst", "element", "given", "measured"));
    for (int i = 0; i < tensors.length; i++) {
      Element its = tensors[i].worst;
      table.append(format("%n%6d %9d %8d ", i, tensors[i].length, tensors[i].checked));
      table.append(
          its == null
              ? format("%9s %9s %16s %16s", "-", "-", "-", "-")
              : format("%9.1e %9d %16.9g %16.9g", its.error, its.element, its.given, its.measured));
    }
    return table.toString();
  }
}
