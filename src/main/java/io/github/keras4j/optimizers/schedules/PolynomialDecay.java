package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Polynomial decay: from {@code initial_learning_rate} to {@code end_learning_rate} within {@code
 * decay_steps} steps, along a power of what is left of them: a line for {@code power} 1.
 *
 * <pre>
 * D = decay_steps, step = min(step, D)                              without cycle
 * D = decay_steps * (step == 0 ? 1 : ceil(step / decay_steps))      with cycle
 * rate = (initial_learning_rate - end_learning_rate) * pow(1 - step / D, power)
 *     + end_learning_rate
 * </pre>
 *
 * <p>With {@code cycle} the rate jumps up again after each {@code decay_steps} steps, to a point
 * that is lower each time, and takes the next {@code decay_steps} to fall. The end may lie above
 * the beginning.
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     PolynomialDecay.builder()
 *         .initialLearningRate(0.1)
 *         .decaySteps(10000)
 *         .endLearningRate(0.01)
 *         .power(0.5)
 *         .build();
 * }</pre>
 *
 * @see <a href="https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/">Keras,
 *     PolynomialDecay</a>
 */
public final class PolynomialDecay extends KerasSchedule {
  private final double initialLearningRate;
  private final double decaySteps;
  private final double endLearningRate;
  private final double power;
  private final boolean cycle;

  private PolynomialDecay(Hyperparameters h) {
    super(h, "decay_steps");
    initialLearningRate = h.nonNegative("initial_learning_rate");
    decaySteps = h.positive("decay_steps");
    endLearningRate = h.nonNegative("end_learning_rate", 0.0001);
    power = h.finite("power", 1.);
    cycle = h.flag("cycle", false);
    name(h, "PolynomialDecay");
  }

  @Override
  double rate(double step) {
    double cycles = cycle && step != 0. ? Math.ceil(step / decaySteps) : 1.;
    double length = decaySteps * cycles;
    double done = cycle ? step : Math.min(step, decaySteps);
    return (initialLearningRate - endLearningRate) * Powers.pow(1. - done / length, power)
        + endLearningRate;
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static PolynomialDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, PolynomialDecay::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a polynomial decay by its arguments. */
  public static final class Builder extends ScheduleBuilder<PolynomialDecay, Builder> {
    private Builder() {
      super(PolynomialDecay::new);
    }

    /** Sets the learning rate of the first step: finite and at least 0; no default. */
    public Builder initialLearningRate(double initialLearningRate) {
      return set("initial_learning_rate", initialLearningRate);
    }

    /**
     * Sets within how many steps the rate falls to its end: finite and above 0, an integer or not;
     * no default.
     */
    public Builder decaySteps(double decaySteps) {
      return set("decay_steps", decaySteps);
    }

    /** Sets the learning rate at the end: finite and at least 0; default 0.0001. */
    public Builder endLearningRate(double endLearningRate) {
      return set("end_learning_rate", endLearningRate);
    }

    /**
     * Sets the power, a finite number: 1, the default, is a line, above 1 falls fast at first,
     * below 1 fast at last.
     */
    public Builder power(double power) {
      return set("power", power);
    }

    /**
     * Sets whether the rate starts again after each {@code decaySteps} steps, instead of staying at
     * its end; default false.
     */
    public Builder cycle(boolean cycle) {
      return set("cycle", cycle);
    }
  }
}
