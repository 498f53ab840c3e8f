package io.github.keras4j.spark;

import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/** The numbers of a vector that are stored: of a dense one all, of a sparse one some. */
record Features(int[] indices, double[] values) {
  static Features of(Vector vector) {
    return vector instanceof SparseVector sparse
        ? new Features(sparse.indices(), sparse.values())
        : new Features(null, vector.toArray()); // a dense vector's own array
  }

  int count() {
    return values.length;
  }

  int index(int k) {
    return indices == null ? k : indices[k];
  }

  double value(int k) {
    return values[k];
  }

  double dot(double[] weights) {
    double sum = 0.;
    for (int k = 0; k < count(); k++) {
      sum += weights[index(k)] * value(k);
    }
    return sum;
  }
}
