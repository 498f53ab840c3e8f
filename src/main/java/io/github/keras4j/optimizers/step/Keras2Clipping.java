package io.github.keras4j.optimizers.step;

/**
 * Keras 2.2.4's clipping.
 *
 * <pre>
 * norm = sqrt(sum of g * g over all tensors)
 * g = (clipnorm / norm) * g                      where norm &gt;= clipnorm &gt; 0
 * g = min(max(g, -clipvalue), clipvalue)
 * </pre>
 */
record Keras2Clipping(double clipnorm, double clipvalue) implements Clipping {
  @Override
  public Norm norm() {
    return clipnorm > 0. ? Norm.OF_ALL : Norm.NONE;
  }

  @Override
  public boolean isOff() {
    return clipnorm == 0. && clipvalue == Double.POSITIVE_INFINITY;
  }

  @Override
  public void clip(Tensor[] tensors, double[] sums) {
    double norm = clipnorm > 0. ? Math.sqrt(sums[0]) : 0.;
    double factor = clipnorm > 0. && norm >= clipnorm ? clipnorm / norm : 1.;
    for (Tensor x : tensors) {
      x.scaleBy(factor, 1., clipvalue);
    }
  }
}
