package io.github.keras4j.optimizers.constraints;

import io.github.keras4j.optimizers.configuration.Factories;
import io.github.keras4j.optimizers.configuration.KerasObjects;
import java.util.Map;
import java.util.function.Function;

/** The constraints of Keras by name, and their serialized form. */
final class Constraints {
  static final KerasObjects<Constraint> KERAS =
      new KerasObjects<>(
          "constraint",
          Constraint.class,
          KerasConstraint.class,
          "keras.constraints",
          new Factories(
              Map.<String, Function<Map<String, ?>, Constraint>>of(
                  "NonNeg", NonNeg::fromConfig,
                  "MaxNorm", MaxNorm::fromConfig,
                  "UnitNorm", UnitNorm::fromConfig,
                  "MinMaxNorm", MinMaxNorm::fromConfig)));

  private Constraints() {}
}
