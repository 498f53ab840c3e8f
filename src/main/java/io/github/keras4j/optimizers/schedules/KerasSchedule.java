package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the schedules of Keras share: the check of the step, configuration, equality. */
abstract class KerasSchedule implements LearningRateSchedule {
  /** Arguments that count steps: whole numbers stand as such in a configuration. */
  private static final Set<String> STEPS =
      Set.of("decay_steps", "first_decay_steps", "warmup_steps", "boundaries");

  @Override
  public final double at(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step must be at least 0, got " + step);
    }
    return rate(step);
  }

  /** The formula, in which all is double. */
  abstract double rate(double step);

  /** The arguments as {@link #read} answered them. */
  abstract Map<String, Object> config();

  /** The arguments that a constructor has read. */
  static Map<String, Object> read(Hyperparameters h) {
    Map<String, Object> config = h.values();
    config.replaceAll((name, value) -> STEPS.contains(name) ? steps(value) : value);
    return config;
  }

  private static Object steps(Object value) {
    if (value instanceof List) {
      return ((List<?>) value).stream().map(KerasSchedule::steps).toList();
    }
    double steps = (Double) value;
    if (steps == (int) steps) {
      return (int) steps;
    }
    return steps == (long) steps ? (Object) (long) steps : value;
  }

  @Override
  public final Map<String, Object> getConfig() {
    return new LinkedHashMap<>(config());
  }

  /**
   * Whether the other is a schedule of the same class with the same configuration.
   *
   * @param other any object, or null
   * @return whether it is
   */
  @Override
  public final boolean equals(Object other) {
    return other instanceof KerasSchedule
        && other.getClass() == getClass()
        && ((KerasSchedule) other).config().equals(config());
  }

  /**
   * A hash code of class and configuration.
   *
   * @return the hash code
   */
  @Override
  public final int hashCode() {
    return 31 * getClass().getSimpleName().hashCode() + config().hashCode();
  }

  /**
   * Class and configuration.
   *
   * @return such as {@code CosineDecay{initial_learning_rate=0.1, decay_steps=1000, …}}
   */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + config();
  }
}
