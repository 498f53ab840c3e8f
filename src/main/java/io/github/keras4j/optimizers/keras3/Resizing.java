package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Tells an optimizer its tensors, before the first step and later. */
final class Resizing {
  private final BaseOptimizer optimizer;
  private final AbstractStep step;
  private final TensorSpecs before;

  private Resizing(BaseOptimizer optimizer) {
    this.optimizer = optimizer;
    step = optimizer.step;
    before = optimizer.specs();
  }

  /** Before the first step. */
  static void build(BaseOptimizer optimizer, TensorSpec... specs) {
    optimizer.step.requireNoStep("build");
    optimizer.requireNotInside("build");
    new Resizing(optimizer).build(optimizer.specs().withSpecs(specs));
  }

  static void resize(BaseOptimizer optimizer, double[][] parameters, TensorSpec... specs) {
    optimizer.requireNotInside("resize");
    optimizer.step.checks.checkParameters(parameters, null);
    new Resizing(optimizer).resize(parameters, specs);
  }

  private void build(TensorSpecs told) {
    if (!before.areNamed() && step.memory.lengths() != null) {
      told.requireSameLengths(step.memory.lengths());
    }
    Slots slots = step.memory.newSlots(told, told.lengths());
    step.setSpecs(told);
    step.memory.setSlots(slots);
  }

  private void resize(double[][] parameters, TensorSpec... specs) {
    TensorSpecs told = before.exclusions().withSpecs(specs);
    requireFit(parameters, specs);
    if (optimizer.calls() == 0) {
      build(before.withSpecs(specs));
      return;
    }
    checkState(
        before.areNamed(),
        "resize with specs needs the names that the tensors had: call build before the first step,"
            + " got none before %s",
        optimizer.calls());
    step.requireBetweenUpdates("resize");
    int[] numbers = numbers(specs);
    TensorSpecs now = before.renumbered(numbers, told.lengths()).withSpecs(specs);
    step.prepareTensors(now, numbers, parameters).run();
  }

  private static void requireFit(double[][] parameters, TensorSpec... specs) {
    checkArgument(
        specs.length == parameters.length,
        "specs must hold one for each of the %d parameters, got %d",
        parameters.length,
        specs.length);
    for (int i = 0; i < specs.length; i++) {
      checkArgument(
          specs[i].length() == parameters[i].length,
          "specs[%d] must have the %d elements of parameters[%d], got %d in %s",
          i,
          parameters[i].length,
          i,
          specs[i].length(),
          describe(specs[i]));
    }
  }

  /** Which number a tensor had before, by its name; -1 for a new one. */
  private int[] numbers(TensorSpec... specs) {
    Map<String, Integer> byName = new HashMap<>();
    for (int i = 0; i < before.count(); i++) {
      byName.put(before.spec(i).name(), i);
    }
    int[] numbers = new int[specs.length];
    for (int i = 0; i < specs.length; i++) {
      numbers[i] = byName.getOrDefault(specs[i].name(), -1);
      if (numbers[i] >= 0) {
        requireRows(i, before.spec(numbers[i]), specs[i]);
      }
    }
    return numbers;
  }

  private static void requireRows(int i, TensorSpec before, TensorSpec now) {
    int[] shape = before.shape();
    if (shape.length > 0 && now.shape().length > 0) {
      shape[0] = now.shape()[0];
    }
    checkArgument(
        Arrays.equals(shape, now.shape()),
        "specs[%d] must have the shape %s as before, except in the first dimension, got %s",
        i,
        Arrays.toString(before.shape()),
        describe(now));
  }

  private static String describe(TensorSpec spec) {
    return Text.quote(spec.name()) + Arrays.toString(spec.shape());
  }
}
