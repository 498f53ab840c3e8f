package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Weights;
import java.util.Arrays;
import java.util.List;
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
  List<double[]> write(Memory memory) {
    Slots slots = memory.slots();
    return weights(memory, slots, slots != null || memory.calls() > 0).get();
  }

  /** Checks weights that nobody else has, then takes them over. */
  void read(List<double[]> given, Memory memory) {
    int tensors = checkCount(given, memory.lengths());
    boolean stepped =
        hasIterations
            && !given.isEmpty()
            && Arrays.stream(given.get(0)).anyMatch(calls -> calls > 0.);
    checkArgument(
        tensors > 0 || memory.slotNames().isEmpty() || !stepped,
        "weights must hold %s of each tensor next to the iterations, got %d arrays",
        String.join(", ", names),
        given.size());
    Slots slots = memory.slots();
    if (slots == null && tensors > 0) {
      int from = hasIterations ? 1 : 0;
      List<double[]> ofFirstSlot = given.subList(from, from + tensors);
      slots =
          memory.newSlots(
              Specs.OF_KERAS2, ofFirstSlot.stream().mapToInt(array -> array.length).toArray());
    }
    weights(memory, slots, !given.isEmpty()).set(given);
    memory.setSlots(slots);
  }

  private Weights weights(Memory memory, Slots slots, boolean begun) {
    Weights weights = new Weights();
    if (hasIterations && begun) {
      weights.addCalls(memory);
    }
    for (String name : names) {
      int slot = memory.slotNames().indexOf(name);
      for (int tensor = 0; slots != null && tensor < slots.lengths().length; tensor++) {
        weights.addArray(
            name,
            tensor,
            slot < 0
                ? new double[absentLength.applyAsInt(slots.lengths()[tensor])]
                : slots.arrays()[tensor][slot]);
      }
    }
    return weights;
  }

  /** Checks the number of arrays, and returns for how many tensors they are. */
  private int checkCount(List<double[]> weights, int[] known) {
    if (known == null && weights.isEmpty()) {
      return 0;
    }
    int arrays = weights.size() - (hasIterations ? 1 : 0);
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
}
