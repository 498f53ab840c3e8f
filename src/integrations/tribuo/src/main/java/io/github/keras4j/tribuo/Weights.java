package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;
import java.util.Locale;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.Matrix;
import org.tribuo.math.la.SGDVector;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.la.VectorTuple;

/**
 * One tensor of the parameters as an array for the optimizer: features first, as in Keras, so that
 * the weights of a feature are neighbours. A vector is a matrix of one output.
 */
final class Weights {
  private final String name;
  private final int[] shape;
  private final int outputs;
  private final int features;
  private final double[] values;
  private double[] gradient;
  private Tensor dense; // the difference where the gradient is sparse

  Weights(String name, Tensor tensor) {
    this.name = name;
    requireKnown(tensor);
    shape = tensor.getShape().clone();
    features = shape[shape.length - 1];
    outputs = shape.length == 1 ? 1 : shape[0];
    values = new double[spec().length()];
  }

  TensorSpec spec() {
    return shape.length == 1
        ? TensorSpec.of(name, features)
        : TensorSpec.of(name, features, outputs);
  }

  double[] values() {
    return values;
  }

  // ---- In -------------------------------------------------------------------------------------

  /** Takes over the parameters. */
  void load(Tensor parameter) {
    requireShape(parameter);
    SGDVector[] rows = rows(parameter);
    for (int feature = 0, at = 0; feature < features; feature++) {
      for (int output = 0; output < outputs; output++, at++) {
        values[at] = rows[output].get(feature);
      }
    }
  }

  /** Begins at zero, at the one to which every number can be added and stays the same. */
  void clear() {
    Arrays.fill(values, -0.);
  }

  /** The gradient that the optimizer is to get. */
  double[] gradient(Tensor update, double weight) {
    requireShape(update);
    if (gradient == null) {
      gradient = new double[values.length];
    }
    SGDVector[] rows = rows(update);
    if (isDense(update)) {
      for (int feature = 0, at = 0; feature < features; feature++) {
        for (int output = 0; output < outputs; output++, at++) {
          gradient[at] = downhill(rows[output].get(feature), weight, output, feature);
        }
      }
    } else {
      Arrays.fill(gradient, 0.);
      for (int output = 0; output < outputs; output++) {
        for (VectorTuple element : rows[output]) {
          gradient[element.index * outputs + output] =
              downhill(element.value, weight, output, element.index);
        }
      }
    }
    return gradient;
  }

  private double downhill(double uphill, double weight, int output, int feature) {
    double downhill = -(weight * uphill);
    if (!Double.isFinite(downhill)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "gradient of %s must be finite, got %s times weight %s for output %d and feature %d",
              name,
              uphill,
              weight,
              output,
              feature));
    }
    return downhill;
  }

  // ---- Out ------------------------------------------------------------------------------------

  /**
   * What the step has done.
   *
   * @param update the gradient, which is overwritten if it is dense
   * @param before the parameters, or null where the step began at zero
   */
  Tensor difference(Tensor update, Tensor before) {
    Tensor difference = isDense(update) ? update : dense();
    SGDVector[] rows = rows(difference);
    SGDVector[] rowsBefore = before == null ? null : rows(before);
    for (int feature = 0, at = 0; feature < features; feature++) {
      for (int output = 0; output < outputs; output++, at++) {
        double old = rowsBefore == null ? 0. : rowsBefore[output].get(feature);
        rows[output].set(feature, values[at] - old);
      }
    }
    return difference;
  }

  private Tensor dense() {
    if (dense == null) {
      dense = shape.length == 1 ? new DenseVector(features) : new DenseMatrix(outputs, features);
    }
    return dense;
  }

  /** Gives the parameters back. */
  void store(Tensor parameter) {
    SGDVector[] rows = rows(parameter);
    for (int feature = 0, at = 0; feature < features; feature++) {
      for (int output = 0; output < outputs; output++, at++) {
        rows[output].set(feature, values[at]);
      }
    }
  }

  // ---- Tribuo's tensors -------------------------------------------------------------------------

  private static boolean isDense(Tensor tensor) {
    return tensor instanceof DenseMatrix || tensor instanceof DenseVector;
  }

  /** The rows of a matrix as it holds them, or a vector as the only one. */
  private SGDVector[] rows(Tensor tensor) {
    if (tensor instanceof SGDVector) {
      return new SGDVector[] {(SGDVector) tensor};
    }
    SGDVector[] rows = new SGDVector[outputs];
    for (int output = 0; output < outputs; output++) {
      rows[output] = ((Matrix) tensor).getRow(output);
    }
    return rows;
  }

  private void requireKnown(Tensor tensor) {
    if (!isDense(tensor)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be a DenseVector or a DenseMatrix, got %s",
              name,
              tensor == null ? "null" : tensor.getClass().getName()));
    }
  }

  private void requireShape(Tensor tensor) {
    boolean known = tensor instanceof Matrix || tensor instanceof SGDVector;
    if (!known || !Arrays.equals(tensor.getShape(), shape)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "gradient of %s must be a vector or matrix of shape %s, got %s",
              name,
              Arrays.toString(shape),
              tensor == null
                  ? "null"
                  : tensor.getClass().getSimpleName() + Arrays.toString(tensor.getShape())));
    }
  }
}
