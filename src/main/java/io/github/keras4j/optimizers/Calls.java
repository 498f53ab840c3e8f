package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.step.AbstractStep;
import java.util.function.DoubleUnaryOperator;

/**
 * The calls of an optimizer, one at a time: checks what each is given, then lets {@link
 * AbstractStep} make the step.
 */
final class Calls {
  private final AbstractStep step;
  private final Gradients gradients;

  Calls(AbstractStep step) {
    this.step = step;
    gradients = new Gradients(step);
  }

  void setParallelism(int threads) {
    checkArgument(threads >= 1, "parallelism must be at least 1, got %s", threads);
    step.guard.run(() -> step.setParallelism(threads));
  }

  void changeLr(DoubleUnaryOperator change) {
    checkArgument(change != null, "change must be a function, got null");
    step.guard.run(() -> step.rate().prepareChange(change).run());
  }

  void checkParameters(double[][] parameters) {
    step.checks.checkParameters(parameters, step.lengths());
  }

  // ---- Steps ----------------------------------------------------------------------------------

  void applyGradients(double[][] given, double[][] parameters) {
    Guard entered = step.guard.enter();
    try {
      makeStep(given, parameters);
    } finally {
      entered.owner = null;
    }
  }

  void applyGradients(Gradient[] given, double[][] parameters, double[] sumsOfSquares) {
    Guard entered = step.guard.enter();
    try {
      makeStep(given, parameters, sumsOfSquares);
    } finally {
      try {
        end();
      } finally {
        entered.owner = null;
      }
    }
  }

  double[] sumsOfSquares(Gradient[] given, double[][] parameters) {
    Guard entered = step.guard.enter();
    try {
      prepare(given, parameters);
      return step.sumsOfSquares();
    } finally {
      try {
        end();
      } finally {
        entered.owner = null;
      }
    }
  }

  double minimize(LossFunction lossFunction, double[][] parameters) {
    if (lossFunction == null) {
      throw illegalArgument("lossFunction must be a function, got null");
    }
    Guard entered = step.guard.enter();
    try {
      return lossFunction instanceof RowLossFunction byRows
          ? minimizeByRows(byRows, parameters)
          : minimizeDense(lossFunction, parameters);
    } finally {
      try {
        end();
      } finally {
        entered.owner = null;
      }
    }
  }

  private double minimizeDense(LossFunction lossFunction, double[][] parameters) {
    double[][] own = gradients.own(parameters);
    check(own, parameters); // one that the loss has kept from an earlier call may be a parameter
    gradients.clear();
    double loss = lossFunction.evaluate(parameters, own);
    makeStep(own, parameters); // checked again, since the loss had the arrays in hand
    return loss;
  }

  private double minimizeByRows(RowLossFunction lossFunction, double[][] parameters) {
    checkParameters(parameters);
    Gradient[] own = gradients.nulls(parameters.length);
    double loss = lossFunction.evaluate(parameters, own);
    makeStep(own, parameters, null);
    return loss;
  }

  private void makeStep(double[][] given, double[][] parameters) {
    check(given, parameters);
    step.prepare(step.checks.gradients(), step.checks.parameters(), step.parallelism());
    step.prepared();
    step.run(null);
  }

  private void check(double[][] given, double[][] parameters) {
    if (!step.checks.areSame(given, parameters)) {
      step.changeArrays();
      step.checks.check(given, parameters, step.lengths(), step.mayLackGradients());
    }
  }

  private void makeStep(Gradient[] given, double[][] parameters, double[] sumsOfSquares) {
    prepare(given, parameters);
    if (sumsOfSquares != null) {
      requireSums(sumsOfSquares, step.sums(step.checks.parameters().length));
    }
    step.run(sumsOfSquares);
  }

  private void prepare(Gradient[] given, double[][] parameters) {
    step.checks.forget();
    checkParameters(parameters);
    double[][] dense = gradients.check(given);
    step.changeArrays();
    step.prepare(dense, step.checks.parameters(), step.parallelism());
    gradients.giveRows();
    step.prepared();
  }

  private static void requireSums(double[] sums, int count) {
    if (sums.length != count) {
      throw illegalArgument("sumsOfSquares must hold %d sums, got %d", count, sums.length);
    }
    for (int i = 0; i < count; i++) {
      if (sums[i] < 0.) {
        throw illegalArgument("sumsOfSquares[%d] must be at least 0, got %s", i, sums[i]);
      }
    }
  }

  private void end() {
    step.end();
    gradients.release();
  }
}
