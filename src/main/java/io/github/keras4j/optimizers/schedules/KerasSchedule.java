package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.List;
import java.util.Map;

/** What the schedules of Keras share: the check of the step, configuration, equality. */
abstract class KerasSchedule implements LearningRateSchedule {
  private final Hyperparameters arguments;
  private final List<String> counts;

  /**
   * Takes what the subclass's constructor reads its arguments from.
   *
   * @param counts arguments that count steps: where one is an integer, it stands as an integer in
   *     the configuration, while every other number stands there as a double
   */
  KerasSchedule(Hyperparameters h, String... counts) {
    arguments = h;
    this.counts = List.of(counts);
  }

  /** Reads the name, which tf.keras and a null leave to the class. */
  static void name(Hyperparameters h, String defaultName) {
    if (h.object("name", defaultName) == null) {
      h.replace("name", defaultName);
    } else {
      h.string("name", defaultName);
    }
  }

  @Override
  public double at(long step) {
    if (step < 0) {
      throw illegalArgument("step must be at least 0, got %s", step);
    }
    return rate(step);
  }

  /** The formula, in which all is double. */
  abstract double rate(double step);

  @Override
  public Map<String, Object> getConfig() {
    return arguments();
  }

  /** The configuration, in which another schedule stands as it is. */
  private Map<String, Object> arguments() {
    Map<String, Object> config = arguments.values();
    counts.forEach(name -> config.computeIfPresent(name, (same, value) -> count(value)));
    return config;
  }

  private static Object count(Object value) {
    if (value instanceof List) {
      return ((List<?>) value).stream().map(KerasSchedule::count).toList();
    }
    double count = (Double) value;
    if (count == (int) count) {
      return (int) count;
    }
    return count == (long) count ? (Object) (long) count : value;
  }

  /** Whether the other is a schedule of the same class with the same configuration. */
  @Override
  public final boolean equals(Object other) {
    return other instanceof KerasSchedule
        && other.getClass() == getClass()
        && ((KerasSchedule) other).arguments().equals(arguments());
  }

  @Override
  public final int hashCode() {
    return 31 * getClass().getSimpleName().hashCode() + arguments().hashCode();
  }

  /** Class and configuration: {@code CosineDecay{initial_learning_rate=0.1, decay_steps=10, …}}. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + arguments();
  }
}
