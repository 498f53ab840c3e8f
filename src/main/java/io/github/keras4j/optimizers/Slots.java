package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an optimizer remembers of each parameter tensor: for every slot name an array as long as the
 * tensor. Which tensors and how long never changes; a new set of tensors is a new object.
 */
final class Slots {
  final List<String> names;
  final int[] lengths;
  final Chunks chunks;

  /** By tensor, then by slot: what the update of one tensor needs lies together. */
  final double[][][] arrays;

  private Slots(List<String> names, int[] lengths, double[][][] arrays) {
    this.names = names;
    this.lengths = lengths;
    this.arrays = arrays;
    this.chunks = new Chunks(lengths);
  }

  /** Slots of zeros for tensors of these lengths. */
  static Slots zeros(List<String> names, int[] lengths) {
    double[][][] arrays = new double[lengths.length][names.size()][];
    // Slot by slot: two slots of one tensor side by side in memory would get in each other's way,
    // where a load waits for a store to an address that differs in its upper bits alone.
    for (int slot = 0; slot < names.size(); slot++) {
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        arrays[tensor][slot] = new double[lengths[tensor]];
      }
    }
    return new Slots(names, lengths, arrays);
  }

  /** Slots that are these very arrays: for each name one for every tensor. */
  static Slots of(List<String> names, int[] lengths, Map<String, double[][]> byName) {
    double[][][] arrays = new double[lengths.length][names.size()][];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      for (int slot = 0; slot < names.size(); slot++) {
        arrays[tensor][slot] = byName.get(names.get(slot))[tensor];
      }
    }
    return new Slots(names, lengths, arrays);
  }

  /** The arrays by slot name, then by tensor. */
  Map<String, double[][]> byName() {
    Map<String, double[][]> byName = new LinkedHashMap<>();
    for (int slot = 0; slot < names.size(); slot++) {
      double[][] tensors = new double[lengths.length][];
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        tensors[tensor] = arrays[tensor][slot];
      }
      byName.put(names.get(slot), tensors);
    }
    return byName;
  }

  static int[] lengthsOf(double[][] tensors) {
    int[] lengths = new int[tensors.length];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      lengths[tensor] = tensors[tensor].length;
    }
    return lengths;
  }
}
