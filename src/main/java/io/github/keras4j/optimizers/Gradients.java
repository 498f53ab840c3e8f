package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.step.AbstractStep;
import java.util.Arrays;

/**
 * The gradients of one call that are not simply arrays: the ones that a loss function writes to,
 * and the ones of which some are given by rows. Kept from call to call, it allocates nothing.
 */
final class Gradients {
  private final AbstractStep step;
  private double[][] own = {}; // for a loss function
  private double[][] ownHandedOut = {}; // a function may put other arrays here
  private Gradient[] handedOut = {};
  private Gradient[] given = {};
  private double[][] dense = {};

  Gradients(AbstractStep step) {
    this.step = step;
  }

  // ---- For loss functions ---------------------------------------------------------------------

  /** As long as parameters that may turn out to be null, or to hold null. */
  double[][] own(double[][] parameters) {
    int count = parameters == null ? 0 : parameters.length;
    if (own.length != count) {
      double[][] made = new double[count][0];
      ownHandedOut = new double[count][];
      own = made;
    }
    for (int tensor = 0; tensor < count; tensor++) {
      int length = parameters[tensor] == null ? 0 : parameters[tensor].length;
      if (own[tensor].length != length) {
        own[tensor] = new double[length];
      }
      ownHandedOut[tensor] = own[tensor];
    }
    return ownHandedOut;
  }

  void clear() {
    for (double[] gradient : own) {
      Arrays.fill(gradient, 0.);
    }
  }

  Gradient[] nulls(int count) {
    if (handedOut.length != count) {
      handedOut = new Gradient[count];
    }
    Arrays.fill(handedOut, null); // a function may have kept it, and written to it since
    return handedOut;
  }

  // ---- By rows --------------------------------------------------------------------------------

  /**
   * Checks gradients as a step needs them, against parameters that were checked just before, and
   * returns the arrays of those that are dense.
   */
  double[][] check(Gradient[] gradients) {
    StepChecks checks = step.checks;
    if (gradients == null) {
      throw illegalArgument("gradients must be an array of gradients, got null");
    }
    StepChecks.requireCount(gradients.length, checks.parameters().length, "one");
    if (dense.length != gradients.length) {
      given = new Gradient[gradients.length];
      dense = new double[gradients.length][];
    }
    for (int i = 0; i < gradients.length; i++) {
      Gradient gradient = gradients[i];
      given[i] = gradient;
      dense[i] = null;
      if (gradient == null) {
        if (!step.mayLackGradients()) {
          throw illegalArgument("gradients[%d] must be a gradient, got null", i);
        }
      } else if (gradient.isDense()) {
        checks.checkGradient(i, gradient.values());
        dense[i] = gradient.values();
      } else {
        checks.checkRows(i, gradient.rows(), gradient.values());
        int length = checks.parameters()[i].length;
        step.checkRows(i, i, length, gradient.rows(), gradient.values(), gradient.isLazy());
      }
    }
    StepChecks.requireOne(given);
    return dense;
  }

  /** Gives the rows that were checked to the step that is being prepared. */
  void giveRows() {
    for (int i = 0; i < given.length; i++) {
      Gradient gradient = given[i];
      if (gradient != null && !gradient.isDense()) {
        if (step.isErrorIfNonFinite()) {
          StepChecks.requireFinite("gradients", i, gradient.values());
        }
        step.giveRows(i, gradient.rows(), gradient.values(), gradient.isLazy());
      }
    }
  }

  /** Keeps no gradient of the caller's, and nothing that a function could reach later. */
  void release() {
    Arrays.fill(ownHandedOut, null);
    if (dense.length > 0 || handedOut.length > 0) {
      Arrays.fill(dense, null);
      Arrays.fill(given, null);
      Arrays.fill(handedOut, null);
    }
  }
}
