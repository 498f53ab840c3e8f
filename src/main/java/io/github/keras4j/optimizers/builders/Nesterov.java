package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has Nesterov momentum. */
public interface Nesterov<B> extends Setter<B> {
  /** Sets whether to use Nesterov momentum. Default false, unless the class says otherwise. */
  default B nesterov(boolean nesterov) {
    return set("nesterov", nesterov);
  }
}
