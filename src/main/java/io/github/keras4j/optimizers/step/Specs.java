package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.constraints.Constraint;
import java.util.Map;

/** What an optimizer has been told of its tensors besides their arrays. */
public interface Specs {
  /** Nothing, as in Keras 2.2.4. */
  Specs NONE = new Specs() {};

  /** The name of a tensor, or null unless told. */
  default String name(int tensor) {
    return null;
  }

  /** The shape of a tensor whose name is told. */
  default int[] shape(int tensor) {
    return null;
  }

  /** The tensors' lengths, or null unless told. */
  default int[] lengths() {
    return null;
  }

  /** Rejects a step over so many tensors that does not fit what has been told. */
  default void requireFit(int tensors) {}

  /** Rejects other tensors that are to be matched by number. */
  default void requireNoNames() {}

  /**
   * What has been told, without names, where each tensor had a number before, or one below 0 if it
   * is new, and has a length now.
   */
  default Specs renumbered(int[] numbers, int... lengths) {
    return this;
  }

  /** How many elements a row of a tensor has, 0 unless told. */
  default int rowLength(int tensor) {
    return 0;
  }

  /** The weight decay of a tensor, or null for none. */
  default Double weightDecay(int tensor) {
    return null;
  }

  /** The constraint of a tensor of a length, with its shape, or null for none. */
  default Constrained constraint(int tensor, int length) {
    return null;
  }

  /** The same with one more constraint on a tensor; without a shape it is that told, or a line. */
  default Specs constraining(int tensor, Constraint constraint, int... shape) {
    throw new UnsupportedOperationException();
  }

  /** Rejects tensors of these lengths that cannot be constrained so. */
  default void requireLengths(int... lengths) {
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      Constrained told = constraint(tensor, lengths[tensor]);
      if (told != null) {
        told.requireFit(tensor, lengths[tensor]);
      }
    }
  }

  /** What a state holds of this: strings, numbers, lists and maps; null for nothing. */
  default Map<String, Object> config() {
    return null;
  }

  /** The same, in which objects may stand for themselves. */
  default Map<String, Object> arguments() {
    return config();
  }

  /** What a configuration tells, or null for nothing. */
  default Specs parsed(Object config) {
    return this;
  }

  /** Checks what a state holds of this, or null for nothing, and returns it as an object. */
  default Specs restored(Object config) {
    return this;
  }
}
