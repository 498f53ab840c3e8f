package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** What the builders share: the arguments set so far. */
abstract class ScheduleBuilder<T, B extends ScheduleBuilder<T, B>> {
  private final Map<String, Object> config = new LinkedHashMap<>();
  private final Function<Hyperparameters, T> constructor;

  ScheduleBuilder(Function<Hyperparameters, T> constructor) {
    this.constructor = constructor;
  }

  /**
   * Sets the schedule's name, which is part of its configuration and of no effect; by default that
   * of the class, except that Keras has PiecewiseConstant and SGDRDecay.
   */
  public B name(String name) {
    return set("name", name);
  }

  @SuppressWarnings("unchecked")
  final B set(String argument, Object value) {
    config.put(argument, value);
    return (B) this;
  }

  /**
   * Makes a new schedule. The builder may be used again.
   *
   * @throws IllegalArgumentException if an argument that has no default is not set, or one is not
   *     valid; the message names it
   */
  public T build() {
    return Hyperparameters.build(config, constructor);
  }
}
