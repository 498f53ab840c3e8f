package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.Map;

/**
 * Cosine decay: down the falling half of a cosine within {@code decay_steps} steps, and before it,
 * if {@code warmup_target} is given, in a line up to that.
 *
 * <pre>
 * C(s, from) = from * ((1 - alpha) * (0.5 * (1 + cos(PI * (s / decay_steps)))) + alpha)
 *
 * rate = C(min(step, decay_steps), initial_learning_rate)               without warmup_target
 *
 * s = min(step, decay_steps + warmup_steps)                             with warmup_target
 * rate = (warmup_target - initial_learning_rate) * (s / warmup_steps)
 *     + initial_learning_rate                                           where s &lt; warmup_steps
 * rate = C(s - warmup_steps, warmup_target)                             elsewhere
 * </pre>
 *
 * <p>At the end stays {@code alpha} times where the cosine began. Without {@code warmup_target}
 * there is no warm-up, whatever {@code warmup_steps}. The target may lie below the beginning.
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     CosineDecay.builder()
 *         .initialLearningRate(0.)
 *         .warmupTarget(0.1)
 *         .warmupSteps(1000)
 *         .decaySteps(9000)
 *         .build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1608.03983">Loshchilov and Hutter, SGDR: Stochastic Gradient
 *     Descent with Warm Restarts, 2016</a>
 * @see <a href="https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/">Keras,
 *     CosineDecay</a>
 */
public final class CosineDecay extends KerasSchedule {
  private final double initialLearningRate;
  private final double decaySteps;
  private final double alpha;
  private final Double warmupTarget;
  private final double warmupSteps;

  private CosineDecay(Hyperparameters h) {
    super(h, "decay_steps", "warmup_steps");
    initialLearningRate = h.nonNegative("initial_learning_rate");
    decaySteps = h.positive("decay_steps");
    alpha = h.nonNegative("alpha", 0.);
    name(h, "CosineDecay");
    warmupTarget = h.nonNegativeOrNull("warmup_target", null);
    warmupSteps = h.nonNegative("warmup_steps", 0.);
  }

  @Override
  double rate(double step) {
    if (warmupTarget == null) {
      return cosine(Math.min(step, decaySteps), initialLearningRate);
    }
    double s = Math.min(step, decaySteps + warmupSteps);
    return s < warmupSteps
        ? (warmupTarget - initialLearningRate) * (s / warmupSteps) + initialLearningRate
        : cosine(s - warmupSteps, warmupTarget);
  }

  private double cosine(double s, double from) {
    return from * ((1. - alpha) * (0.5 * (1. + Math.cos(Math.PI * (s / decaySteps)))) + alpha);
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static CosineDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, CosineDecay::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a cosine decay by its arguments. */
  public static final class Builder extends ScheduleBuilder<CosineDecay, Builder> {
    private Builder() {
      super(CosineDecay::new);
    }

    /** Sets the learning rate of the first step: finite and at least 0; no default. */
    public Builder initialLearningRate(double initialLearningRate) {
      return set("initial_learning_rate", initialLearningRate);
    }

    /**
     * Sets within how many steps the rate falls, after the warm-up: finite and above 0, an integer
     * or not; no default.
     */
    public Builder decaySteps(double decaySteps) {
      return set("decay_steps", decaySteps);
    }

    /**
     * Sets what stays at the end, as a share of where the cosine began: finite and at least 0;
     * default 0.
     */
    public Builder alpha(double alpha) {
      return set("alpha", alpha);
    }

    /**
     * Sets the learning rate at the end of the warm-up: finite and at least 0; by default there is
     * none, and no warm-up.
     */
    public Builder warmupTarget(double warmupTarget) {
      return set("warmup_target", warmupTarget);
    }

    /** Sets how many steps the warm-up takes: finite and at least 0; default 0. */
    public Builder warmupSteps(double warmupSteps) {
      return set("warmup_steps", warmupSteps);
    }
  }
}
