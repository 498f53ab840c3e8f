package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The weights of an optimizer in Keras's order, each read from and written to where it is kept. */
final class Weights {
  private final List<Weight> weights = new ArrayList<>();

  /**
   * One of them.
   *
   * @param length how many numbers it has
   * @param get answers a copy
   * @param check refuses numbers that it cannot be
   * @param set takes over numbers that have been checked
   */
  private record Weight(
      int length, Supplier<double[]> get, Consumer<double[]> check, Consumer<double[]> set) {}

  void addCalls(LongSupplier get, LongConsumer set) {
    addNumber(get::getAsLong, Weights::requireCalls, calls -> set.accept((long) calls));
  }

  private static void requireCalls(double calls) {
    if (!(calls >= 0. && calls <= 0x1p53 && calls == Math.rint(calls))) {
      throw new IllegalArgumentException(
          "weights[0] must hold the iterations, one whole number from 0 to 2^53, got " + calls);
    }
  }

  void addNumber(DoubleSupplier get, DoubleConsumer check, DoubleConsumer set) {
    weights.add(
        new Weight(
            1,
            () -> new double[] {get.getAsDouble()},
            numbers -> check.accept(numbers[0]),
            numbers -> set.accept(numbers[0])));
  }

  void addArray(double[] array) {
    weights.add(
        new Weight(
            array.length,
            array::clone,
            numbers -> {},
            numbers -> System.arraycopy(numbers, 0, array, 0, array.length)));
  }

  /** Adds the weights of another optimizer, whose name opens the messages. */
  void addAll(String name, Weights others) {
    for (Weight other : others.weights) {
      weights.add(
          new Weight(other.length, other.get, numbers -> check(name, other, numbers), other.set));
    }
  }

  private static void check(String name, Weight weight, double[] numbers) {
    try {
      weight.check.accept(numbers);
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(name + ": " + refused.getMessage(), refused);
    }
  }

  /** Copies. */
  List<double[]> get() {
    List<double[]> arrays = new ArrayList<>();
    weights.forEach(weight -> arrays.add(weight.get.get()));
    return arrays;
  }

  static void requireArrays(List<double[]> weights) {
    if (weights == null || weights.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("weights must be a list of arrays, got null");
    }
  }

  /** Takes over copies, all or none. */
  void set(List<double[]> arrays) {
    requireLengths(arrays);
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).check.accept(arrays.get(i));
    }
    for (int i = 0; i < weights.size(); i++) {
      weights.get(i).set.accept(arrays.get(i));
    }
  }

  private void requireLengths(List<double[]> arrays) {
    if (arrays.size() != weights.size()) {
      throw new IllegalArgumentException(
          format("weights must hold %d arrays, got %d", weights.size(), arrays.size()));
    }
    for (int i = 0; i < weights.size(); i++) {
      if (arrays.get(i).length != weights.get(i).length) {
        throw new IllegalArgumentException(
            format(
                "weights[%d] must have %d elements, got %d",
                i, weights.get(i).length, arrays.get(i).length));
      }
    }
  }
}
