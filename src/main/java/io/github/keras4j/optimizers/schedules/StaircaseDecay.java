package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.function.Function;

/** A decay by a part every {@code decay_steps} steps, smoothly or at once. */
abstract class StaircaseDecay extends KerasSchedule {
  private final double initialLearningRate;
  private final double decaySteps;
  private final double decayRate;
  private final boolean staircase;

  StaircaseDecay(Hyperparameters h, String name) {
    super(h, "decay_steps");
    initialLearningRate = h.nonNegative("initial_learning_rate");
    decaySteps = h.positive("decay_steps");
    decayRate = h.nonNegative("decay_rate");
    staircase = h.flag("staircase", false);
    name(h, name);
  }

  @Override
  final double rate(double step) {
    double q = step / decaySteps;
    return decayed(initialLearningRate, decayRate, staircase ? Math.floor(q) : q);
  }

  /** What has become of the initial learning rate after so many times {@code decay_steps}. */
  abstract double decayed(double initialLearningRate, double decayRate, double q);

  abstract static class Builder<T, B extends Builder<T, B>> extends ScheduleBuilder<T, B> {
    Builder(Function<Hyperparameters, T> constructor) {
      super(constructor);
    }

    /** Sets the learning rate of the first step: finite and at least 0; no default. */
    public B initialLearningRate(double initialLearningRate) {
      return set("initial_learning_rate", initialLearningRate);
    }

    /**
     * Sets after how many steps the rate has decayed once: finite and above 0, an integer or not;
     * no default.
     */
    public B decaySteps(double decaySteps) {
      return set("decay_steps", decaySteps);
    }

    /**
     * Sets by how much the rate decays every {@code decaySteps} steps, as the formula has it:
     * finite and at least 0; no default.
     */
    public B decayRate(double decayRate) {
      return set("decay_rate", decayRate);
    }

    /**
     * Sets whether the rate decays at once after every {@code decaySteps} steps, instead of
     * smoothly; default false.
     */
    public B staircase(boolean staircase) {
      return set("staircase", staircase);
    }
  }
}
