package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has a momentum. */
public interface Momentum<B> extends Setter<B> {
  /**
   * Sets the momentum, the share of the velocity that is kept from step to step. At least 0, and at
   * most what the class says; default 0, for none, unless the class says otherwise.
   */
  default B momentum(double momentum) {
    return set("momentum", momentum);
  }
}
