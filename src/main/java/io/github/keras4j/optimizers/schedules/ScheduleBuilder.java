package io.github.keras4j.optimizers.schedules;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the builders share: the arguments set so far. */
abstract class ScheduleBuilder<B extends ScheduleBuilder<B>> {
  private final Map<String, Object> config = new LinkedHashMap<>();

  /**
   * Sets the schedule's name, which is part of its configuration and of no effect.
   *
   * @param name any text; default Keras's name for the class
   * @return this builder
   */
  public final B name(String name) {
    return set("name", name);
  }

  @SuppressWarnings("unchecked")
  final B set(String argument, Object value) {
    config.put(argument, value);
    return (B) this;
  }

  final Map<String, Object> config() {
    return config;
  }
}
