package io.github.keras4j.optimizers.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an optimizer remembers of each parameter tensor: for every slot name an array. Which tensors
 * and how long never changes; a new set of tensors is a new object.
 */
public final class Slots {
  private final List<String> names;
  private final int[] lengths;
  private final Layout layout;
  private final double[][][] arrays;

  private Slots(List<String> names, int[] lengths, double[][][] arrays) {
    this.names = names;
    this.lengths = lengths;
    this.layout = new Layout(lengths);
    this.arrays = arrays;
  }

  /**
   * New slots.
   *
   * @param names of the slots
   * @param lengths of the tensors; kept, never to be changed
   * @param maker makes the array of one slot of one tensor
   * @return the slots
   */
  public static Slots make(List<String> names, int[] lengths, Maker maker) {
    double[][][] arrays = new double[lengths.length][names.size()][];
    // Slot by slot: two slots of one tensor side by side in memory would get in each other's way,
    // where a load waits for a store to an address that differs in its upper bits alone.
    for (int slot = 0; slot < names.size(); slot++) {
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        arrays[tensor][slot] = maker.make(slot, tensor);
      }
    }
    return new Slots(names, lengths, arrays);
  }

  /** Makes the array of one slot of one tensor. */
  @FunctionalInterface
  public interface Maker {
    /**
     * Makes an array.
     *
     * @param slot the slot's place among the names
     * @param tensor the tensor's number
     * @return the array
     */
    double[] make(int slot, int tensor);
  }

  /**
   * The tensors' lengths.
   *
   * @return the array itself, never to be changed
   */
  public int[] lengths() {
    return lengths;
  }

  /**
   * How the tensors lie.
   *
   * @return the layout
   */
  public Layout layout() {
    return layout;
  }

  /**
   * The arrays by tensor, then by slot: what the update of one tensor needs lies together.
   *
   * @return the arrays themselves
   */
  public double[][][] arrays() {
    return arrays;
  }

  /**
   * The arrays by slot name, then by tensor.
   *
   * @return a new map of the arrays themselves
   */
  public Map<String, double[][]> byName() {
    Map<String, double[][]> byName = new LinkedHashMap<>();
    for (int slot = 0; slot < names.size(); slot++) {
      double[][] tensors = new double[arrays.length][];
      for (int tensor = 0; tensor < tensors.length; tensor++) {
        tensors[tensor] = arrays[tensor][slot];
      }
      byName.put(names.get(slot), tensors);
    }
    return byName;
  }
}
