package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.HyperparameterBuilder;
import io.github.keras4j.optimizers.Hyperparameters;
import java.util.function.Function;

/** What the builders share. */
abstract class ScheduleBuilder<T, B extends ScheduleBuilder<T, B>>
    extends HyperparameterBuilder<T, B> {
  ScheduleBuilder(Function<Hyperparameters, T> constructor) {
    super(constructor);
  }

  /**
   * Sets the schedule's name, which is part of its configuration and of no effect; by default
   * Keras's name for the class.
   */
  public B name(String name) {
    return set("name", name);
  }
}
