package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Piecewise constant decay: one learning rate up to and including each boundary, and one after the
 * last.
 *
 * <pre>
 * rate = values[i] for the first i with step &lt;= boundaries[i], else the last value
 * </pre>
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     PiecewiseConstantDecay.builder()
 *         .boundaries(100000, 110000)
 *         .values(1.0, 0.5, 0.1)
 *         .build();
 * }</pre>
 *
 * @see <a
 *     href="https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/">Keras,
 *     PiecewiseConstantDecay</a>
 */
public final class PiecewiseConstantDecay extends KerasSchedule {
  private final double[] boundaries;
  private final double[] values;

  private PiecewiseConstantDecay(Hyperparameters h) {
    super(h, "boundaries");
    boundaries = h.finiteNumbers("boundaries");
    values = h.finiteNumbers("values");
    checkArgument(boundaries.length > 0, "boundaries must hold at least one step, got none");
    for (int i = 1; i < boundaries.length; i++) {
      checkArgument(
          boundaries[i] >= boundaries[i - 1],
          "boundaries must be in ascending order, got %s after %s",
          boundaries[i],
          boundaries[i - 1]);
    }
    checkArgument(
        values.length == boundaries.length + 1,
        "values must be one more than the %d boundaries, got %d",
        boundaries.length,
        values.length);
    for (int i = 0; i < values.length; i++) {
      checkArgument(
          values[i] >= 0., "values[%d] must be a finite number >= 0, got %s", i, values[i]);
    }
    name(h, "PiecewiseConstant");
  }

  @Override
  double rate(double step) {
    int i = 0;
    while (i < boundaries.length && step > boundaries[i]) {
      i++;
    }
    return values[i];
  }

  /** Makes the schedule from its arguments by Keras's names; rejects what is not valid. */
  public static PiecewiseConstantDecay fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, PiecewiseConstantDecay::new);
  }

  /** Starts a builder in which only arguments without a default need to be set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a piecewise constant decay by its arguments. */
  public static final class Builder extends ScheduleBuilder<PiecewiseConstantDecay, Builder> {
    private Builder() {
      super(PiecewiseConstantDecay::new);
    }

    /**
     * Sets the steps after which the rate changes: at least one, finite, in ascending order; no
     * default.
     */
    public Builder boundaries(double... boundaries) {
      return set("boundaries", list(boundaries));
    }

    /**
     * Sets the learning rates: one more than boundaries, each finite and at least 0; no default.
     */
    public Builder values(double... values) {
      return set("values", list(values));
    }

    private static List<Double> list(double[] numbers) {
      return numbers == null ? null : Arrays.stream(numbers).boxed().toList();
    }
  }
}
