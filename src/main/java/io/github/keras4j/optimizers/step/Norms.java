package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.SumOfSquares;

/** The sums of squares that the norms of a step are the roots of. */
final class Norms {
  private final Passes passes;
  private final Tensor[] tensors;
  private final Clipping.Norm norm;
  private final boolean accumulates;
  private final double[] sums;
  private final Passes.Pass sumPart = this::sumPart;

  Norms(Passes passes, Tensor[] tensors, Clipping.Norm norm, boolean accumulates) {
    this.passes = passes;
    this.tensors = tensors;
    this.norm = norm;
    this.accumulates = accumulates;
    sums = new double[norm.count(tensors.length)];
  }

  /** Adds the squares of the gradients of this step: of all tensors, or of each. */
  double[] sums() {
    boolean asGiven = true;
    for (Tensor x : tensors) {
      x.separate();
      asGiven &= x.isAsGiven();
    }
    if (asGiven) {
      passes.sumOfSquares(); // which may be known already
    } else {
      passes.forEachSum(sumPart);
    }
    for (int tensor = 0; accumulates && tensor < tensors.length; tensor++) {
      tensors[tensor].endPreparing(); // a mean is taken once, a quotient where an update needs it
    }
    for (int sum = 0; sum < sums.length; sum++) {
      sums[sum] = norm == Clipping.Norm.OF_ALL ? passes.total() : passes.total(sum);
    }
    return sums;
  }

  private void sumPart(int part, int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    double sum = 0.;
    if (x.hasGradient()) {
      x.prepare(from, to);
      sum =
          x.isAsGiven()
              ? passes.sumOfSquares(tensor, from, to)
              : SumOfSquares.of(x.gradient(), from, to);
    }
    passes.sums()[part] = sum;
  }
}
