package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.io.Serializable;
import java.util.Arrays;

/** What tasks need to know of the parameters: their lengths, and which gradients come by rows. */
public final class Model implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] lengths;
  private final int[] widths; // of a row; 0 where the gradient is that of the whole tensor
  private final boolean[] lazy;

  public Model(int[] lengths, int[] widths, boolean... lazy) {
    this.lengths = lengths;
    this.widths = widths;
    this.lazy = lazy;
  }

  /** Whether another has the same lengths, where the same tensors go by rows in the same way. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Model that
        && Arrays.equals(lengths, that.lengths)
        && Arrays.equals(widths, that.widths)
        && Arrays.equals(lazy, that.lazy);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(lengths);
  }

  public int tensors() {
    return lengths.length;
  }

  public int length(int tensor) {
    return lengths[tensor];
  }

  public boolean byRows(int tensor) {
    return widths[tensor] > 0;
  }

  public boolean anyRows() {
    return Arrays.stream(widths).anyMatch(width -> width > 0);
  }

  /** Whether only touched rows are to change. */
  public boolean isLazy(int tensor) {
    return lazy[tensor];
  }

  public int width(int tensor) {
    return widths[tensor];
  }

  public int rows(int tensor) {
    return lengths[tensor] / widths[tensor];
  }

  public long elements() {
    return Arrays.stream(lengths).asLongStream().sum();
  }

  public void requireTensor(int tensor) {
    if (tensor < 0 || tensor >= lengths.length) {
      throw illegalArgument("tensor must be from 0 to %d, got %d", lengths.length - 1, tensor);
    }
  }

  /** Rejects what is not a row of a tensor that goes by rows. */
  public void requireRow(int tensor, int row) {
    requireTensor(tensor);
    if (!byRows(tensor)) {
      throw illegalArgument("tensor must be one that goes by rows, got %d", tensor);
    }
    if (row < 0 || row >= rows(tensor)) {
      throw illegalArgument(
          "row of tensor %d must be from 0 to %d, got %d", tensor, rows(tensor) - 1, row);
    }
  }
}
