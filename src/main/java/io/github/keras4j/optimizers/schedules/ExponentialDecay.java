package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Exponential decay: multiplies the learning rate by {@code decay_rate} once every {@code
 * decay_steps} steps, smoothly or, with {@code staircase}, at once.
 *
 * <pre>
 * q = step / decay_steps
 * q = floor(q)                               with staircase
 * rate = initial_learning_rate * pow(decay_rate, q)
 * </pre>
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     ExponentialDecay.builder()
 *         .initialLearningRate(0.1)
 *         .decaySteps(1000)
 *         .decayRate(0.96)
 *         .build();
 * }</pre>
 *
 * @see <a href="https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/">Keras,
 *     ExponentialDecay</a>
 */
public final class ExponentialDecay extends StaircaseDecay {
  private ExponentialDecay(Hyperparameters h) {
    super(h, "ExponentialDecay");
  }

  @Override
  double decayed(double initialLearningRate, double decayRate, double q) {
    return initialLearningRate * Powers.pow(decayRate, q);
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static ExponentialDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, ExponentialDecay::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds an exponential decay by its arguments. */
  public static final class Builder extends StaircaseDecay.Builder<ExponentialDecay, Builder> {
    private Builder() {
      super(ExponentialDecay::new);
    }
  }
}
