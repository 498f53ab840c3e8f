package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;

/**
 * A warm-up before any other schedule: in a line from {@code start} to the other's first learning
 * rate within {@code steps} steps, then the other schedule from its beginning.
 *
 * <pre>
 * rate = (other.at(0) - start) * (step / steps) + start     where step &lt; steps
 * rate = other.at(step - steps)                             elsewhere
 * </pre>
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     WarmUp.builder()
 *         .steps(100)
 *         .schedule(
 *             ExponentialDecay.builder()
 *                 .initialLearningRate(0.1)
 *                 .decaySteps(1000)
 *                 .decayRate(0.96)
 *                 .build())
 *         .build();
 * }</pre>
 *
 * <p>Keras has a warm-up in {@link CosineDecay} alone, and this formula is that one's. Keras loads
 * a configuration with a WarmUp, whose {@code registered_name} is {@code keras4j>WarmUp}, once that
 * name is registered: the page on schedules has the lines of Python.
 */
public final class WarmUp extends KerasSchedule {
  /** By which Keras finds the class that its user registers. */
  static final String REGISTERED_NAME = "keras4j>WarmUp";

  private static final String SCHEDULE = "schedule";
  private static final String ALLOWED = "a schedule, its configuration or a finite number >= 0";

  private final double start;
  private final long steps;
  private final LearningRateSchedule schedule;
  private final boolean constant; // where the schedule was given as a number

  private WarmUp(Hyperparameters h) {
    super(h, "steps");
    start = h.nonNegative("start", 0.);
    steps =
        (long)
            h.number("steps", "an integer >= 1", x -> x >= 1. && x <= 0x1p53 && x == Math.rint(x));
    Object given = h.required(SCHEDULE, ALLOWED);
    constant = given instanceof Number;
    schedule = parse(given);
    h.replace(SCHEDULE, constant ? schedule.at(0) : schedule);
    name(h, "WarmUp");
  }

  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  private static LearningRateSchedule parse(Object given) {
    if (given instanceof LearningRateSchedule other) {
      return other;
    }
    if (given instanceof Map) {
      return LearningRateSchedule.deserialize((Map<String, ?>) given);
    }
    double rate = given instanceof Number number ? number.doubleValue() : Double.NaN;
    checkArgument(
        rate >= 0. && rate < Double.POSITIVE_INFINITY,
        "%s must be %s, got %s",
        SCHEDULE,
        ALLOWED,
        Text.describe(given));
    return step -> rate;
  }

  @Override
  public double at(long step) {
    return step < steps ? super.at(step) : schedule.at(step - steps);
  }

  @Override
  double rate(double step) {
    return (schedule.at(0) - start) * (step / steps) + start;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the other schedule has no configuration, as a lambda
   */
  @Override
  public Map<String, Object> getConfig() {
    Map<String, Object> config = super.getConfig();
    if (!constant) {
      config.put(SCHEDULE, LearningRateSchedule.serialize(schedule));
    }
    return config;
  }

  /** Makes the schedule from its arguments; rejects what is not valid. */
  public static WarmUp fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, WarmUp::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a warm-up by its arguments. */
  public static final class Builder extends ScheduleBuilder<WarmUp, Builder> {
    private Builder() {
      super(WarmUp::new);
    }

    /** Sets the learning rate of the first step: finite and at least 0; default 0. */
    public Builder start(double start) {
      return set("start", start);
    }

    /** Sets how many steps the warm-up takes: at least 1, at most 2<sup>53</sup>; no default. */
    public Builder steps(long steps) {
      return set("steps", steps);
    }

    /** Sets the schedule that follows, whose step 0 is the first after the warm-up. */
    public Builder schedule(LearningRateSchedule schedule) {
      return set(SCHEDULE, schedule);
    }

    /** Sets the constant learning rate that follows: finite and at least 0. */
    public Builder schedule(double learningRate) {
      return set(SCHEDULE, learningRate);
    }
  }
}
