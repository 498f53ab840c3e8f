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
 * <p>{@code initial_learning_rate}, {@code decay_steps} and {@code decay_rate} have no default;
 * {@code staircase} is false, {@code name} ExponentialDecay.
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
public final class ExponentialDecay extends KerasSchedule {
  private final double initialLearningRate;
  private final double decaySteps;
  private final double decayRate;
  private final boolean staircase;
  private final Map<String, Object> config;

  private ExponentialDecay(Hyperparameters h) {
    initialLearningRate = h.nonNegative("initial_learning_rate");
    decaySteps = h.positive("decay_steps");
    decayRate = h.nonNegative("decay_rate");
    staircase = h.flag("staircase", false);
    h.text("name", "ExponentialDecay");
    config = read(h);
  }

  @Override
  double rate(double step) {
    double q = step / decaySteps;
    if (staircase) {
      q = Math.floor(q);
    }
    return initialLearningRate * Powers.pow(decayRate, q);
  }

  @Override
  Map<String, Object> config() {
    return config;
  }

  /**
   * Makes an exponential decay from a configuration.
   *
   * @param config arguments by Keras's names; absent ones take their defaults; never changed
   * @return a new schedule
   * @throws IllegalArgumentException if {@code config} is null, lacks an argument that has no
   *     default, or holds a name that is not known or a value that is not valid; the message names
   *     it
   */
  public static ExponentialDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, ExponentialDecay::new);
  }

  /**
   * Starts a builder.
   *
   * @return a builder with every argument that has a default at it
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds an exponential decay by its arguments. */
  public static final class Builder extends ScheduleBuilder<Builder> {
    private Builder() {}

    /**
     * Sets the learning rate of the first step.
     *
     * @param initialLearningRate finite and at least 0; no default
     * @return this builder
     */
    public Builder initialLearningRate(double initialLearningRate) {
      return set("initial_learning_rate", initialLearningRate);
    }

    /**
     * Sets after how many steps the rate has decayed once; it need not be whole.
     *
     * @param decaySteps finite and above 0; no default
     * @return this builder
     */
    public Builder decaySteps(double decaySteps) {
      return set("decay_steps", decaySteps);
    }

    /**
     * Sets what the rate is multiplied by every {@code decaySteps} steps; above 1 it grows.
     *
     * @param decayRate finite and at least 0; no default
     * @return this builder
     */
    public Builder decayRate(double decayRate) {
      return set("decay_rate", decayRate);
    }

    /**
     * Sets whether the rate falls in steps, once every {@code decaySteps}, or all the time.
     *
     * @param staircase whether in steps; default false
     * @return this builder
     */
    public Builder staircase(boolean staircase) {
      return set("staircase", staircase);
    }

    /**
     * Makes the schedule. The builder may be used again.
     *
     * @return a new schedule
     * @throws IllegalArgumentException if an argument that has no default is not set, or one is not
     *     valid; the message names it
     */
    public ExponentialDecay build() {
      return fromConfig(config());
    }
  }
}
