package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.Map;

/**
 * Inverse time decay: divides the learning rate by a number that grows by {@code decay_rate} every
 * {@code decay_steps} steps, smoothly or, with {@code staircase}, at once.
 *
 * <pre>
 * q = step / decay_steps
 * q = floor(q)                               with staircase
 * rate = initial_learning_rate / (1 + decay_rate * q)
 * </pre>
 *
 * <p>With {@code decay_steps} 1 it is near the {@code decay} of Keras 2.2.4, except for the last
 * places: a quotient here, a product there.
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     InverseTimeDecay.builder()
 *         .initialLearningRate(0.1)
 *         .decaySteps(1000)
 *         .decayRate(0.5)
 *         .build();
 * }</pre>
 *
 * @see <a href="https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/">Keras,
 *     InverseTimeDecay</a>
 */
public final class InverseTimeDecay extends StaircaseDecay {
  private InverseTimeDecay(Hyperparameters h) {
    super(h, "InverseTimeDecay");
  }

  @Override
  double decayed(double initialLearningRate, double decayRate, double q) {
    return initialLearningRate / (1. + decayRate * q);
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static InverseTimeDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, InverseTimeDecay::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds an inverse time decay by its arguments. */
  public static final class Builder extends StaircaseDecay.Builder<InverseTimeDecay, Builder> {
    private Builder() {
      super(InverseTimeDecay::new);
    }
  }
}
