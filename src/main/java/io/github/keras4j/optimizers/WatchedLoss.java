package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.engine.StepChecks;
import java.util.Arrays;

/**
 * A loss as {@link GradientCheck} evaluates it: of whatever kind, over parameters of its caller.
 */
final class WatchedLoss {
  private final LossFunction lossFunction;
  private final double[][] parameters;
  private final double[][] arrays; // the caller's, should the loss put others in their place
  private final double[][] before; // what is in them
  private final StepChecks checks = new StepChecks();

  WatchedLoss(LossFunction lossFunction, double[][] parameters) {
    checkArgument(lossFunction != null, "lossFunction must be a function, got null");
    checks.checkParameters(parameters, null);
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      StepChecks.requireFinite("parameters", tensor, parameters[tensor]);
    }
    this.lossFunction = lossFunction;
    this.parameters = parameters;
    arrays = parameters.clone();
    before = Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
  }

  /** The loss, where the gradients are of no interest. */
  double loss() {
    return evaluate(null);
  }

  /** The loss; adds its gradients to arrays, if there are any. */
  private double evaluate(double[][] sums) {
    if (lossFunction instanceof RowLossFunction byRows) {
      Gradient[] given = new Gradient[parameters.length];
      double loss = byRows.evaluate(parameters, given);
      for (int i = 0; sums != null && i < given.length; i++) {
        add(i, given[i], sums[i]);
      }
      return loss;
    }
    double[][] given = sums == null ? zeros() : sums;
    double loss = lossFunction.evaluate(parameters, given);
    if (sums != null) {
      checks.check(given, arrays, null, false);
    }
    return loss;
  }

  private void add(int tensor, Gradient gradient, double[] sum) {
    if (gradient == null) { // a tensor without a gradient
      return;
    }
    if (gradient.isDense()) {
      checks.checkGradient(tensor, gradient.values());
    } else {
      checks.checkRows(tensor, gradient.rows(), gradient.values());
    }
    gradient.addTo(sum);
  }

  private double[][] zeros() {
    return Arrays.stream(before).map(p -> new double[p.length]).toArray(double[][]::new);
  }

  /** The gradients, after all that is rejected has been looked for. */
  double[][] gradients() {
    double[][] gradients = zeros();
    double loss = evaluate(gradients);
    gradients = Arrays.stream(gradients).map(double[]::clone).toArray(double[][]::new);
    requireUnchanged();
    checkArgument(Double.isFinite(loss), "lossFunction must return a finite loss, got %s", loss);
    double[][] again = zeros();
    double lossAgain = evaluate(again);
    requireUnchanged();
    if (Double.compare(loss, lossAgain) != 0) {
      throw illegalArgument(
          "lossFunction must return the same loss at the same place, got %s, then %s",
          loss, lossAgain);
    }
    for (int i = 0; i < again.length; i++) {
      int at = Arrays.mismatch(gradients[i], again[i]);
      if (at >= 0) {
        throw illegalArgument(
            "lossFunction must give the same gradients at the same place, got %s, then %s in"
                + " gradients[%d][%d]",
            gradients[i][at], again[i][at], i, at);
      }
    }
    return gradients;
  }

  /** Rejects a loss that has written to its parameters. */
  void requireUnchanged() {
    for (int i = 0; i < before.length; i++) {
      if (parameters[i] != arrays[i]) {
        throw illegalState(
            "lossFunction must leave its parameters, got another array in parameters[%d]", i);
      }
      int at = Arrays.mismatch(before[i], parameters[i]);
      if (at >= 0) {
        throw illegalState(
            "lossFunction must not write to its parameters, got %s instead of %s in"
                + " parameters[%d][%d]",
            parameters[i][at], before[i][at], i, at);
      }
    }
  }

  /** Puts back whatever the loss has done to the parameters. */
  void restore() {
    for (int i = 0; i < before.length; i++) {
      parameters[i] = arrays[i];
      System.arraycopy(before[i], 0, arrays[i], 0, before[i].length);
    }
  }
}
