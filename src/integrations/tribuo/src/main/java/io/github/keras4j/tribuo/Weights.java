package io.github.keras4j.tribuo;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseSparseMatrix;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.Matrix;
import org.tribuo.math.la.SGDVector;
import org.tribuo.math.la.SparseVector;
import org.tribuo.math.la.Tensor;
import org.tribuo.math.la.VectorTuple;

/**
 * One tensor of the parameters as an array for the optimizer: features first, as in Keras, so that
 * the weights of a feature are a row. A vector is a matrix of one output.
 */
final class Weights {
  /** What the optimizer gets where a gradient is sparse. */
  enum Sparse {
    /** All of it. */
    DENSE,
    /** Rows, where it moves no others. */
    ROWS,
    /** Lazy rows. */
    LAZY_ROWS
  }

  private final String name;
  private final Sparse sparse;
  private final int[] shape;
  private final int outputs;
  private final int features;
  private final double[] values;
  private boolean loaded;
  private double[] gradient; // where it is dense
  private TouchedFeatures featuresOfGradient; // where it is given by rows
  private int[] touched; // the features that the step moves, in order; null for all
  private Tensor dense; // the difference where the gradient is sparse and the step moves all

  Weights(String name, Tensor tensor, Sparse sparse) {
    this.name = name;
    this.sparse = sparse;
    if (!isDense(tensor)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be a DenseVector or a DenseMatrix, got %s",
              name,
              tensor == null ? "null" : tensor.getClass().getName()));
    }
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

  /** What the optimizer steps on. */
  double[] values() {
    return values;
  }

  // ---- The gradient -----------------------------------------------------------------------------

  /** What the optimizer is to get. */
  Gradient gradient(Tensor update, double weight) {
    requireShape("gradient of " + name, update);
    touched = null;
    if (isDense(update) || sparse == Sparse.DENSE) {
      return Gradient.dense(denseGradient(update, weight));
    }
    return rowGradient(update, weight);
  }

  private double[] denseGradient(Tensor update, double weight) {
    if (gradient == null) {
      gradient = new double[values.length];
    }
    if (isDense(update)) {
      DenseVector[] rows = denseRows(update);
      for (int feature = 0, at = 0; feature < features; feature++) {
        for (int output = 0; output < outputs; output++, at++) {
          gradient[at] = downhill(rows[output].get(feature), weight, output, feature);
        }
      }
    } else {
      SGDVector[] rows = rows(update);
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

  private Gradient rowGradient(Tensor update, double weight) {
    if (featuresOfGradient == null) {
      featuresOfGradient = new TouchedFeatures(features);
    }
    SGDVector[] rows = rows(update);
    featuresOfGradient.find(rows);
    try {
      int[] found = featuresOfGradient.inOrder();
      double[] byRow = new double[found.length * outputs];
      for (int output = 0; output < outputs; output++) {
        for (VectorTuple element : rows[output]) {
          byRow[featuresOfGradient.placeOf(element.index) * outputs + output] =
              downhill(element.value, weight, output, element.index);
        }
      }
      touched = found;
      return sparse == Sparse.ROWS ? Gradient.rows(found, byRow) : Gradient.lazyRows(found, byRow);
    } finally {
      featuresOfGradient.forget();
    }
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

  // ---- The step ---------------------------------------------------------------------------------

  /** Takes over the parameters that the step may move; all of them before the first step. */
  void load(Tensor parameter) {
    requireShape(name, parameter);
    DenseVector[] rows = denseRows(parameter);
    if (touched == null || !loaded) {
      for (int feature = 0; feature < features; feature++) {
        loadFeature(feature, rows);
      }
      loaded = true;
    } else {
      for (int feature : touched) {
        loadFeature(feature, rows);
      }
    }
  }

  private void loadFeature(int feature, DenseVector... rows) {
    for (int output = 0; output < outputs; output++) {
      values[feature * outputs + output] = rows[output].get(feature);
    }
  }

  /** Begins at zero, at the one to which every number can be added and stays the same. */
  void clear() {
    if (touched == null) {
      Arrays.fill(values, -0.);
    } else {
      for (int feature : touched) {
        Arrays.fill(values, feature * outputs, (feature + 1) * outputs, -0.);
      }
    }
  }

  /**
   * What the step has done, written over its gradient where that is dense. The parameters before
   * are null where the step began at zero.
   */
  Tensor difference(Tensor update, Tensor before) {
    DenseVector[] old = before == null ? null : denseRows(before);
    if (touched != null) {
      return sparseDifference(old);
    }
    Tensor difference = isDense(update) ? update : denseDifference();
    DenseVector[] rows = denseRows(difference);
    for (int feature = 0; feature < features; feature++) {
      for (int output = 0; output < outputs; output++) {
        rows[output].set(feature, difference(feature, output, old));
      }
    }
    return difference;
  }

  private double difference(int feature, int output, DenseVector... old) {
    double value = values[feature * outputs + output];
    return old == null ? value : value - old[output].get(feature);
  }

  private Tensor sparseDifference(DenseVector... old) {
    List<SparseVector> rows = new ArrayList<>(outputs);
    for (int output = 0; output < outputs; output++) {
      SparseVector row = new SparseVector(features, touched, 0.);
      for (int feature : touched) {
        row.set(feature, difference(feature, output, old));
      }
      rows.add(row);
    }
    return shape.length == 1 ? rows.get(0) : new DenseSparseMatrix(rows);
  }

  private Tensor denseDifference() {
    if (dense == null) {
      dense = shape.length == 1 ? new DenseVector(features) : new DenseMatrix(outputs, features);
    }
    return dense;
  }

  /** Takes over all parameters. */
  void loadAll(Tensor parameter) {
    touched = null;
    load(parameter);
  }

  /** Gives all parameters back. */
  void storeAll(Tensor parameter) {
    DenseVector[] rows = denseRows(parameter);
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
    SGDVector[] rows = new SGDVector[outputs];
    for (int output = 0; output < outputs; output++) {
      rows[output] =
          tensor instanceof Matrix ? ((Matrix) tensor).getRow(output) : (SGDVector) tensor;
    }
    return rows;
  }

  /** Likewise, of a class that the compiler knows: this is faster where they are whole. */
  private DenseVector[] denseRows(Tensor tensor) {
    DenseVector[] rows = new DenseVector[outputs];
    for (int output = 0; output < outputs; output++) {
      rows[output] =
          tensor instanceof DenseMatrix
              ? ((DenseMatrix) tensor).getRow(output)
              : (DenseVector) tensor;
    }
    return rows;
  }

  private void requireShape(String what, Tensor tensor) {
    boolean known = tensor instanceof Matrix || tensor instanceof SGDVector;
    if (!known || !Arrays.equals(tensor.getShape(), shape)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be a vector or matrix of shape %s, got %s",
              what,
              Arrays.toString(shape),
              tensor == null
                  ? "null"
                  : tensor.getClass().getSimpleName() + Arrays.toString(tensor.getShape())));
    }
  }
}
