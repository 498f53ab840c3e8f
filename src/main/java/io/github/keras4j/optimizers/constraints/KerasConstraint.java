package io.github.keras4j.optimizers.constraints;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the constraints of Keras share: configuration and equality. */
abstract class KerasConstraint implements Constraint {
  private final Map<String, Object> config;

  /** Takes the arguments by Keras's names, in Keras's order. */
  KerasConstraint(Map<String, Object> config) {
    this.config = config;
  }

  @Override
  public final Map<String, Object> getConfig() {
    return new LinkedHashMap<>(config);
  }

  /** Whether the other is a constraint of the same class with the same configuration. */
  @Override
  public final boolean equals(Object other) {
    return other instanceof KerasConstraint constraint
        && constraint.getClass() == getClass()
        && constraint.config.equals(config);
  }

  @Override
  public final int hashCode() {
    return 31 * getClass().getSimpleName().hashCode() + config.hashCode();
  }

  /** Class and configuration: {@code MaxNorm{max_value=2.0, axis=0}}. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + config;
  }
}
