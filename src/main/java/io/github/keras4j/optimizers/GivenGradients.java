package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.engine.StepChecks;
import java.util.Arrays;

/**
 * The gradients of one call, of which some may be given by rows: checked, and those that are dense
 * as arrays. Kept from call to call, it allocates nothing.
 */
final class GivenGradients {
  private Gradient[] handedOut = {};
  private double[][] dense = {};
  private boolean anyRows;

  /** An array of nulls for a loss to fill. */
  Gradient[] take(int count) {
    if (handedOut.length != count) {
      handedOut = new Gradient[count];
    }
    Arrays.fill(handedOut, null); // a function may have kept it, and written to it since
    return handedOut;
  }

  /** Checks gradients as a step needs them, against parameters that were checked just before. */
  void check(
      Gradient[] gradients, double[][] parameters, StepChecks checks, OptimizerCore optimizer) {
    if (gradients == null) {
      throw new IllegalArgumentException("gradients must be an array of gradients, got null");
    }
    if (gradients.length != parameters.length) {
      throw new IllegalArgumentException(
          format(
              "gradients must hold one for each of the %d parameters, got %d",
              parameters.length, gradients.length));
    }
    if (dense.length != gradients.length) {
      dense = new double[gradients.length][];
    }
    anyRows = false;
    boolean any = false;
    for (int i = 0; i < gradients.length; i++) {
      Gradient gradient = gradients[i];
      any |= gradient != null;
      if (gradient == null) {
        requireMayLack(i, optimizer);
      } else if (gradient.isDense()) {
        checks.checkGradient(i, gradient.values(), parameters);
        dense[i] = gradient.values();
      } else {
        checks.checkRows(i, gradient.rows(), gradient.values(), parameters);
        optimizer.checkRows(i, gradient.rows().length, gradient.values().length);
        anyRows = true;
      }
    }
    if (!any) {
      throw new IllegalArgumentException(
          "gradients must hold one that is not null, got none among " + gradients.length);
    }
  }

  private static void requireMayLack(int i, OptimizerCore optimizer) {
    if (!optimizer.mayLackGradients()) {
      throw new IllegalArgumentException(format("gradients[%d] must be a gradient, got null", i));
    }
  }

  /** The arrays of the dense gradients that were checked, null in place of others. */
  double[][] dense() {
    return dense;
  }

  /** Whether any of those that were checked is given by rows. */
  boolean anyRows() {
    return anyRows;
  }

  /** Holds on to nobody's arrays. */
  void release() {
    Arrays.fill(dense, null);
    Arrays.fill(handedOut, null);
  }
}
