package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.Locale;

/** Nanoseconds per element, or for each of something else: a median, and the spread around it. */
record Timing(double median, double low, double high) {
  /** The median of all samples, the smallest and the largest. */
  static Timing of(double... samples) {
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    int length = sorted.length;
    return new Timing(
        (sorted[(length - 1) / 2] + sorted[length / 2]) / 2., sorted[0], sorted[length - 1]);
  }

  /** How many times as long a takes as b, or null where one was not measured. */
  static Double ratio(Timing a, Timing b) {
    return a == null || b == null ? null : a.median / b.median;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", median, low, high);
  }
}
