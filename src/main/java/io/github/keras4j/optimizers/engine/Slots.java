package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * The arrays that an optimizer keeps for each parameter tensor. Which tensors and how long never
 * changes; a new set of tensors is a new object.
 *
 * @param lengths of the tensors: never to be changed
 * @param layout of the tensors as wholes
 * @param arrays by tensor, then by slot
 */
public record Slots(int[] lengths, Layout layout, double[][][] arrays) {
  @FunctionalInterface
  public interface Maker {
    /** Makes an array, or returns one that nobody else will use. */
    double[] make(int slot, int tensor);
  }

  public static Slots of(int count, int[] lengths, Maker maker) {
    double[][][] arrays = new double[lengths.length][count][];
    // Slot by slot: two slots of one tensor next to each other in memory cost time by 4K aliasing,
    // where a load waits for a store to an address that differs in its upper bits alone.
    for (int slot = 0; slot < count; slot++) {
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        arrays[tensor][slot] = maker.make(slot, tensor);
      }
    }
    return new Slots(lengths, new Layout(lengths), arrays);
  }

  /** The arrays of a slot, by tensor. */
  public double[][] slot(int slot) {
    return Arrays.stream(arrays).map(ofTensor -> ofTensor[slot]).toArray(double[][]::new);
  }

  /** Whether the arrays of a slot hold nothing below 0, and no NaN. */
  public boolean areNonNegative(int slot) {
    return Arrays.stream(slot(slot)).allMatch(array -> Arrays.stream(array).allMatch(x -> x >= 0.));
  }
}
