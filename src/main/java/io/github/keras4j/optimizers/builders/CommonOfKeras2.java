package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer of Keras 2.2.4. */
public interface CommonOfKeras2<B> extends Setter<B> {
  /** Sets the learning rate. Finite and at least 0. */
  default B lr(double lr) {
    return set("lr", lr);
  }

  /**
   * Scales all gradients down together where the norm of them all is not below this. Finite and at
   * least 0; 0, the default, for no scaling.
   */
  default B clipnorm(double clipnorm) {
    return set("clipnorm", clipnorm);
  }

  /**
   * Limits each element of the gradients to the range from minus to plus this. Finite and at least
   * 0; 0, the default, for no limit.
   */
  default B clipvalue(double clipvalue) {
    return set("clipvalue", clipvalue);
  }
}
