package io.github.keras4j.optimizers.builders;

/**
 * A builder whose hyperparameters are set by name, which the other interfaces of this package build
 * on.
 *
 * @param <B> the class of the builder
 */
public interface Setter<B> {
  /** Sets a hyperparameter by its name in the configuration, and returns this builder. */
  B set(String name, Object value);
}
