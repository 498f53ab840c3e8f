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
 * <p>Negative zeros, which no sum holds, mark the accumulator of a tensor that has had no gradient
 * since the last update: {@code applyAccumulated} leaves it out, also after a restore.
 *
 * <p>An update does not set the accumulators to zero, which would be one more pass over memory. The
 * next call stores where it would have added to zeros. What reads slots between calls calls {@link
 * #settle} first.
 */
public final class Accumulation implements Part {
  static final String SLOT = "gradient_accumulator";

  private final int steps;
  private final int slot;
  private boolean missing = true; // perhaps a tensor has had no gradient since the last update
  private boolean used; // by an update: the accumulators stand for zeros

  /** Declares the slot. At least 2 steps. */
  public Accumulation(Memory memory, int steps) {
    this.steps = steps;
    slot = memory.slot(SLOT, 0.);
  }

  public int steps() {
    return steps;
  }

  double[] of(double[][] slotsOfTensor) {
    return slotsOfTensor[slot];
  }

  @Override
  public void begin(Step step) {
    if (step.memory.calls() % steps == 0) {
      missing = false;
      for (Tensor x : step.tensors) {
        if (!x.hasGradient()) {
          missing = true;
          Arrays.fill(x.accumulator, -0.);
        }
      }
    } else if (missing) {
      for (Tensor x : step.tensors) {
        if (x.hasGradient() && isMarked(x.accumulator)) {
          Arrays.fill(x.accumulator, 0.);
        }
      }
    }
  }

  private static boolean isMarked(double[] accumulator) {
    return accumulator.length > 0 && 1. / accumulator[0] == Double.NEGATIVE_INFINITY;
  }

  /** The accumulators themselves; null for tensors that have had no gradient. */
  double[][] accumulators(double[][][] slots) {
    return Arrays.stream(slots)
        .map(this::of)
        .map(sum -> isMarked(sum) ? null : sum)
        .toArray(double[][]::new);
  }

  static void divide(double[] sum, double calls, int from, int to) {
    for (int i = from; sum != null && i < to; i++) {
      sum[i] = sum[i] / calls;
    }
  }

  void accumulate(Tensor x, int from, int to) {
    x.accumulate(used, from, to);
  }

  @Override
  public void end(Step step, boolean updated) {
    used = updated;
  }

  /** Sets accumulators to zero that an update has used. */
  void settle(double[][][] slots) {
    for (int tensor = 0; used && slots != null && tensor < slots.length; tensor++) {
      Arrays.fill(of(slots[tensor]), 0.);
    }
    used = false;
    missing = true; // perhaps: who settles may restore
  }
}
