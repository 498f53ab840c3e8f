package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has the learning rate decay of Keras 2.2.4. */
public interface Decay<B> extends Setter<B> {
  /**
   * Sets the learning rate decay: a step uses {@code lr / (1 + decay * iterations)}. Finite and at
   * least 0; default 0.
   */
  default B decay(double decay) {
    return set("decay", decay);
  }
}
