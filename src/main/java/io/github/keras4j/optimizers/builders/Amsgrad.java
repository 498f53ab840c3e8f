package io.github.keras4j.optimizers.builders;

/** A builder of an optimizer that has AMSGrad. */
public interface Amsgrad<B> extends Setter<B> {
  /**
   * Sets whether to use AMSGrad: to divide by the root of the largest second moment so far. Default
   * false.
   */
  default B amsgrad(boolean amsgrad) {
    return set("amsgrad", amsgrad);
  }
}
