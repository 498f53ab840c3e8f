package io.github.keras4j.optimizers.schedules;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.configuration.Serialized;
import io.github.keras4j.optimizers.text.Spelling;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** The schedules of Keras by name, and their serialized form. */
final class Schedules {
  private static final Factories KERAS =
      new Factories(
          Map.<String, Function<Map<String, ?>, LearningRateSchedule>>of(
              "ExponentialDecay", ExponentialDecay::fromConfig,
              "PiecewiseConstantDecay", PiecewiseConstantDecay::fromConfig,
              "PolynomialDecay", PolynomialDecay::fromConfig,
              "InverseTimeDecay", InverseTimeDecay::fromConfig,
              "CosineDecay", CosineDecay::fromConfig,
              "CosineDecayRestarts", CosineDecayRestarts::fromConfig));

  private Schedules() {}

  static Map<String, Object> serialize(LearningRateSchedule schedule) {
    if (schedule == null) {
      throw new IllegalArgumentException("schedule must be a schedule, got null");
    }
    Map<String, Object> config = schedule.getConfig();
    Class<?> type = schedule.getClass();
    String name = type.getSimpleName();
    boolean custom = !(schedule instanceof KerasSchedule);
    if (name.isEmpty() || custom && KERAS.names().contains(name)) {
      throw new IllegalArgumentException(
          "schedule must be of a class with a name that no schedule of Keras has, got "
              + type.getName());
    }
    if (config == null) {
      throw new IllegalArgumentException("getConfig of " + name + " must return a map, got null");
    }
    return Serialized.of(
        custom ? type.getPackageName() : "keras.optimizers.schedules", name, config);
  }

  static LearningRateSchedule deserialize(Map<String, ?> config, Factories customObjects) {
    Serialized serialized = new Serialized(config);
    String className = serialized.name("class_name");
    Function<? super Map<String, ?>, ?> custom = customObjects.get(className);
    Function<? super Map<String, ?>, ?> factory = custom == null ? KERAS.get(className) : custom;
    if (factory == null) {
      Set<String> known = new TreeSet<>(KERAS.names());
      known.addAll(customObjects.names());
      throw new IllegalArgumentException(
          format(
              "unknown schedule %s, known are %s%s",
              Text.quote(className),
              String.join(", ", known),
              Spelling.didYouMean(className, known)));
    }
    return Factories.make(
        LearningRateSchedule.class, "a schedule", className, factory, serialized.configOrEmpty());
  }
}
