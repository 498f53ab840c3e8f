package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Passes;
import java.util.function.IntUnaryOperator;

/** What gradients have to be besides arrays that fit, before a step writes anything. */
final class GradientChecks {
  private GradientChecks() {}

  static void requireTaken(Updater updater, int gradient, boolean lazy, boolean accumulates) {
    if (!updater.takesRows()) {
      throw illegalArgument(
          "%s takes dense gradients alone, got rows in gradients[%d]", updater.name(), gradient);
    }
    if (lazy && accumulates) {
      throw illegalArgument(
          "gradients[%d] must be dense or rows with gradient_accumulation_steps, got lazyRows",
          gradient);
    }
  }

  /** Rejects rows of another length than what told it, where 0 stands for not told. */
  static void requireRowLength(
      int length, String teller, int gradient, int[] rows, double[] values) {
    if (rows.length > 0 && length > 0 && values.length / rows.length != length) {
      throw illegalArgument(
          "gradients[%d] must have rows of %d elements, as its %s has it, got %d",
          gradient, length, teller, values.length / rows.length);
    }
  }

  static void requireFinite(double[][] gradients, Passes passes, IntUnaryOperator numbers) {
    Layout visited = passes.visited();
    for (int part = 0; part < visited.parts(); part++) {
      int tensor = visited.tensor(part);
      double[] gradient = gradients[tensor];
      for (int i = visited.from(part); gradient != null && i < visited.to(part); i++) {
        if (!Double.isFinite(gradient[i])) {
          throw illegalArgument(
              passes.rows().reach(tensor) == null
                  ? "gradients[%d][%d] must be finite, got %s"
                  : "rows of gradients[%d] must add up to finite numbers, got for element %d"
                      + " %s",
              numbers.applyAsInt(tensor),
              i,
              gradient[i]);
        }
      }
    }
  }
}
