package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * Finds out whether an array is one of others. A few are compared one by one. Of many, a hash table
 * has candidates, keyed by length and the bits of some elements: the first {@link
 * System#identityHashCode} of an array takes longer than a step over a small one. Where too many
 * are alike, as biases that are all zero, the table is keyed by that after all.
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
    if (arrays.length <= FEW) {
      for (int i = 1; i < arrays.length; i++) {
        int before = findAmong(arrays[i], i);
        if (before >= 0) {
          return new int[] {before, i};
        }
      }
      return null;
    }
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
      int mask = table.length - 1;
      int slot = hash(arrays[i]) & mask;
      for (int alike = 0; table[slot] != 0; alike++) {
        if (arrays[table[slot] - 1] == arrays[i]) {
          return new int[] {table[slot] - 1, i};
        }
        if (alike > MANY_ALIKE && !byIdentity) {
          byIdentity = true;
          return fill();
        }
        slot = slot + 1 & mask;
      }
      table[slot] = i + 1;
    }
    return null;
  }

  /** The number of an array among those set, or -1. */
  int find(double[] array) {
    if (arrays.length <= FEW) {
      return findAmong(array, arrays.length);
    }
    int mask = table.length - 1;
    int slot = hash(array) & mask;
    while (table[slot] != 0 && arrays[table[slot] - 1] != array) {
      slot = slot + 1 & mask;
    }
    return table[slot] - 1;
  }

  private int findAmong(double[] array, int count) {
    for (int i = 0; i < count; i++) {
      if (arrays[i] == array) {
        return i;
      }
    }
    return -1;
  }

  private int hash(double[] array) {
    if (byIdentity) {
      return System.identityHashCode(array);
    }
    int length = array.length;
    if (length == 0) {
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
