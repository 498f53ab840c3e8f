package io.github.keras4j.optimizers.step;

/** How gradients are clipped. Each generation of Keras has its own rules, to the last bit. */
public interface Clipping {
  enum Norm {
    NONE,
    OF_ALL,
    OF_EACH;

    /** How many sums of squares there are for so many tensors. */
    int count(int tensors) {
      return this == NONE ? 0 : this == OF_ALL ? 1 : tensors;
    }
  }

  /** Which norms {@link #clip} needs. */
  Norm norm();

  /** Whether it changes nothing, whatever the gradients are. */
  boolean isOff();

  /** Tells the tensors how their gradients are clipped in this step. */
  void clip(Tensor[] tensors, double[] sums);

  /** Of Keras 2.2.4: the norm of all gradients together first, then the value. */
  static Clipping ofKeras2(double clipnorm, double clipvalue) {
    return new Keras2Clipping(clipnorm, clipvalue > 0. ? clipvalue : Double.POSITIVE_INFINITY);
  }

  /** Of Keras 3: one of three, of which the others are null or 0. */
  static Clipping ofKeras3(Double clipnorm, Double globalClipnorm, Double clipvalue) {
    return new Keras3Clipping(orZero(clipnorm), orZero(globalClipnorm), orZero(clipvalue));
  }

  private static double orZero(Double clip) {
    return clip == null ? 0. : clip;
  }
}
