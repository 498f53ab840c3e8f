package io.github.keras4j.optimizers.step;

import java.util.Arrays;

/**
 * Gradient accumulation: several calls share an update with the mean of their gradients.
 *
 * <pre>
 * accumulator = g + accumulator                  unless calls + 1 is a multiple of steps
 * g = (g + accumulator) / steps                  where it is; then accumulator = 0
 * </pre>
 *
 * <p>An update does not set the accumulators to zero, which would be one more pass over memory. The
 * next call stores where it would have added to zeros. What reads slots between calls calls {@link
 * #settle} first.
 */
public final class Accumulation {
  private final int steps;
  private final int slot;
  private boolean used; // by an update: the accumulators stand for zeros

  /** Declares the slot. At least 2 steps. */
  public Accumulation(Memory memory, int steps) {
    this.steps = steps;
    slot = memory.slot("gradient_accumulator", 0.);
  }

  /** How many calls share an update. */
  public int steps() {
    return steps;
  }

  double[] of(double[][] slotsOfTensor) {
    return slotsOfTensor[slot];
  }

  /** Begins a call; a tensor that has no gradient in it keeps an accumulator of zeros. */
  void begin(Tensor[] tensors) {
    for (int tensor = 0; used && tensor < tensors.length; tensor++) {
      if (!tensors[tensor].hasGradient()) {
        Arrays.fill(tensors[tensor].accumulator, 0.);
      }
    }
  }

  void accumulate(Tensor x, int from, int to) {
    x.accumulate(used, from, to);
  }

  void end(boolean updated) {
    used = updated;
  }

  /** Sets accumulators to zero that an update has used. */
  void settle(double[][][] slots) {
    for (int tensor = 0; used && slots != null && tensor < slots.length; tensor++) {
      Arrays.fill(of(slots[tensor]), 0.);
    }
    used = false;
  }
}
