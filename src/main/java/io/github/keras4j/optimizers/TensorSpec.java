package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.step.NamedShape;
import java.util.Arrays;

/**
 * The name and the shape of a parameter tensor, for optimizers in which something depends on them.
 *
 * <pre>{@code
 * TensorSpec kernel = TensorSpec.of("dense/kernel", 64, 32);
 * TensorSpec scale = TensorSpec.of("scale"); // a scalar: one number
 * }</pre>
 *
 * <p>Equal by contents. Immutable: the shape is copied on its way in and out.
 *
 * @param name as Keras's {@code path}: layer and variable, with {@code /} between
 * @param shape the dimensions, the last one varying fastest; none for a scalar
 */
public record TensorSpec(String name, int... shape) {
  /**
   * Names a tensor.
   *
   * @param name not blank
   * @param shape each dimension at least 0
   * @throws IllegalArgumentException if the name is null or blank, the shape null, a dimension
   *     below 0 or the tensor larger than an array, where a dimension of 0 counts as 1
   */
  public TensorSpec {
    shape = new NamedShape(name, shape).shape();
  }

  /** The same as the constructor. */
  public static TensorSpec of(String name, int... shape) {
    return new TensorSpec(name, shape);
  }

  /** Returns a copy of the dimensions, the last one varying fastest; empty for a scalar. */
  @Override
  public int[] shape() {
    return shape.clone();
  }

  /** Returns how many elements the tensor has: the product of the dimensions, 1 for a scalar. */
  public int length() {
    return NamedShape.elements(shape, 0);
  }

  /**
   * Returns how many elements a row has, which is what one index of the first dimension selects:
   * the product of the other dimensions, 1 for a scalar.
   */
  public int rowLength() {
    return NamedShape.elements(shape, 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorSpec
        && name.equals(((TensorSpec) other).name)
        && Arrays.equals(shape, ((TensorSpec) other).shape);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return format("%s%s", name, Arrays.toString(shape));
  }
}
