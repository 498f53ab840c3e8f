package io.github.keras4j.optimizers.engine;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arrays that an optimizer keeps for each parameter tensor. Which tensors and how long never
 * changes; a new set of tensors is a new object.
 */
public final class Slots {
  private final List<String> names;
  private final int[] lengths;
  private final Layout layout;
  private final double[][][] arrays;

  public Slots(List<String> names, int count, int[] lengths, Maker maker) {
    this.names = names;
    this.lengths = lengths;
    this.layout = new Layout(lengths);
    arrays = new double[lengths.length][count][];
    // Slot by slot: two slots of one tensor next to each other in memory cost time by 4K aliasing,
    // where a load waits for a store to an address that differs in its upper bits alone.
    for (int slot = 0; slot < count; slot++) {
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        arrays[tensor][slot] = maker.make(slot, tensor);
      }
    }
  }

  @FunctionalInterface
  public interface Maker {
    /** Makes an array, or returns one that nobody else will use. */
    double[] make(int slot, int tensor);
  }

  /** The tensors' lengths: the array itself, never to be changed. */
  public int[] lengths() {
    return lengths;
  }

  public Layout layout() {
    return layout;
  }

  /** The arrays themselves by tensor, then by slot. */
  public double[][][] arrays() {
    return arrays;
  }

  /** Whether the arrays of a slot hold nothing below 0, and no NaN. */
  public boolean areNonNegative(int slot) {
    return Arrays.stream(arrays)
        .allMatch(ofTensor -> Arrays.stream(ofTensor[slot]).allMatch(x -> x >= 0.));
  }

  /** The arrays themselves by slot name, then by tensor, in a new map. */
  public Map<String, double[][]> byName() {
    Map<String, double[][]> byName = new LinkedHashMap<>();
    for (int slot = 0; slot < names.size(); slot++) {
      int its = slot;
      byName.put(
          names.get(slot),
          Arrays.stream(arrays).map(ofTensor -> ofTensor[its]).toArray(double[][]::new));
    }
    return byName;
  }
}
