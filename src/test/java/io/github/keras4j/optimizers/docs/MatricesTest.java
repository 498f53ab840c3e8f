package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.SGD;
import java.util.function.ToDoubleBiFunction;
import org.ejml.data.DMatrixRMaj;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.jblas.DoubleMatrix;
import org.junit.jupiter.api.Test;
import org.ojalgo.matrix.store.R064Store;

/**
 * What docs/jvm.md says of the arrays of matrices: that a step changes the matrix, and in which
 * order.
 */
class MatricesTest {
  private static final int ROWS = 2;
  private static final int COLUMNS = 3;

  @Test
  void ejmlIsRowByRow() {
    DMatrixRMaj matrix = new DMatrixRMaj(ROWS, COLUMNS);
    step(matrix.data);
    assertRowByRow((row, column) -> matrix.get(row, column));
  }

  @Test
  void ejmlIsLongerThanTheMatrixAfterReshape() {
    DMatrixRMaj matrix = new DMatrixRMaj(ROWS, COLUMNS);
    matrix.reshape(1, COLUMNS);
    assertThat(matrix.data).hasSize(ROWS * COLUMNS);
  }

  @Test
  void jblasIsColumnByColumn() {
    DoubleMatrix matrix = DoubleMatrix.zeros(ROWS, COLUMNS);
    step(matrix.data);
    assertColumnByColumn((row, column) -> matrix.get(row, column));
  }

  @Test
  void hipparchusGivesItsRows() {
    Array2DRowRealMatrix matrix = new Array2DRowRealMatrix(ROWS, COLUMNS);
    double[][] gradients = {{-1., -2., -3.}, {-4., -5., -6.}};
    SGD.builder().lr(1.).build().applyGradients(gradients, matrix.getDataRef());
    assertRowByRow((row, column) -> matrix.getEntry(row, column));
  }

  @Test
  void ojalgoIsColumnByColumn() {
    R064Store matrix = R064Store.FACTORY.make(ROWS, COLUMNS);
    step(matrix.data);
    assertColumnByColumn((row, column) -> matrix.doubleValue(row, column));
  }

  /** Makes 1, 2, 3, 4, 5, 6 of zeros. */
  private static void step(double[] zeros) {
    double[][] gradients = {{-1., -2., -3., -4., -5., -6.}};
    SGD.builder().lr(1.).build().applyGradients(gradients, new double[][] {zeros});
  }

  private static void assertRowByRow(ToDoubleBiFunction<Integer, Integer> matrix) {
    assertElements(matrix, 1., 2., 3., 4., 5., 6.);
  }

  private static void assertColumnByColumn(ToDoubleBiFunction<Integer, Integer> matrix) {
    assertElements(matrix, 1., 3., 5., 2., 4., 6.);
  }

  /** Row by row. */
  private static void assertElements(
      ToDoubleBiFunction<Integer, Integer> matrix, double... elements) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        assertThat(matrix.applyAsDouble(row, column)).isEqualTo(elements[row * COLUMNS + column]);
      }
    }
  }
}
