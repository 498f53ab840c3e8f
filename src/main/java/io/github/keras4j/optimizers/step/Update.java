package io.github.keras4j.optimizers.step;

/** What may change parameters, in two halves: a whole adds up the sums of its parts in between. */
public interface Update {
  void begin();

  /** The sums of squares that norms are the roots of; null where none clips. Once it has begun. */
  double[] gradientSums();

  /** Makes the rest, with these sums, or the sums of a whole. */
  void finish(double[] sums);
}
