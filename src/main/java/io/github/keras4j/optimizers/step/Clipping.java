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

  Norm norm();

  /** Whether it changes nothing, whatever the gradients are. */
  boolean isOff();

  /** Tells the tensors how their gradients are clipped in this step. */
  void clip(Tensor[] tensors, double[] sums);

  /**
   * Of Keras 2.2.4: the norm of all gradients together first, then the value; 0 for none.
   *
   * <pre>
   * norm = sqrt(sum of g * g over all tensors)
   * g = (clipnorm / norm) * g                      where norm &gt;= clipnorm &gt; 0
   * g = min(max(g, -clipvalue), clipvalue)
   * </pre>
   */
  record OfKeras2(double clipnorm, double clipvalue) implements Clipping {
    @Override
    public Norm norm() {
      return clipnorm > 0. ? Norm.OF_ALL : Norm.NONE;
    }

    @Override
    public boolean isOff() {
      return clipnorm == 0. && clipvalue == 0.;
    }

    @Override
    public void clip(Tensor[] tensors, double[] sums) {
      double norm = clipnorm > 0. ? Math.sqrt(sums[0]) : 0.;
      double factor = clipnorm > 0. && norm >= clipnorm ? clipnorm / norm : 1.;
      double limit = clipvalue > 0. ? clipvalue : Double.POSITIVE_INFINITY;
      for (Tensor x : tensors) {
        x.scaleBy(factor, 1., limit);
      }
    }
  }

  /**
   * Of Keras 3, where one may be set, and the others are 0. Both norms round even where they do not
   * clip.
   *
   * <pre>
   * clipnorm           y = sqrt(sum of g * g), for each tensor
   *                    g = (g * clipnorm) / max(y, clipnorm)
   * global_clipnorm    y = sqrt(sum of g * g over all tensors)
   *                    g = g * (global_clipnorm * min(1 / y, 1 / global_clipnorm) + (y - y))
   * clipvalue          g = min(max(g, -clipvalue), clipvalue)
   * </pre>
   */
  record OfKeras3(double clipnorm, double globalClipnorm, double clipvalue) implements Clipping {
    @Override
    public Norm norm() {
      return clipnorm > 0. ? Norm.OF_EACH : globalClipnorm > 0. ? Norm.OF_ALL : Norm.NONE;
    }

    @Override
    public boolean isOff() {
      return norm() == Norm.NONE && clipvalue == 0.;
    }

    @Override
    public void clip(Tensor[] tensors, double[] sums) {
      if (clipnorm > 0.) {
        clipEach(tensors, sums);
      } else if (globalClipnorm > 0.) {
        clipAll(tensors, sums[0]);
      } else if (clipvalue > 0.) {
        for (Tensor x : tensors) {
          x.limitTo(clipvalue);
        }
      }
    }

    private void clipEach(Tensor[] tensors, double[] sums) {
      for (int tensor = 0; tensor < tensors.length; tensor++) {
        double sum = sums[tensor];
        double norm = sum > 0. ? Math.sqrt(sum) : sum; // NaN stays what it is
        tensors[tensor].scaleBy(clipnorm, Math.max(norm, clipnorm), Double.POSITIVE_INFINITY);
      }
    }

    @SuppressWarnings("IdentityBinaryExpression") // NaN where the norm is not finite, as in Keras
    private void clipAll(Tensor[] tensors, double sum) {
      double norm = Math.sqrt(sum);
      double factor = globalClipnorm * Math.min(1. / norm, 1. / globalClipnorm) + (norm - norm);
      for (Tensor x : tensors) {
        x.scaleBy(factor, 1., Double.POSITIVE_INFINITY);
      }
    }
  }
}
