package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** The weights of an optimizer in Keras's order, each read from and written to where it is kept. */
final class Weights {
  private final List<Weight> weights = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private boolean tensorsKnown;

  /** Those of an optimizer: its slots, or new ones that it gets when the weights are set. */
  static Weights of(BaseOptimizer optimizer) {
    AbstractStep step = optimizer.step;
    Weights weights = new Weights();
    weights.addCalls(step.memory);
    if (!optimizer.learningRate.isSchedule()) {
      weights.addNumber(
          () -> optimizer.learningRate.at(0), LearningRate::check, optimizer.learningRate::set);
    }
    Slots slots = knownSlots(step);
    if (slots != null) {
      groups(optimizer).forEach(group -> weights.addSlots(group, slots, step));
    }
    if (slots == null ? !optimizer.isInner() : slots.lengths().length > 0) {
      optimizer
          .lastWeights()
          .forEach(scalar -> weights.addNumber(scalar::get, any -> {}, scalar::set));
    }
    weights.tensorsKnown = slots != null || optimizer.isInner();
    weights.afterwards.add(() -> step.memory.setSlots(slots));
    weights.afterwards.add(step::forgetTensors);
    return weights;
  }

  /** The slots, or new ones that the optimizer does not have yet; null while no tensor is known. */
  static Slots knownSlots(AbstractStep step) {
    step.settle();
    boolean mustMake = step.memory.slots() == null && step.lengths() != null;
    return mustMake ? step.memory.newSlots(step.specs(), step.lengths()) : step.memory.slots();
  }

  /** The numbers of the slots in Keras's order, in groups. */
  private static List<List<Integer>> groups(BaseOptimizer optimizer) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int slot = 0; slot < optimizer.tensorStep().slotsOfParts(); slot++) {
      groups.add(List.of(slot));
    }
    for (List<String> group : optimizer.weightsOrder()) {
      groups.add(group.stream().map(optimizer.step.memory.slotNames()::indexOf).toList());
    }
    return groups;
  }

  private void addSlots(List<Integer> group, Slots slots, AbstractStep step) {
    int[] lengths = slots.lengths();
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      for (int slot : group) {
        if (step.memory.has(slot, step.specs(), tensor, lengths[tensor])) {
          addArray(
              slots.arrays()[tensor][slot],
              step.memory.slotNames().get(slot).equals("gradient_accumulator"));
        }
      }
    }
  }

  /** One of them: its length, a copy, what rejects numbers, what takes over checked ones. */
  private record Weight(
      int length, Supplier<double[]> get, Consumer<double[]> check, Consumer<double[]> set) {}

  void addCalls(Memory memory) {
    addNumber(memory::calls, Weights::requireCalls, calls -> memory.setCalls((long) calls));
  }

  private static void requireCalls(double calls) {
    checkArgument(
        calls >= 0. && calls <= 0x1p53 && calls == Math.rint(calls),
        "weights[0] must hold the iterations, one whole number from 0 to 2^53, got %s",
        calls);
  }

  void addNumber(DoubleSupplier get, DoubleConsumer check, DoubleConsumer set) {
    weights.add(
        new Weight(
            1,
            () -> new double[] {get.getAsDouble()},
            numbers -> check.accept(numbers[0]),
            numbers -> set.accept(numbers[0])));
  }

  /** Those of an accumulator without its marks, which Keras has not. */
  private void addArray(double[] array, boolean accumulates) {
    weights.add(
        new Weight(
            array.length,
            accumulates ? () -> Arrays.stream(array).map(x -> x + 0.).toArray() : array::clone,
            numbers -> {},
            numbers -> System.arraycopy(numbers, 0, array, 0, array.length)));
  }

  /** Adds the weights of another optimizer, whose name opens the messages. */
  void addAll(String name, Weights others) {
    afterwards.addAll(others.afterwards);
    for (Weight other : others.weights) {
      weights.add(
          new Weight(other.length, other.get, numbers -> check(name, other, numbers), other.set));
    }
  }

  private static void check(String name, Weight weight, double[] numbers) {
    try {
      weight.check.accept(numbers);
    } catch (IllegalArgumentException rejected) {
      throw new IllegalArgumentException(name + ": " + rejected.getMessage(), rejected);
    }
  }

  List<double[]> get() {
    List<double[]> arrays = new ArrayList<>();
    weights.forEach(weight -> arrays.add(weight.get.get()));
    return arrays;
  }

  /** Takes over arrays that nobody else has, all or none. */
  void set(List<double[]> arrays) {
    requireLengths(arrays);
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).check.accept(arrays.get(i));
    }
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).set.accept(arrays.get(i));
    }
    afterwards.forEach(Runnable::run);
  }

  void setTensorsKnown(boolean known) {
    tensorsKnown = known;
  }

  private void requireTensors() {
    checkState(
        tensorsKnown,
        "weights can be set once the tensors are known: call build(TensorSpec...) or make"
            + " a step");
  }

  private void requireLengths(List<double[]> arrays) {
    if (arrays.size() != weights.size()) {
      if (arrays.size() > weights.size()) {
        requireTensors();
      }
      throw illegalArgument("weights must hold %d arrays, got %d", weights.size(), arrays.size());
    }
    for (int i = 0; i < weights.size(); i++) {
      checkArgument(
          arrays.get(i).length == weights.get(i).length,
          "weights[%d] must have %d elements, got %d",
          i,
          weights.get(i).length,
          arrays.get(i).length);
    }
  }
}
