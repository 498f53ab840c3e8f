package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;

/**
 * The gradient of one tensor: all of it, or the rows that a loss has touched, for embeddings and
 * whatever else is a large table of which a step looks at a few rows.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.Adam;
 * import io.github.keras4j.optimizers.Gradient;
 * import io.github.keras4j.optimizers.Optimizer;
 *
 * double[][] parameters = {new double[1000 * 2], {0.5}}; // a table of 1,000 rows of 2, and a bias
 * int[] rows = {7, 42, 7};
 * double[] values = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};      // row 7 gets 0.1 + 0.5 and 0.2 + 0.6
 * Optimizer adam = new Adam();
 * adam.applyGradients(
 *     new Gradient[] {Gradient.lazyRows(rows, values), Gradient.dense(new double[] {0.1})},
 *     parameters);
 * }</pre>
 *
 * <h2>Rows</h2>
 *
 * A row is {@code values.length / rows.length} elements long, which must divide the tensor's
 * length: row {@code r} begins at element {@code r} times that. In a tensor whose shape was told to
 * {@link io.github.keras4j.optimizers.keras3.BaseOptimizer#build build}, a row is what one index of
 * its first dimension selects. Rows come in any order. What is given for one row more than once is
 * added in the order given.
 *
 * <p>{@link #rows rows} are the dense gradient with zeros elsewhere, and give its numbers, bit for
 * bit. A step costs what its rows cost where a gradient of zero changes nothing, as in Adagrad and
 * in SGD without momentum, unless weight decay or a moving average is set; otherwise it costs what
 * the whole tensor costs.
 *
 * <h2>Lazy rows</h2>
 *
 * {@link #lazyRows lazyRows} change only the touched rows, of parameters and of slots, and cost
 * only what they cost, as PyTorch's {@code SparseAdam} and TensorFlow's {@code LazyAdam}. A lazy
 * step is the dense step over a model that consists of the touched rows alone, bit for bit (where a
 * norm clips, within 8 units in the last place):
 *
 * <ul>
 *   <li>The step counts once. Learning rate, decay, schedule and bias corrections are as in the
 *       step, whenever a row was touched last.
 *   <li>Clipping is as in a dense step; the norm is over the added rows, and the gradients of other
 *       tensors.
 *   <li>Weight decay and moving average act on the touched rows. The average of a tensor whose
 *       first gradient is lazy begins as a copy of its parameters, so that overwriting and {@code
 *       finalizeVariableValues} leave rows alone that were never touched.
 *   <li>With {@code gradient_accumulation_steps} they are rejected: several calls share an update,
 *       and each may touch other rows.
 *   <li>Without rows, a lazy gradient touches nothing.
 * </ul>
 *
 * So training differs from that with dense gradients, where moments shrink and parameters drift
 * also in steps whose gradient is zero. Optimizers that need a whole tensor at once, as Lamb,
 * Adafactor and Muon do, take dense gradients alone.
 *
 * <p>The arrays are not copied; they must not change during a step, which never writes to them.
 * Immutable as far as its arrays are. Serialized, it carries its rows alone.
 *
 * @serial exclude
 */
public final class Gradient implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int[] rows; // null for a dense one
  private final double[] values;
  private final boolean lazy;

  private Gradient(int[] rows, double[] values, boolean lazy) {
    this.rows = rows;
    this.values = values;
    this.lazy = lazy;
  }

  /**
   * Returns the gradient of a whole tensor.
   *
   * @param values as many as the tensor has elements
   * @throws IllegalArgumentException if null
   */
  public static Gradient dense(double[] values) {
    requireValues(values);
    return new Gradient(null, values, false);
  }

  /**
   * Returns the gradient of a tensor that is zero except in some rows.
   *
   * @param rows their numbers, from 0, in any order
   * @param values the rows, one after another, all of one length
   * @throws IllegalArgumentException if an argument is null, or the number of values is no multiple
   *     of that of the rows, at least one for each
   */
  public static Gradient rows(int[] rows, double[] values) {
    requireRows(rows, values);
    return new Gradient(rows, values, false);
  }

  /**
   * Returns the gradient of the rows that a step is to change, and no others; takes and rejects the
   * same as {@link #rows rows}.
   */
  public static Gradient lazyRows(int[] rows, double[] values) {
    requireRows(rows, values);
    return new Gradient(rows, values, true);
  }

  private static void requireValues(double[] values) {
    checkArgument(values != null, "values must be an array of numbers, got null");
  }

  private static void requireRows(int[] rows, double[] values) {
    checkArgument(rows != null, "rows must be an array of row numbers, got null");
    requireValues(values);
    boolean fits =
        rows.length == 0
            ? values.length == 0
            : values.length > 0 && values.length % rows.length == 0;
    if (!fits) {
      throw illegalArgument(
          "values must hold as many numbers for each of the %d rows, at least one, got %d",
          rows.length, values.length);
    }
  }

  /** Whether this is the gradient of a whole tensor, not given by rows. */
  public boolean isDense() {
    return rows == null;
  }

  /** Whether only the touched rows are to change: true for {@link #lazyRows lazyRows} alone. */
  public boolean isLazy() {
    return lazy;
  }

  /** Returns the numbers of the rows: the array itself; null where the gradient is dense. */
  public int[] rows() {
    return rows;
  }

  /** Returns the array itself: the whole tensor's values, or the rows', one after another. */
  public double[] values() {
    return values;
  }

  /** Adds this to an array as long as the tensor. */
  void addTo(double[] sum) {
    int width = isDense() || rows.length == 0 ? values.length : values.length / rows.length;
    for (int i = 0; i < values.length; i++) {
      sum[isDense() ? i : rows[i / width] * width + i % width] += values[i];
    }
  }

  /** The kind and the size, for a log, such as {@code lazyRows(3 of 100)}. */
  @Override
  public String toString() {
    if (isDense()) {
      return "dense(" + values.length + ")";
    }
    int width = rows.length == 0 ? 0 : values.length / rows.length;
    return (lazy ? "lazyRows(" : "rows(") + rows.length + " of " + width + ")";
  }

  private Object readResolve() throws ObjectStreamException {
    try {
      return rows == null ? dense(values) : lazy ? lazyRows(rows, values) : rows(rows, values);
    } catch (IllegalArgumentException e) {
      throw (InvalidObjectException) new InvalidObjectException(e.getMessage()).initCause(e);
    }
  }
}
