package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has a small number which prevents division by zero. */
public interface Epsilon<B> extends Setter<B> {
  /**
   * Sets the small number that prevents division by zero. Finite and at least 0; default 1e-7,
   * unless the class says otherwise.
   */
  default B epsilon(double epsilon) {
    return set("epsilon", epsilon);
  }
}
