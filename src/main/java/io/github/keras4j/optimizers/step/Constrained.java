package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.constraints.Constraint;
import java.util.Arrays;

/** A constraint on a tensor, with its shape, or null unless told. */
public record Constrained(Constraint constraint, int... shape) {
  public Constrained {
    checkArgument(constraint != null, "constraint must be a constraint, got null");
    NamedShape.requireDimensions(shape == null ? new int[0] : shape);
  }

  /** The same for a tensor that has become longer or shorter, in its first dimension. */
  Constrained ofLength(int length) {
    if (shape == null || shape.length == 0 || rowLength() == 0) {
      return this;
    }
    int[] resized = shape.clone();
    resized[0] = length / rowLength();
    return new Constrained(constraint, resized);
  }

  /** Rejects a tensor of another length, or of a shape that cannot be constrained. */
  void requireFit(int tensor, int length) {
    long elements = 1;
    for (int dimension : shape) {
      elements = Math.min(elements * dimension, 1L << 31); // further on a 0 still counts
    }
    checkArgument(
        elements == length,
        "constraint of tensor %d must have a shape of %d elements, got %s",
        tensor,
        length,
        Arrays.toString(shape));
    constraint.takesRows(shape);
  }

  /** How many elements an index of the first dimension selects. */
  int rowLength() {
    return NamedShape.elements(shape, 1);
  }
}
