package io.github.keras4j.spark;

import java.io.Serializable;

/** What the parameters of a sharded model are before the first step. Serialized. */
@FunctionalInterface
public interface InitialValues extends Serializable {
  /**
   * Makes the parameters of a range of one tensor, where they will live. They must not depend on
   * how tensors are cut into ranges.
   *
   * @param tensor its number
   * @param from the first element
   * @param to the element after the last one
   * @return {@code to - from} numbers, which the caller keeps
   */
  double[] of(int tensor, int from, int to);
}
