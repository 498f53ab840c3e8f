package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Rows;
import io.github.keras4j.optimizers.engine.Slots;

/**
 * The moving average of the parameters.
 *
 * <pre>
 * e = (iterations != 0 ? 1 : 0) * ema_momentum
 * average = e * average + (1 - e) * p
 * p = average                                    after every overwriteFrequency updates
 * </pre>
 */
public final class MovingAverage implements Part {
  private final double momentum;
  private final long overwriteFrequency;
  private final int slot;

  // This step's
  private boolean beginning;
  private double kept;
  private boolean overwriting;

  public MovingAverage(Memory memory, double momentum, long overwriteFrequency) {
    this.momentum = momentum;
    this.overwriteFrequency = overwriteFrequency;
    slot = memory.slotOfAverages("average");
  }

  /** The average of a tensor: the array itself. */
  public double[] of(double[][] slotsOfTensor) {
    return slotsOfTensor[slot];
  }

  boolean isThere(Memory memory) {
    return memory.calls() > 0 && !memory.isWaiting(slot);
  }

  /** Lets the averages of the step that comes be the parameters that it leaves, or has left. */
  void beginAgain(Rows rows, double[][] parameters, Slots slots) {
    beginning = true;
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      if (!rows.reachesAll(tensor)) {
        double[] average = of(slots.arrays()[tensor]);
        System.arraycopy(parameters[tensor], 0, average, 0, average.length);
      }
    }
  }

  @Override
  public void begin(Step step) {
    long updates = step.memory.calls() / step.accumulationSteps();
    kept = updates == 0 || beginning ? 0. : momentum;
    beginning = false;
    overwriting = overwriteFrequency > 0 && (updates + 1) % overwriteFrequency == 0;
  }

  /** Moves the average of a range of elements towards the parameters. */
  void move(Tensor x, int from, int to) {
    double[] average = x.slot(slot);
    double[] p = x.parameter();
    double e = kept;
    for (int i = from; i < to; i++) {
      average[i] = e * average[i] + (1. - e) * p[i];
    }
    if (overwriting) {
      System.arraycopy(average, from, p, from, to - from);
    }
  }
}
