package io.github.keras4j.optimizers.builders;

/**
 * A builder of an optimizer, whose hyperparameters are set by name: the other interfaces of this
 * package build on it.
 *
 * @param <B> the class of the builder
 */
public interface Setter<B> {
  /**
   * Sets a hyperparameter.
   *
   * @param name its name in the configuration
   * @param value its value
   * @return this builder
   */
  B set(String name, Object value);

  /**
   * Sets whether a step rejects gradients that hold NaN or an infinity, before anything is changed;
   * default false, where a step computes with them as Keras does. Costs one pass over the
   * gradients, which the {@code clipnorm} of Keras 2.2.4 makes anyway. Keras does not have it: it
   * is in the configuration, as {@code error_if_non_finite}, only if it is true.
   */
  default B errorIfNonFinite(boolean errorIfNonFinite) {
    return set("error_if_non_finite", errorIfNonFinite);
  }
}
