package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an optimizer remembers from step to step: the count of calls, arrays for each tensor, and
 * numbers that belong to no tensor. Its constructor declares the arrays and the numbers.
 */
public final class Memory {
  /** Beyond, not every whole number is a double. */
  public static final long MAX_CALLS = 1L << 53;

  private static final Length FULL = (specs, tensor, length) -> length;

  private final List<Declared> declared = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final Map<String, double[]> numbers = new LinkedHashMap<>(); // arrays of one element
  private long calls;
  private Slots slots; // null before the tensors are known
  private boolean made; // slots have been: all are declared

  /** How long the array of a slot is, below 0 where the tensor has no such slot. */
  @FunctionalInterface
  public interface Length {
    /** The length, from what has been told of the tensor, its number and its own length. */
    int of(Specs specs, int tensor, int length);
  }

  private record Declared(Length length, double initial, boolean likeParameters) {}

  // ---- Declared by constructors ---------------------------------------------------------------

  /** Declares a slot that begins with one value everywhere; returns its number. */
  public int slot(String name, double initial, Length length) {
    Text.checkName("slot", name);
    if (made) {
      throw new IllegalStateException("slot must be declared in the constructor, got " + name);
    }
    if (names.contains(name)) {
      throw new IllegalArgumentException("slots must differ in name, got " + name + " twice");
    }
    names.add(name);
    declared.add(names.size() - 1, new Declared(length, initial, false));
    return names.size() - 1;
  }

  /** Declares a slot as long as its tensor. */
  public int slot(String name, double initial) {
    return slot(name, initial, FULL);
  }

  /** Declares a slot that begins as a copy of the parameters when the first step is made. */
  public int slotLikeParameters(String name) {
    int slot = slot(name, 0.);
    declared.set(slot, new Declared(FULL, 0., true));
    return slot;
  }

  /** Declares an array to compute in, which is not part of the state. After all slots. */
  public int scratch(Length length) {
    declared.add(new Declared(length, 0., false));
    return declared.size() - 1;
  }

  /** Declares a number; returns the array of one element that holds it. */
  public double[] number(String name, double initial) {
    Text.checkName("scalar", name);
    double[] number = {initial};
    if (numbers.put(name, number) != null) {
      throw new IllegalArgumentException("scalars must differ in name, got " + name + " twice");
    }
    return number;
  }

  // ---- Calls ----------------------------------------------------------------------------------

  /** How many calls have been finished. */
  public long calls() {
    return calls;
  }

  /** Sets how many calls have been finished. */
  public void setCalls(long calls) {
    this.calls = calls;
  }

  /** Rejects a call after which the count would not be exact any more. */
  public void requireRoomToCount() {
    if (calls == MAX_CALLS) {
      throw new IllegalStateException(
          "iterations must be below 2^53 for one more step, got " + calls);
    }
  }

  // ---- Slots ----------------------------------------------------------------------------------

  /** The names of the slots, by number. */
  public List<String> slotNames() {
    return names;
  }

  /** The slots, or null before the tensors are known. */
  public Slots slots() {
    return slots;
  }

  /** Takes over slots. */
  public void setSlots(Slots slots) {
    if (this.slots != slots) { // a write of a reference is not free, and most are the same
      this.slots = slots;
    }
  }

  /** The lengths of the tensors, or null before they are known. */
  public int[] lengths() {
    return slots == null ? null : slots.lengths();
  }

  static int[] lengthsOf(double[][] tensors) {
    int[] lengths = new int[tensors.length];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      lengths[tensor] = tensors[tensor].length;
    }
    return lengths;
  }

  /** The length of the array of a slot, 0 where the tensor has no such slot. */
  public int length(int slot, Specs specs, int tensor, int length) {
    return Math.max(0, declared.get(slot).length.of(specs, tensor, length));
  }

  /** Whether a tensor has a slot. */
  public boolean has(int slot, Specs specs, int tensor, int length) {
    return declared.get(slot).length.of(specs, tensor, length) >= 0;
  }

  /** New slots as they begin. */
  public Slots newSlots(Specs specs, int... lengths) {
    made = true;
    return new Slots(
        names,
        declared.size(),
        lengths,
        (slot, tensor) -> {
          double[] array = new double[length(slot, specs, tensor, lengths[tensor])];
          if (declared.get(slot).initial != 0.) {
            Arrays.fill(array, declared.get(slot).initial);
          }
          return array;
        });
  }

  /** Slots that are these very arrays: for each name one for every tensor. */
  public Slots slotsOf(Map<String, double[][]> byName, Specs specs, int... lengths) {
    return new Slots(
        names,
        declared.size(),
        lengths,
        (slot, tensor) ->
            slot < names.size()
                ? byName.get(names.get(slot))[tensor]
                : new double[length(slot, specs, tensor, lengths[tensor])]);
  }

  /** Lets slots begin that are copies of the parameters. */
  void copyParameters(Slots begun, double[][] parameters) {
    for (int slot = 0; slot < declared.size(); slot++) {
      for (int tensor = 0; declared.get(slot).likeParameters && tensor < parameters.length; ) {
        double[] values = parameters[tensor];
        System.arraycopy(values, 0, begun.arrays()[tensor++][slot], 0, values.length);
      }
    }
  }

  // ---- As a whole -----------------------------------------------------------------------------

  /** The arrays themselves by slot name; none of a tensor before the tensors are known. */
  public Map<String, double[][]> slotsByName() {
    return (slots == null ? newSlots(Specs.NONE) : slots).byName();
  }

  /** The numbers by name. */
  public Map<String, Double> numbers() {
    Map<String, Double> values = new LinkedHashMap<>();
    numbers.forEach((name, number) -> values.put(name, number[0]));
    return values;
  }

  /** Takes over what has been checked. */
  public void restore(long calls, Map<String, Double> numbers, Slots slots) {
    this.calls = calls;
    this.numbers.forEach((name, number) -> number[0] = numbers.get(name));
    this.slots = slots;
  }

  /** Takes over copies of what another optimizer of the same class and configuration remembers. */
  public void copyFrom(Memory other, Specs specs) {
    Slots copies =
        other.slots == null
            ? null
            : slotsOf(deepCopy(other.slots.byName()), specs, other.slots.lengths());
    restore(other.calls, other.numbers(), copies);
  }

  private static Map<String, double[][]> deepCopy(Map<String, double[][]> arrays) {
    arrays.replaceAll(
        (name, tensors) -> Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new));
    return arrays;
  }
}
