package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has the decay rate of a running mean. */
public interface Rho<B> extends Setter<B> {
  /**
   * Sets the exponential decay rate of the running mean, the share of it that a step keeps. From 0
   * to 1.
   */
  default B rho(double rho) {
    return set("rho", rho);
  }
}
