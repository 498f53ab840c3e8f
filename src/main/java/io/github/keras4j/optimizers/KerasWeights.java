package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * Keras's layout of an optimizer's weights: perhaps the iterations, then every slot for all
 * tensors.
 *
 * @param hasIterations whether the iterations come first
 * @param names the slots, in Keras's order
 * @param absentLength how many zeros stand for a slot that Keras has and we do not keep, from the
 *     tensor's length
 */
record KerasWeights(boolean hasIterations, List<String> names, IntUnaryOperator absentLength) {
  /** The iterations, then slots that are all kept. */
  static KerasWeights of(List<String> names) {
    return new KerasWeights(true, names, length -> length);
  }

  /** Slots that are all kept, without the iterations. */
  KerasWeights withoutIterations() {
    return new KerasWeights(false, names, absentLength);
  }

  List<double[]> write(Memory memory) {
    long iterations = memory.calls();
    Slots slots = memory.slots();
    List<double[]> weights = new ArrayList<>();
    if (hasIterations && (slots != null || iterations > 0)) {
      weights.add(new double[] {iterations});
    }
    if (slots != null) {
      Map<String, double[][]> kept = slots.byName();
      int[] lengths = slots.lengths();
      for (String name : names) {
        for (int tensor = 0; tensor < lengths.length; tensor++) {
          weights.add(
              kept.containsKey(name)
                  ? kept.get(name)[tensor].clone()
                  : new double[absentLength.applyAsInt(lengths[tensor])]);
        }
      }
    }
    return weights;
  }

  /** Checks weights that nobody else has, then takes them over. */
  void read(List<double[]> weights, Memory memory) {
    Slots slots = readSlots(weights, memory);
    long iterations = readIterations(weights, memory.calls());
    memory.setCalls(iterations);
    if (slots != null) {
      memory.setSlots(slots);
    }
  }

  /** Copies the slots; null if the weights are of an optimizer that has made no step. */
  private Slots readSlots(List<double[]> weights, Memory memory) {
    List<String> kept = memory.slotNames();
    int[] known = memory.lengths();
    int tensors = checkCount(weights, known);
    if (tensors == 0) {
      checkArgument(
          kept.isEmpty() || readIterations(weights, 0) <= 0,
          "weights must hold %s of each tensor beside the iterations, got %d arrays",
          String.join(", ", names),
          weights.size());
      return null;
    }
    int[] lengths = known;
    if (known == null) {
      lengths = new int[tensors];
      for (int tensor = 0; tensor < tensors; tensor++) {
        lengths[tensor] = weights.get(first(0, tensors) + tensor).length;
      }
    }
    Map<String, double[][]> byName = new LinkedHashMap<>();
    for (int slot = 0; slot < names.size(); slot++) {
      String name = names.get(slot);
      double[][] arrays = new double[tensors][];
      for (int tensor = 0; tensor < tensors; tensor++) {
        int index = first(slot, tensors) + tensor;
        int length =
            kept.contains(name) ? lengths[tensor] : absentLength.applyAsInt(lengths[tensor]);
        checkArgument(
            weights.get(index).length == length,
            "weights[%d] must have %d elements, as %s of tensor %d, got %d",
            index,
            length,
            name,
            tensor,
            weights.get(index).length);
        if (kept.contains(name)) {
          arrays[tensor] = weights.get(index);
        }
      }
      byName.put(name, arrays);
    }
    return memory.slotsOf(byName, Specs.NONE, lengths);
  }

  /** The iterations from weights, or the present ones where the weights do not hold them. */
  private long readIterations(List<double[]> weights, long present) {
    if (!hasIterations || weights.isEmpty()) {
      return present;
    }
    double[] first = weights.get(0);
    checkArgument(
        first.length == 1
            && first[0] >= 0.
            && first[0] <= Memory.MAX_CALLS
            && first[0] == Math.rint(first[0]),
        "weights[0] must hold the iterations, one whole number from 0 to 2^53, got %s",
        first.length == 1 ? first[0] : first.length + " numbers");
    return (long) first[0];
  }

  /** Checks the number of arrays, and returns for how many tensors they are. */
  private int checkCount(List<double[]> weights, int[] known) {
    if (known == null && weights.isEmpty()) {
      return 0;
    }
    int arrays = weights.size() - first(0, 0);
    int tensors = known != null ? known.length : names.isEmpty() ? 0 : arrays / names.size();
    checkArgument(
        arrays == tensors * names.size(),
        "weights must hold %s, got %d arrays",
        layout(known == null ? "each tensor" : "each of " + tensors + " tensors"),
        weights.size());
    return tensors;
  }

  private String layout(String tensors) {
    String slots = names.isEmpty() ? "" : String.join(", ", names) + " of " + tensors;
    String first = hasIterations ? "the iterations" : "";
    return first + (first.isEmpty() || slots.isEmpty() ? "" : ", then ") + slots;
  }

  private int first(int slot, int tensors) {
    return (hasIterations ? 1 : 0) + slot * tensors;
  }
}
