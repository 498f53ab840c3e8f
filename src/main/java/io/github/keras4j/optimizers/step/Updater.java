package io.github.keras4j.optimizers.step;

/** What a step asks of the optimizer whose step it is. */
public interface Updater {
  String name();

  /** Whether the formula goes element by element, so that some rows can be updated alone. */
  boolean takesRows();

  /** Whether an update by a gradient of zero changes nothing. */
  boolean ignoresZeros();

  /** Takes over new tensors, before the first step with them. */
  void setTensors(Specs specs, Tensor... tensors);

  /** Computes what all elements of update t share, and returns the formula's learning rate. */
  double beginStep(double lr, long t);

  /** Updates a range of elements of one tensor. */
  void update(double lr, int tensor, int from, int to);
}
