package io.github.keras4j.optimizers.engine;

/**
 * The sum behind the norm: within blocks first, then of blocks, then of chunks by halves, so that
 * rounding errors hardly grow with the length. Always in the same order, whoever adds.
 *
 * <p>The compiler keeps the order of additions and makes no vectors of a sum. {@code NormBenchmark}
 * holds this loop against one that it does make vectors of, and against the copy that one needs.
 */
public final class SumOfSquares {
  static final int BLOCK = 1024;

  private static final int SIDE_BY_SIDE = 8;

  private SumOfSquares() {}

  public static double of(double[] x, int from, int to) {
    double sum = 0.;
    int next = from;
    while (to - next > BLOCK) {
      sum += ofBlock(x, next, next + BLOCK);
      next += BLOCK;
    }
    return sum + ofBlock(x, next, to);
  }

  /**
   * The sum of the squares of a block, whose elements are zero before first and from last
   * (excluded) on.
   */
  static double ofPart(double[] x, int from, int to, int first, int last) {
    int start = first - (first - from) % SIDE_BY_SIDE;
    int end = last + SIDE_BY_SIDE - 1 - (last - start + SIDE_BY_SIDE - 1) % SIDE_BY_SIDE;
    return ofBlock(x, start, Math.min(end, to));
  }

  private static double ofBlock(double[] x, int from, int to) {
    // Eight sums side by side, because an addition takes as long as eight can be under way.
    double s0 = 0.;
    double s1 = 0.;
    double s2 = 0.;
    double s3 = 0.;
    double s4 = 0.;
    double s5 = 0.;
    double s6 = 0.;
    double s7 = 0.;
    int i = from;
    for (; i < to - 7; i += 8) {
      s0 += x[i] * x[i];
      s1 += x[i + 1] * x[i + 1];
      s2 += x[i + 2] * x[i + 2];
      s3 += x[i + 3] * x[i + 3];
      s4 += x[i + 4] * x[i + 4];
      s5 += x[i + 5] * x[i + 5];
      s6 += x[i + 6] * x[i + 6];
      s7 += x[i + 7] * x[i + 7];
    }
    for (; i < to; i++) {
      s0 += x[i] * x[i];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }

  /** The sum of a range, added by halves. */
  public static double total(double[] terms, int from, int to) {
    if (to - from > 8) {
      int middle = (from + to) >>> 1;
      return total(terms, from, middle) + total(terms, middle, to);
    }
    double sum = 0.;
    for (int i = from; i < to; i++) {
      sum += terms[i];
    }
    return sum;
  }
}
