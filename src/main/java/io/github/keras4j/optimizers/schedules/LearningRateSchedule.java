package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.configuration.Factories;
import java.util.Map;
import java.util.function.Function;

/**
 * A learning rate that depends on the step, as Keras 3's {@code LearningRateSchedule}.
 *
 * <pre>{@code
 * LearningRateSchedule schedule =
 *     CosineDecay.builder().initialLearningRate(0.1).decaySteps(1000).build();
 * double first = schedule.at(0); // 0.1
 * double half = schedule.at(500); // 0.05
 * Map<String, Object> config = LearningRateSchedule.serialize(schedule);
 * LearningRateSchedule same = LearningRateSchedule.deserialize(config);
 * LearningRateSchedule ownRule = step -> step < 100 ? 0.01 : 0.001;
 * }</pre>
 *
 * <p>The schedules of this package never change and may be used by any number of threads.
 *
 * @see <a href="https://keras.io/api/optimizers/learning_rate_schedules/">Keras, Learning rate
 *     schedules API</a>
 */
@FunctionalInterface
public interface LearningRateSchedule {
  /**
   * Returns the learning rate of a step.
   *
   * @param step how many steps are finished: 0 for the first
   * @throws IllegalArgumentException if the step is below 0
   */
  double at(long step);

  /**
   * Returns the arguments by Keras's names, in Keras's order, from which the class's {@code
   * fromConfig} makes a schedule like this one, in a new map.
   *
   * @throws IllegalStateException unless overridden: a lambda has none, and cannot be saved
   */
  default Map<String, Object> getConfig() {
    throw illegalState(
        "schedule must be of a class that overrides getConfig, got %s, a lambda or a class that"
            + " does not",
        getClass().getName());
  }

  /**
   * Returns the configuration from which {@link #deserialize(Map) deserialize} makes a schedule
   * like this one, in Keras 3's form.
   *
   * @return a new map of {@code module}, {@code class_name}, the simple name of its class, {@code
   *     config}, its {@link #getConfig()}, and {@code registered_name}, null; the module is {@code
   *     keras.optimizers.schedules}, for a custom class its package; of {@link WarmUp}, which Keras
   *     does not have, the registered name is {@code keras4j>WarmUp}
   * @throws IllegalArgumentException if it is null, its class has no name, or one that a class of
   *     this package has
   * @throws IllegalStateException if it has no configuration
   */
  static Map<String, Object> serialize(LearningRateSchedule schedule) {
    return Schedules.serialize(schedule);
  }

  /**
   * Makes a schedule from its configuration.
   *
   * @param config a map of {@code class_name}, in upper and lower case as Keras writes it, and
   *     {@code config}, which may be absent or null where the class needs no argument; {@code
   *     module}, {@code registered_name}, {@code build_config}, {@code compile_config} and {@code
   *     shared_object_id} are ignored; the map is never changed
   * @throws IllegalArgumentException if the map is null, nested deeper than 32 or has another key,
   *     the class is not known, or an argument is missing, not known or not valid; the message
   *     names it
   */
  static LearningRateSchedule deserialize(Map<String, ?> config) {
    return deserialize(config, Map.of());
  }

  /**
   * Makes a schedule from its configuration, which may name a custom class.
   *
   * @param config as for {@link #deserialize(Map) deserialize}
   * @param customObjects by the names of the classes, what makes a schedule of each from the inner
   *     {@code config}; they come before the classes of this package
   * @throws IllegalArgumentException as {@link #deserialize(Map) deserialize}, and if {@code
   *     customObjects} is null, holds anything but names and functions, or does not make a schedule
   */
  static LearningRateSchedule deserialize(
      Map<String, ?> config,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    return Schedules.KERAS.deserialize(config, new Factories(customObjects));
  }
}
