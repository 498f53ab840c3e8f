package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Slots;

/**
 * An update with the mean of an accumulation's calls so far: the update of a step without
 * accumulation, whose gradients are the means.
 */
public final class Leftover implements Update {
  private final Step step;
  private final long calls; // since the last update
  private final long updates;

  /** Prepares one; null if there has been no call since the last update. */
  public static Leftover of(Step step, double[][] parameters, int threads) {
    if (step.memory.calls() % step.accumulationSteps() == 0) {
      return null;
    }
    try {
      return new Leftover(step, parameters, threads);
    } catch (Throwable failed) {
      step.forgetTensors(); // which no step with accumulation may find
      throw failed;
    }
  }

  private Leftover(Step step, double[][] parameters, int threads) {
    this.step = step;
    calls = step.memory.calls() % step.accumulationSteps();
    updates = step.memory.calls() / step.accumulationSteps();
    step.lr = step.rate().at(step.memory.calls());
    Slots slots = step.complete(step.memory.slots());
    step.parameters = parameters;
    step.gradients = step.accumulation.accumulators(slots.arrays());
    step.makeTensors(slots, null, 1.);
    step.passes.begin(slots.layout(), step.gradients, threads);
    step.passes.makeRoomForSums();
  }

  @Override
  public void begin() {
    step.takeSlots();
    double[][] means = step.gradients;
    for (int tensor = 0; tensor < means.length; tensor++) {
      step.tensors[tensor].begin(step.parameters[tensor], means[tensor], 1., step.lr);
    }
    step.passes.forEachPart(
        (part, tensor, from, to) -> Accumulation.divide(means[tensor], calls, from, to));
    if (step.average != null) {
      step.average.begin(step);
    }
  }

  @Override
  public double[] gradientSums() {
    return step.norms == null ? null : step.norms.sums();
  }

  /** Makes the update, and counts the calls that are left out. */
  @Override
  public void finish(double[] sums) {
    step.update(sums, updates);
    step.endParts(true);
    step.memory.setCalls((updates + 1) * step.accumulationSteps());
  }
}
