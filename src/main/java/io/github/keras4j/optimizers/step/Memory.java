package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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

  /** How long the array of a slot is, below 0 where the tensor has no such slot. */
  @FunctionalInterface
  public interface Length {
    /** The length, from what has been told of the tensor, its number and its own length. */
    int of(Specs specs, int tensor, int length);
  }

  /** A slot begins with a value, unless it needs a step, perhaps to copy the parameters. */
  private record Declared(Length length, double initial, boolean needsStep, boolean copies) {}

  // ---- Declared by constructors ---------------------------------------------------------------

  /** Declares a slot that begins with one value everywhere; returns its number. */
  public int slot(String name, double initial, Length length) {
    return slot(name, new Declared(length, initial, false, false));
  }

  public int slot(String name, double initial) {
    return slot(name, initial, FULL);
  }

  /** Declares a slot that begins as a copy of the parameters when the first step is made. */
  public int slotLikeParameters(String name) {
    return slot(name, new Declared(FULL, 0., true, true));
  }

  /** Declares a slot of which the first step makes the parameters that it leaves. */
  int slotOfAverages(String name) {
    return slot(name, new Declared(FULL, 0., true, false));
  }

  private int slot(String name, Declared its) {
    Text.checkName("slot", name);
    if (names.contains(name)) {
      throw illegalArgument("slots must differ in name, got %s twice", name);
    }
    names.add(name);
    declared.add(names.size() - 1, its);
    return names.size() - 1;
  }

  /** Declares an array to compute in, which is not part of the state. After all slots. */
  public int scratch(Length length) {
    declared.add(new Declared(length, 0., false, false));
    return declared.size() - 1;
  }

  /** Declares a number; returns the array of one element that holds it. */
  public double[] number(String name, double initial) {
    Text.checkName("scalar", name);
    double[] number = {initial};
    if (numbers.put(name, number) != null) {
      throw illegalArgument("scalars must differ in name, got %s twice", name);
    }
    return number;
  }

  // ---- Calls ----------------------------------------------------------------------------------

  public long calls() {
    return calls;
  }

  public void setCalls(long calls) {
    this.calls = calls;
  }

  /** Rejects a call after which the count would not be exact any more. */
  public void requireRoomToCount() {
    if (calls == MAX_CALLS) {
      throw illegalState("iterations must be below 2^53 for one more step, got %s", calls);
    }
  }

  // ---- Slots ----------------------------------------------------------------------------------

  public List<String> slotNames() {
    return names;
  }

  /** The slots, or null before the tensors are known. */
  public Slots slots() {
    return slots;
  }

  /**
   * The slots of a step over these parameters. Those made for a step that was then rejected serve
   * the next, if the lengths are the same.
   */
  Slots slots(Slots made, Specs specs, double[][] parameters) {
    if (slots != null) {
      return slots;
    }
    int[] lengths = lengthsOf(parameters);
    return made != null && Arrays.equals(made.lengths(), lengths) ? made : newSlots(specs, lengths);
  }

  public void setSlots(Slots slots) {
    if (this.slots != slots) { // a write of a reference is not free, and most are the same
      this.slots = slots;
    }
  }

  public int[] lengths() {
    return slots == null ? null : slots.lengths();
  }

  public static int[] lengthsOf(double[][] tensors) {
    return Arrays.stream(tensors).mapToInt(tensor -> tensor.length).toArray();
  }

  /** The length of the array of a slot, 0 where the tensor has no such slot. */
  public int length(int slot, Specs specs, int tensor, int length) {
    return Math.max(0, declared.get(slot).length.of(specs, tensor, length));
  }

  public boolean has(int slot, Specs specs, int tensor, int length) {
    return declared.get(slot).length.of(specs, tensor, length) >= 0;
  }

  /** New slots as they begin; those that only a step can begin are empty after the first one. */
  public Slots newSlots(Specs specs, int... lengths) {
    return slotsWith(
        lengths,
        (slot, tensor) ->
            calls > 0 && declared.get(slot).needsStep()
                ? new double[0]
                : begun(slot, specs, tensor, lengths[tensor]));
  }

  private Slots slotsWith(int[] lengths, Slots.Maker maker) {
    return Slots.of(declared.size(), lengths, maker);
  }

  private double[] begun(int slot, Specs specs, int tensor, int length) {
    double[] array = new double[length(slot, specs, tensor, length)];
    if (declared.get(slot).initial != 0.) {
      Arrays.fill(array, declared.get(slot).initial);
    }
    return array;
  }

  /** Slots that are these very arrays: for each name one for every tensor. */
  public Slots slotsOf(Map<String, double[][]> byName, Specs specs, int... lengths) {
    return slotsWith(
        lengths,
        (slot, tensor) ->
            slot < names.size()
                ? byName.get(names.get(slot))[tensor]
                : new double[length(slot, specs, tensor, lengths[tensor])]);
  }

  /** Lets slots begin that are copies of the parameters: all, or those that waited. */
  void copyParameters(Slots begun, double[][] parameters) {
    for (int slot = 0; slot < declared.size(); slot++) {
      boolean begins = declared.get(slot).copies && (calls == 0 || isWaiting(slot));
      for (int tensor = 0; begins && tensor < parameters.length; ) {
        double[] values = parameters[tensor];
        System.arraycopy(values, 0, begun.arrays()[tensor++][slot], 0, values.length);
      }
    }
  }

  // ---- Slots that wait for a step -------------------------------------------------------------

  /** Whether only a step can begin a slot; its arrays are empty where the first one is over. */
  public boolean needsStep(int slot) {
    return declared.get(slot).needsStep();
  }

  /** Whether a slot waits for the next step, as all do while no tensor is known. */
  boolean isWaiting(int slot) {
    return slots == null || isWaiting(slot, slots);
  }

  private boolean isWaiting(int slot, Slots of) {
    return needsStep(slot)
        && of.layout().elements() > 0
        && Arrays.stream(of.slot(slot)).allMatch(array -> array.length == 0);
  }

  private boolean isWaiting(Slots of) {
    return IntStream.range(0, names.size()).anyMatch(slot -> isWaiting(slot, of));
  }

  /** The same slots, or, where some wait for a step, others with arrays for that step to begin. */
  Slots completed(Slots of) {
    return isWaiting(of)
        ? slotsWith(
            of.lengths(),
            (slot, tensor) ->
                isWaiting(slot, of) ? new double[of.lengths()[tensor]] : of.arrays()[tensor][slot])
        : of;
  }

  // ---- Other tensors or other slots -----------------------------------------------------------

  /**
   * Slots in which each array has the first elements of an earlier one, if there is one, and
   * otherwise begins as at a first step. The earlier ones are of this memory, or of one that
   * declared others; a tensor had a number there, below 0 if it is new. Slots that are like
   * parameters begin with these; with null the next step is to begin them.
   */
  Slots fitted(Memory earlier, int[] numbers, double[][] parameters, Specs specs, int... lengths) {
    return slotsWith(
        lengths,
        (slot, tensor) -> {
          int before = slot < names.size() ? earlier.names.indexOf(names.get(slot)) : -1;
          boolean isLate = calls > 0 && needsStep(slot);
          boolean waits = isLate && (before < 0 ? parameters == null : earlier.isWaiting(before));
          if (waits) {
            return new double[0];
          }
          double[] array =
              isLate && parameters != null
                  ? parameters[tensor].clone()
                  : begun(slot, specs, tensor, lengths[tensor]);
          if (before >= 0 && numbers[tensor] >= 0) {
            double[] first = earlier.slots.arrays()[numbers[tensor]][before];
            System.arraycopy(first, 0, array, 0, Math.min(first.length, array.length));
          }
          return array;
        });
  }

  // ---- As a whole -----------------------------------------------------------------------------

  /** The arrays themselves by slot name; none of a tensor where there are no slots. */
  public Map<String, double[][]> byName(Slots slots) {
    Map<String, double[][]> byName = new LinkedHashMap<>();
    for (String name : names) {
      byName.put(name, slots == null ? new double[0][] : slots.slot(names.indexOf(name)));
    }
    return byName;
  }

  public Map<String, Double> numbers() {
    Map<String, Double> values = new LinkedHashMap<>();
    numbers.forEach((name, number) -> values.put(name, number[0]));
    return values;
  }

  public void restore(long calls, Map<String, Double> numbers, Slots slots) {
    this.calls = calls;
    this.numbers.forEach((name, number) -> number[0] = numbers.get(name));
    this.slots = slots;
  }

  /** Takes over copies of what is remembered there, as far as it is declared here. */
  void copyFrom(Memory other, Specs specs, long calls) {
    this.calls = calls;
    numbers.forEach((name, number) -> number[0] = other.numbers.getOrDefault(name, number)[0]);
    if (other.slots != null) {
      int[] lengths = other.slots.lengths();
      slots = fitted(other, IntStream.range(0, lengths.length).toArray(), null, specs, lengths);
    }
  }
}
