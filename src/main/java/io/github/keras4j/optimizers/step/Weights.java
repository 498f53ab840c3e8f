package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** The weights of an optimizer in Keras's order, each read from and written to where it is kept. */
public final class Weights {
  private final List<Weight> weights = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private boolean tensorsKnown = true;

  /** One of them: its length, a copy, what rejects numbers, what takes over checked ones. */
  private record Weight(
      String what,
      int length,
      Supplier<double[]> get,
      Consumer<double[]> check,
      Consumer<double[]> set) {}

  public void addCalls(Memory memory) {
    addNumber(
        "the iterations",
        memory::calls,
        calls ->
            checkArgument(
                calls >= 0. && calls <= Memory.MAX_CALLS && calls == Math.rint(calls),
                "weights[0] must hold the iterations, one whole number from 0 to 2^53, got %s",
                calls),
        calls -> memory.setCalls((long) calls));
  }

  public void addNumber(String what, DoubleSupplier get, DoubleConsumer check, DoubleConsumer set) {
    weights.add(
        new Weight(
            what,
            1,
            () -> new double[] {get.getAsDouble()},
            numbers -> check.accept(numbers[0]),
            numbers -> set.accept(numbers[0])));
  }

  /** Adds an array of a slot: that of an accumulator without its marks, which Keras has not. */
  public void addArray(String slot, int tensor, double[] array) {
    weights.add(
        new Weight(
            slot + " of tensor " + tensor,
            array.length,
            slot.equals(Accumulation.SLOT)
                ? () -> Arrays.stream(array).map(x -> x + 0.).toArray()
                : array::clone,
            numbers -> {},
            numbers -> System.arraycopy(numbers, 0, array, 0, array.length)));
  }

  /** Adds the weights of another optimizer, whose name opens the messages. */
  public void addAll(String name, Weights others) {
    afterwards.addAll(others.afterwards);
    for (Weight other : others.weights) {
      weights.add(
          new Weight(
              other.what + " of " + name,
              other.length,
              other.get,
              numbers -> check(name, other, numbers),
              other.set));
    }
  }

  private static void check(String name, Weight weight, double[] numbers) {
    try {
      weight.check.accept(numbers);
    } catch (IllegalArgumentException rejected) {
      throw new IllegalArgumentException(name + ": " + rejected.getMessage(), rejected);
    }
  }

  /** What is to be done once all are set. */
  public void afterwards(Runnable action) {
    afterwards.add(action);
  }

  public void setTensorsKnown(boolean known) {
    tensorsKnown = known;
  }

  /** Copies. */
  public List<double[]> get() {
    List<double[]> arrays = new ArrayList<>();
    weights.forEach(weight -> arrays.add(weight.get.get()));
    return arrays;
  }

  /** Takes over arrays that nobody else has, all or none. */
  public void set(List<double[]> arrays) {
    requireLengths(arrays);
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).check.accept(arrays.get(i));
    }
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).set.accept(arrays.get(i));
    }
    afterwards.forEach(Runnable::run);
  }

  private void requireLengths(List<double[]> arrays) {
    if (arrays.size() > weights.size() && !tensorsKnown) {
      throw illegalState(
          "weights can be set once the tensors are known: call build(TensorSpec...) or make"
              + " a step");
    }
    checkArgument(
        arrays.size() == weights.size(),
        "weights must hold %d arrays, got %d",
        weights.size(),
        arrays.size());
    for (int i = 0; i < weights.size(); i++) {
      Weight its = weights.get(i);
      if (arrays.get(i).length != its.length) {
        throw illegalArgument(
            "weights[%d] must have %d elements, as %s, got %d",
            i, its.length, its.what, arrays.get(i).length);
      }
    }
  }
}
