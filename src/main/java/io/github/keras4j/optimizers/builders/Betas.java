package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has decay rates of two moments. */
public interface Betas<B> extends Setter<B> {
  /**
   * Sets the exponential decay rate of the first moment, the share of it that a step keeps. From 0
   * to below 1, unless the class says otherwise.
   */
  default B beta1(double beta1) {
    return set("beta_1", beta1);
  }

  /**
   * Sets the exponential decay rate of the second moment, the share of it that a step keeps. From 0
   * to below 1.
   */
  default B beta2(double beta2) {
    return set("beta_2", beta2);
  }
}
