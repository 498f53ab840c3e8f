package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.NamedShape;
import io.github.keras4j.optimizers.step.Specs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells an optimizer its tensors, before the first step and later. */
final class Resizing {
  private Resizing() {}

  static void build(AbstractStep step, TensorSpec... specs) {
    step.requireNoStep("build");
    step.requireNotInside("build");
    build(step, step.specs().withTensors(named(specs)));
  }

  static void resize(AbstractStep step, double[][] parameters, TensorSpec... specs) {
    step.requireNotInside("resize");
    step.checks.checkParameters(parameters, null);
    List<NamedShape> named = named(specs);
    Specs before = step.specs();
    Specs told = before.exclusions().withTensors(named);
    requireFit(parameters, named);
    if (step.memory.calls() == 0) {
      build(step, before.withTensors(named));
      return;
    }
    checkState(
        before.areNamed(),
        "resize with specs needs the names that the tensors had: call build before the first step,"
            + " got none before %s",
        step.memory.calls());
    step.requireBetweenUpdates("resize");
    int[] numbers = numbers(before, named);
    Specs now = before.renumbered(numbers, told.lengths()).withTensors(named);
    step.prepareTensors(now, numbers, parameters).run();
  }

  private static List<NamedShape> named(TensorSpec... specs) {
    checkArgument(specs != null, "specs must hold one for each tensor, got null");
    List<NamedShape> named = new ArrayList<>();
    for (TensorSpec spec : specs.clone()) {
      checkArgument(spec != null, "specs[%d] must be the spec of a tensor, got null", named.size());
      named.add(new NamedShape(spec.name(), spec.shape()));
    }
    return named;
  }

  private static void build(AbstractStep step, Specs told) {
    int[] known = step.specs().areNamed() ? null : step.memory.lengths();
    checkArgument(
        known == null || Arrays.equals(known, told.lengths()),
        "specs must have lengths %s, as the weights, got %s",
        Arrays.toString(known),
        Arrays.toString(told.lengths()));
    Slots slots = step.memory.newSlots(told, told.lengths());
    step.setSpecs(told);
    step.memory.setSlots(slots);
  }

  private static void requireFit(double[][] parameters, List<NamedShape> named) {
    checkArgument(
        named.size() == parameters.length,
        "specs must hold one for each of the %d parameters, got %d",
        parameters.length,
        named.size());
    for (int i = 0; i < parameters.length; i++) {
      checkArgument(
          named.get(i).length() == parameters[i].length,
          "specs[%d] must have the %d elements of parameters[%d], got %d in %s",
          i,
          parameters[i].length,
          i,
          named.get(i).length(),
          named.get(i));
    }
  }

  /** Which number a tensor had before, by its name; -1 for a new one. */
  private static int[] numbers(Specs before, List<NamedShape> named) {
    Map<String, Integer> byName = new HashMap<>();
    for (int i = 0; i < before.count(); i++) {
      byName.put(before.tensor(i).name(), i);
    }
    int[] numbers = new int[named.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = byName.getOrDefault(named.get(i).name(), -1);
      if (numbers[i] >= 0) {
        requireRows(i, before.tensor(numbers[i]), named.get(i));
      }
    }
    return numbers;
  }

  private static void requireRows(int i, NamedShape before, NamedShape now) {
    int[] shape = before.shape().clone();
    if (shape.length > 0 && now.shape().length > 0) {
      shape[0] = now.shape()[0];
    }
    checkArgument(
        Arrays.equals(shape, now.shape()),
        "specs[%d] must have the shape %s as before, except in the first dimension, got %s",
        i,
        Arrays.toString(before.shape()),
        now);
  }
}
