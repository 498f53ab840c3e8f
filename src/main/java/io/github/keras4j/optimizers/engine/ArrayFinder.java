package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * Finds out whether an array is one of others, in a hash table keyed by length and the bits of some
 * elements: the first {@link System#identityHashCode} of an array takes longer than a step over a
 * small one. Where too many are alike, as biases that are all zero, the table is keyed by that
 * after all. A few all have the same key, and so are compared one by one.
 */
final class ArrayFinder {
  private static final int FEW = 16;
  private static final int MANY_ALIKE = 32;

  private double[][] arrays;
  private int[] table = new int[0]; // open addressing: 1 + an index, or 0 where free
  private boolean byIdentity;

  /** Sets the arrays; returns the numbers of two that are the same one, or null. */
  int[] setArrays(double[][] arrays) {
    this.arrays = arrays;
    byIdentity = false;
    return fill();
  }

  private int[] fill() {
    int size = Integer.highestOneBit(arrays.length) * 4;
    if (table.length == size) {
      Arrays.fill(table, 0);
    } else {
      table = new int[size];
    }
    for (int i = 0; i < arrays.length; i++) {
      int slot = slotOf(arrays[i]);
      if (table[slot] != 0) {
        return new int[] {table[slot] - 1, i};
      }
      table[slot] = i + 1;
      int others = slot - hash(arrays[i]) & table.length - 1; // that it was compared with
      if (others > MANY_ALIKE && !byIdentity) {
        byIdentity = true;
        return fill();
      }
    }
    return null;
  }

  /** The number of an array among those set, or -1. */
  int find(double[] array) {
    return table[slotOf(array)] - 1;
  }

  /** Where an array is in the table, or the free slot where it would be. */
  private int slotOf(double[] array) {
    int mask = table.length - 1;
    int slot = hash(array) & mask;
    while (table[slot] != 0 && arrays[table[slot] - 1] != array) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int hash(double[] array) {
    if (byIdentity) {
      return System.identityHashCode(array);
    }
    int length = array.length;
    if (arrays.length <= FEW || length == 0) {
      return 0;
    }
    long bits =
        Double.doubleToRawLongBits(array[0])
            + 31 * Double.doubleToRawLongBits(array[length >> 1])
            + 961 * Double.doubleToRawLongBits(array[length - 1])
            + length;
    return (int) (bits * 0x9E3779B97F4A7C15L >>> 32);
  }
}
