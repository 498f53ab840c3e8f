package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.step.Step;
import java.util.Arrays;

/** What a model with averages is evaluated with. */
final class Averages {
  private Averages() {}

  /** New arrays of what an optimizer averages; its tensors and these must fit. */
  static double[][] of(BaseOptimizer optimizer, double[][] parameters) {
    optimizer.step.checks.checkParameters(parameters, optimizer.step.lengths());
    double[][] averages = optimizer.averages(parameters);
    checkState(
        averages != null, "averagedParameters needs use_ema or ScheduleFreeAdamW, got neither");
    return averages;
  }

  /** Moving averages, or, before the first step, the parameters; null if there are none. */
  static double[][] moving(Step step, double[][] parameters) {
    return step.hasAverage() ? copies(step.isAveraging() ? step.averages() : parameters) : null;
  }

  /** Of tensors whose optimizer has no averages, copies; null where none has any. */
  static double[][] ofGroups(Group[] groups, double[][] parameters) {
    double[][] all = null;
    for (Group group : groups) {
      double[][] its = group.optimizer.averages(group.of(parameters));
      all = its != null && all == null ? copies(parameters) : all;
      for (int i = 0; its != null && i < its.length; i++) {
        all[group.tensors[i]] = its[i];
      }
    }
    return all;
  }

  static double[][] copies(double[]... tensors) {
    return Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new);
  }

  static void copy(Step step, double[]... parameters) {
    checkState(step.isAveraging(), "finalizeVariableValues needs a step to average over, got none");
    double[][] averages = step.averages();
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      System.arraycopy(averages[tensor], 0, parameters[tensor], 0, averages[tensor].length);
    }
  }
}
