package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import breeze.linalg.DenseMatrix;
import io.github.keras4j.optimizers.SGD;
import org.junit.jupiter.api.Test;

/** What docs/jvm.md says of the array of Breeze's matrices, which Spark brings. */
class BreezeTest {
  private static final double[][] GRADIENTS = {{-1., -2., -3., -4., -5., -6.}};

  @Test
  void isColumnByColumn() {
    double[] array = new double[6];
    DenseMatrix<Object> matrix = new DenseMatrix<>(2, 3, array);
    SGD.builder()
        .lr(1.)
        .build()
        .applyGradients(GRADIENTS, new double[][] {(double[]) matrix.data()});
    assertThat(matrix.data()).isSameAs(array);
    assertThat(matrix.apply(0, 1)).isEqualTo(3.);
    assertThat(matrix.apply(1, 0)).isEqualTo(2.);
  }

  @Test
  void isRowByRowWhereItIsTransposed() {
    double[] array = new double[6];
    DenseMatrix<Object> matrix = new DenseMatrix<>(2, 3, array, 0, 3, true);
    SGD.builder().lr(1.).build().applyGradients(GRADIENTS, new double[][] {array});
    assertThat(matrix.apply(0, 1)).isEqualTo(2.);
    assertThat(matrix.apply(1, 0)).isEqualTo(4.);
  }
}
