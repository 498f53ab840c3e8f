package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.configuration.KerasObjects;
import java.util.Map;
import java.util.function.Function;

/** The schedules of Keras by name, and their serialized form. */
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
                  "CosineDecayRestarts", CosineDecayRestarts::fromConfig)));

  private Schedules() {}
}
