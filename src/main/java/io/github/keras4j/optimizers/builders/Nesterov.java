package io.github.keras4j.optimizers.builders;

/**
 * A builder of an optimizer that has Nesterov momentum.
 *
 * @param <B> the class of the builder
 */
public interface Nesterov<B> extends Setter<B> {
  /**
   * Sets whether to use Nesterov momentum.
   *
   * @param nesterov whether to; default false, unless the class says otherwise
   * @return this builder
   */
  default B nesterov(boolean nesterov) {
    return set("nesterov", nesterov);
  }
}
