package io.github.keras4j.optimizers.constraints;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A constraint on norms along axes: for each index of the other dimensions there is one. The sum
 * behind a norm carries along what its additions round off (compensated summation), so that it
 * depends on no order.
 */
abstract class NormConstraint extends KerasConstraint {
  /** What {@code K.epsilon()} returns. */
  static final double EPSILON = 1e-7;

  private final int[] axes; // null for all

  NormConstraint(Map<String, Object> config, int... axes) {
    super(withAxes(config, axes));
    this.axes = axes == null ? null : axesOr0(axes);
  }

  private static Map<String, Object> withAxes(Map<String, Object> config, int... axes) {
    Map<String, Object> all = new LinkedHashMap<>(config);
    List<Integer> list = axes == null ? null : Arrays.stream(axesOr0(axes)).boxed().toList();
    all.put("axis", list != null && list.size() == 1 ? list.get(0) : list);
    return all;
  }

  private static int[] axesOr0(int... axes) {
    return axes.length == 0 ? new int[1] : axes.clone();
  }

  /** What belongs to a norm besides values. */
  abstract double factor(double norm);

  /** A value, made from it and {@link #factor}. */
  double constrained(double w, double factor) {
    return w * factor;
  }

  static double clip(double norm, double min, double max) {
    return Math.min(Math.max(norm, min), max);
  }

  // ---- Axes -----------------------------------------------------------------------------------

  @Override
  public final boolean takesRows(int... shape) {
    requireAxes(shape);
    return !isAxis(0, shape);
  }

  private void requireAxes(int... shape) {
    for (int i = 0; axes != null && i < axes.length; i++) {
      if (axes[i] < -shape.length || axes[i] >= shape.length) {
        throw illegalArgument(
            "axis must be one of shape %s, got %d", Arrays.toString(shape), axes[i]);
      }
      for (int before = 0; before < i; before++) {
        if (Math.floorMod(axes[before], shape.length) == Math.floorMod(axes[i], shape.length)) {
          throw illegalArgument(
              "axis must name each dimension of shape %s once, got %s",
              Arrays.toString(shape), Arrays.toString(axes));
        }
      }
    }
  }

  private boolean isAxis(int dimension, int... shape) {
    boolean is = axes == null;
    for (int i = 0; !is && i < axes.length; i++) {
      is = axes[i] == dimension || axes[i] + shape.length == dimension;
    }
    return is;
  }

  // ---- Norms ----------------------------------------------------------------------------------

  @Override
  public final void apply(double[] values, int... shape) {
    requireAxes(shape);
    if (product(shape, 0, shape.length) != values.length) {
      throw illegalArgument(
          "shape must have %d elements, got %s", values.length, Arrays.toString(shape));
    }
    int end = shape.length; // of the last axes that stand side by side, which one loop goes along
    while (end > 0 && !isAxis(end - 1, shape)) {
      end--;
    }
    int begin = end;
    while (begin > 0 && isAxis(begin - 1, shape)) {
      begin--;
    }
    int stride = product(shape, end, shape.length);
    int length = product(shape, begin, end);
    int loops = 1; // of a norm
    for (int dimension = 0; dimension < begin; dimension++) {
      loops *= isAxis(dimension, shape) ? shape[dimension] : 1;
    }
    int norms = values.length == 0 ? 0 : values.length / (loops * length);
    for (int norm = 0; norm < norms; norm++) {
      int first = offset(norm, false, shape.length, shape);
      double factor = factor(norm(values, first, loops, begin, length, stride, shape));
      for (int loop = 0; loop < loops; loop++) {
        int from = first + offset(loop, true, begin, shape);
        for (int i = 0; i < length; i++) {
          values[from + i * stride] = constrained(values[from + i * stride], factor);
        }
      }
    }
  }

  private double norm(
      double[] values, int first, int loops, int begin, int length, int stride, int... shape) {
    double sum = 0.;
    double lost = 0.; // what the sum has rounded off
    for (int loop = 0; loop < loops; loop++) {
      int from = first + offset(loop, true, begin, shape);
      for (int i = 0; i < length; i++) {
        double square = values[from + i * stride] * values[from + i * stride];
        double next = sum + square;
        double added = next - sum;
        lost += (sum - (next - added)) + (square - added);
        sum = next;
      }
    }
    double exact = sum + lost;
    return Math.sqrt(exact != exact ? sum : exact); // of an infinite sum, what is lost is NaN
  }

  private static int product(int[] shape, int from, int to) {
    int product = 1;
    for (int dimension = from; dimension < to; dimension++) {
      product *= shape[dimension];
    }
    return product;
  }

  /** Where an index along all axes before a dimension begins, or along all other dimensions. */
  private int offset(int index, boolean alongAxes, int before, int... shape) {
    int offset = 0;
    int stride = 1;
    int left = index;
    for (int dimension = shape.length - 1; dimension >= 0; dimension--) {
      if (dimension < before && isAxis(dimension, shape) == alongAxes) {
        offset += left % shape[dimension] * stride;
        left /= shape[dimension];
      }
      stride *= shape[dimension];
    }
    return offset;
  }
}
