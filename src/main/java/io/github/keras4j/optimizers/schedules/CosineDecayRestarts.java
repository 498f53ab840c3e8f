package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Cosine decay with restarts: down the falling half of a cosine, then up again at once, each period
 * {@code t_mul} times as long and {@code m_mul} times as high as the one before.
 *
 * <pre>
 * f = step / first_decay_steps
 *
 * i = floor(f)                                              with t_mul 1
 * f = f - i
 *
 * i = floor(log(1 - f * (1 - t_mul)) / log(t_mul))          with any other t_mul
 * f = (f - (1 - pow(t_mul, i)) / (1 - t_mul)) / pow(t_mul, i)
 *
 * rate = initial_learning_rate
 *     * ((1 - alpha) * ((0.5 * pow(m_mul, i)) * (1 + cos(PI * f))) + alpha)
 * </pre>
 *
 * <p>As in Keras, rounding of the logarithms can pick the period before, so that a restart comes
 * one step late: with {@code t_mul} 3 and {@code first_decay_steps} 1, step 121 has the end of
 * period 4, which is 0, instead of the beginning of period 5. And with {@code t_mul} below 1 the
 * periods come to an end: from step {@code first_decay_steps / (1 - t_mul)} on the rate is NaN.
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     CosineDecayRestarts.builder()
 *         .initialLearningRate(0.1)
 *         .firstDecaySteps(1000)
 *         .mMul(0.9)
 *         .build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1608.03983">Loshchilov and Hutter, SGDR: Stochastic Gradient
 *     Descent with Warm Restarts, 2016</a>
 * @see <a
 *     href="https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/">Keras,
 *     CosineDecayRestarts</a>
 */
public final class CosineDecayRestarts extends KerasSchedule {
  private final double initialLearningRate;
  private final double firstDecaySteps;
  private final double tMul;
  private final double mMul;
  private final double alpha;

  private CosineDecayRestarts(Hyperparameters h) {
    super(h, "first_decay_steps");
    initialLearningRate = h.nonNegative("initial_learning_rate");
    firstDecaySteps = h.positive("first_decay_steps");
    tMul = h.nonNegative("t_mul", 2.);
    mMul = h.nonNegative("m_mul", 1.);
    alpha = h.nonNegative("alpha", 0.);
    name(h, "SGDRDecay");
  }

  @Override
  double rate(double step) {
    double f = step / firstDecaySteps;
    double i;
    if (tMul == 1.) {
      i = Math.floor(f);
      f = f - i;
    } else {
      i = Math.floor(Math.log(1. - f * (1. - tMul)) / Math.log(tMul));
      f = (f - (1. - Powers.pow(tMul, i)) / (1. - tMul)) / Powers.pow(tMul, i);
    }
    return initialLearningRate
        * ((1. - alpha) * ((0.5 * Powers.pow(mMul, i)) * (1. + Math.cos(Math.PI * f))) + alpha);
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static CosineDecayRestarts fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, CosineDecayRestarts::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a cosine decay with restarts by its arguments. */
  public static final class Builder extends ScheduleBuilder<CosineDecayRestarts, Builder> {
    private Builder() {
      super(CosineDecayRestarts::new);
    }

    /** Sets the learning rate of the first step: finite and at least 0; no default. */
    public Builder initialLearningRate(double initialLearningRate) {
      return set("initial_learning_rate", initialLearningRate);
    }

    /**
     * Sets how many steps the first period takes: finite and above 0, an integer or not; no
     * default.
     */
    public Builder firstDecaySteps(double firstDecaySteps) {
      return set("first_decay_steps", firstDecaySteps);
    }

    /**
     * Sets how many times as long each period is as the one before: finite and at least 0; default
     * 2.
     */
    public Builder tMul(double tMul) {
      return set("t_mul", tMul);
    }

    /**
     * Sets how many times as high each period begins as the one before: finite and at least 0;
     * default 1.
     */
    public Builder mMul(double mMul) {
      return set("m_mul", mMul);
    }

    /**
     * Sets what stays at the end of a period, as a share of the first learning rate: finite and at
     * least 0; default 0.
     */
    public Builder alpha(double alpha) {
      return set("alpha", alpha);
    }
  }
}
