package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an optimizer remembers from step to step: the count of steps, the slots of every tensor, and
 * numbers that belong to no tensor. Taken as a state and restored from one here.
 */
final class Variables {
  /** Beyond, not every whole number is a double. */
  static final long MAX_ITERATIONS = 1L << 53;

  /** What a file can hold as the name of an entry on every system. */
  static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}";

  /** Hyperparameters that an optimizer takes from a state instead of comparing them. */
  private static final Set<String> RESTORED = Set.of("lr", "learning_rate", "name", "build_config");

  private final OptimizerCore optimizer;
  private final List<String> slotNames;
  private final Map<String, Optimizer.Scalar> scalars = new LinkedHashMap<>();
  private long iterations;
  private Slots slots; // null before the tensors are known

  Variables(OptimizerCore optimizer, String... slotNames) {
    this.optimizer = optimizer;
    this.slotNames = List.of(slotNames);
    this.slotNames.forEach(name -> checkName("slot", name));
    if (Set.copyOf(this.slotNames).size() < slotNames.length) {
      throw new IllegalArgumentException("slots must differ in name, got " + this.slotNames);
    }
  }

  Optimizer.Scalar addScalar(String name, double initial) {
    checkName("scalar", name);
    Optimizer.Scalar scalar = new Optimizer.Scalar(initial);
    if (scalars.put(name, scalar) != null) {
      throw new IllegalArgumentException("scalars must differ in name, got " + name + " twice");
    }
    return scalar;
  }

  static void checkName(String what, String name) {
    if (name == null || !name.matches(NAME)) {
      throw new IllegalArgumentException(
          format(
              "%s must have a name of letters, digits and _.-, not beginning with . or -,"
                  + " at most 100, got %s",
              what, Hyperparameters.describe(name)));
    }
  }

  long iterations() {
    return iterations;
  }

  void setIterations(long iterations) {
    this.iterations = iterations;
  }

  /** Refuses a step after which the iterations could not be told any more. */
  void checkMayCount() {
    if (iterations == MAX_ITERATIONS) {
      throw new IllegalStateException(
          "iterations must be below 2^53 for one more step, got " + iterations);
    }
  }

  void count() {
    iterations++;
  }

  /** The slots, or null before the tensors are known. */
  Slots slots() {
    return slots;
  }

  void setSlots(Slots slots) {
    this.slots = slots;
  }

  /** The lengths of the tensors, or null before they are known. */
  int[] lengths() {
    return slots == null ? null : slots.lengths();
  }

  /** The slots as they are, or, where the tensors are not known yet, as they begin. */
  Slots slotsFor(double[][] parameters) {
    return slots == null ? newSlots(lengthsOf(parameters)) : slots;
  }

  /** Slots as they begin. */
  Slots newSlots(int[] lengths) {
    return Slots.make(
        slotNames,
        lengths,
        (slot, tensor) -> {
          double[] values =
              new double[Math.max(0, optimizer.slotLength(slot, tensor, lengths[tensor]))];
          double initial = optimizer.initialSlotValue(slot);
          if (initial != 0.) {
            Arrays.fill(values, initial);
          }
          return values;
        });
  }

  /** Slots that are these very arrays: for each name one for every tensor. */
  Slots slotsOf(int[] lengths, Map<String, double[][]> byName) {
    return Slots.make(
        slotNames, lengths, (slot, tensor) -> byName.get(slotNames.get(slot))[tensor]);
  }

  List<String> slotNames() {
    return slotNames;
  }

  static int[] lengthsOf(double[][] tensors) {
    int[] lengths = new int[tensors.length];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      lengths[tensor] = tensors[tensor].length;
    }
    return lengths;
  }

  /** Takes over copies of what another optimizer of the same making remembers. */
  void copyFrom(Variables other) {
    iterations = other.iterations;
    scalars.forEach((name, scalar) -> scalar.set(other.scalars.get(name).get()));
    if (other.slots != null) {
      slots =
          Slots.make(
              slotNames,
              other.lengths(),
              (slot, tensor) -> other.slots.arrays()[tensor][slot].clone());
    }
  }

  // ---- State ----------------------------------------------------------------------------------

  /** The state as it is, arrays and all. */
  OptimizerState state(String className, Map<String, Object> config) {
    Slots known = slots == null ? newSlots(new int[0]) : slots;
    return new OptimizerState(className, config, iterations, known.byName(), numbers());
  }

  /** Checks that a state fits an optimizer of this class and configuration. */
  void checkFits(OptimizerState state, String className, Map<String, Object> config) {
    if (!state.className().equals(className)) {
      throw misfit("class " + className, Text.quote(state.className()));
    }
    requireNames("hyperparameters", config.keySet(), state.config().keySet());
    requireNames("slots", slotNames, state.slots().keySet());
    requireNames("scalars", scalars.keySet(), state.scalars().keySet());
    config.forEach(
        (name, value) -> {
          Object given = state.config().get(name);
          if (!RESTORED.contains(name) && !Hyperparameters.same(value, given)) {
            throw misfit(name + " " + value, Hyperparameters.describe(given));
          }
        });
  }

  /** Takes over a state that fits, if its slots do too, and answers what takes it back. */
  Runnable restore(OptimizerState state) {
    Slots restored = slotNames.isEmpty() ? slots : checkSlots(state);
    // From here on nothing is refused.
    Runnable undo = set(iterations, numbers(), slots);
    set(state.iterations(), state.scalars(), restored).run();
    return undo;
  }

  private Runnable set(long count, Map<String, Double> numbers, Slots arrays) {
    return () -> {
      iterations = count;
      numbers.forEach((name, value) -> scalars.get(name).set(value));
      slots = arrays;
    };
  }

  private Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    scalars.forEach((name, scalar) -> numbers.put(name, scalar.get()));
    return numbers;
  }

  /** The slots of a state, or null if it tells no tensors. */
  private Slots checkSlots(OptimizerState state) {
    double[][] first = state.slots().get(slotNames.get(0));
    int[] lengths =
        first.length == 0 || optimizer.lengths() == null ? lengthsOf(first) : optimizer.lengths();
    for (int slot = 0; slot < slotNames.size(); slot++) {
      String name = slotNames.get(slot);
      double[][] tensors = state.slots().get(name);
      if (tensors.length != lengths.length) {
        throw misfit(lengths.length + " tensors in slot " + name, tensors.length);
      }
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        int length = Math.max(0, optimizer.slotLength(slot, tensor, lengths[tensor]));
        if (tensors[tensor].length != length) {
          throw misfit(
              format("%d elements in slot %s of tensor %d", length, name, tensor),
              tensors[tensor].length);
        }
      }
    }
    if (lengths.length == 0 && state.iterations() > 0) {
      throw misfit(
          "tensors in slots " + slotNames + ", since iterations is " + state.iterations(), 0);
    }
    return lengths.length == 0 ? null : slotsOf(lengths, state.slots());
  }

  private static void requireNames(
      String what, Collection<String> expected, Collection<String> names) {
    Set<String> wanted = new TreeSet<>(expected);
    Set<String> given = new TreeSet<>(names);
    wanted.remove("build_config");
    given.remove("build_config");
    if (!given.equals(wanted)) {
      throw misfit(what + " " + wanted, Text.quote(given.toString()));
    }
  }

  private static IllegalArgumentException misfit(String expected, Object value) {
    return new IllegalArgumentException(format("state must have %s, got %s", expected, value));
  }
}
