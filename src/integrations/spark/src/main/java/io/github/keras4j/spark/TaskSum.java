package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.engine.GradientSums;
import io.github.keras4j.optimizers.engine.Model;

/** What the examples of one task add their gradients to. */
final class TaskSum extends GradientSums implements GradientSum {
  TaskSum(Model model) {
    super(model);
  }
}
