package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.configuration.KerasObjects;
import java.util.Map;
import java.util.function.Function;

/** The schedules of this package by name, and their serialized form. */
final class Schedules {
  static final KerasObjects<LearningRateSchedule> KERAS =
      new KerasObjects<>(
          "schedule",
          LearningRateSchedule.class,
          KerasSchedule.class,
          "keras.optimizers.schedules",
          new Factories(
              Map.<String, Function<Map<String, ?>, LearningRateSchedule>>of(
                  "ExponentialDecay", ExponentialDecay::fromConfig,
                  "PiecewiseConstantDecay", PiecewiseConstantDecay::fromConfig,
                  "PolynomialDecay", PolynomialDecay::fromConfig,
                  "InverseTimeDecay", InverseTimeDecay::fromConfig,
                  "CosineDecay", CosineDecay::fromConfig,
                  "CosineDecayRestarts", CosineDecayRestarts::fromConfig,
                  "WarmUp", WarmUp::fromConfig)));

  private Schedules() {}

  static Map<String, Object> serialize(LearningRateSchedule schedule) {
    Map<String, Object> serialized = KERAS.serialize(schedule, LearningRateSchedule::getConfig);
    if (schedule instanceof WarmUp) { // to Keras a custom class, which it finds by this name alone
      serialized.put("module", WarmUp.class.getPackageName());
      serialized.put("registered_name", WarmUp.REGISTERED_NAME);
    }
    return serialized;
  }
}
