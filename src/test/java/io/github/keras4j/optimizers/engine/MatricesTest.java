package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of matrices, against sums without rounding. */
class MatricesTest {
  /** Whole numbers, so that no sum is rounded; sizes next to the sizes of panels. */
  @ParameterizedTest
  @CsvSource({
    "2, 3, 1",
    "2, 3, 2",
    "2, 60, 7",
    "4, 63, 511",
    "6, 57, 512",
    "8, 120, 513",
    "50, 123, 1030"
  })
  void addEveryTermOnce(int rows, int inner, int columns) {
    Random random = new Random(rows + inner);
    double[][] a = matrix(rows, inner, () -> random.nextInt(19) - 9);
    double[][] b = matrix(inner, columns, () -> random.nextInt(19) - 9);
    double[][] c = matrix(rows, columns, () -> Double.NaN);

    Matrices.multiply(3., a, b, c, inner, 0, rows, 0, columns);

    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double expected = 0.;
        for (int k = 0; k < inner; k++) {
          expected += 3. * a[i][k] * b[k][j];
        }
        assertThat(c[i][j]).as("row %s, column %s", i, j).isEqualTo(expected);
      }
    }
  }

  /** No sum is off by more than its additions: one for three terms, and two within the three. */
  @ParameterizedTest
  @CsvSource({"2, 3, 3", "4, 33, 9", "6, 123, 17"})
  void roundTermsAsWrittenAndSumsHardly(int rows, int inner, int columns) {
    Random random = new Random(inner);
    double[][] a = matrix(rows, inner, random::nextGaussian);
    double[][] b = matrix(inner, columns, random::nextGaussian);
    double[][] c = new double[rows][columns];

    Matrices.multiply(0.7, a, b, c, inner, 0, rows, 0, columns);

    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        BigDecimal sum = BigDecimal.ZERO;
        double magnitude = 0.;
        for (int k = 0; k < inner; k++) {
          double term = (0.7 * a[i][k]) * b[k][j];
          sum = sum.add(new BigDecimal(term));
          magnitude += Math.abs(term);
        }
        double additions = inner / 3 + 2;
        assertThat(c[i][j]).isCloseTo(sum.doubleValue(), within(additions * 0x1p-53 * magnitude));
      }
    }
  }

  @Test
  void giveTheSameBitsInPieces() {
    Random random = new Random(3);
    double[][] a = matrix(20, 123, random::nextGaussian);
    double[][] b = matrix(123, 1030, random::nextGaussian);
    double[][] whole = new double[20][1030];
    double[][] pieces = new double[20][1030];

    Matrices.multiply(1.1, a, b, whole, 123, 0, 20, 0, 1030);
    int[] rows = {0, 2, 12, 20};
    int[] columns = {0, 1, 9, 500, 1013, 1030};
    for (int i = 0; i < rows.length - 1; i++) {
      for (int j = 0; j < columns.length - 1; j++) {
        Matrices.multiply(1.1, a, b, pieces, 123, rows[i], rows[i + 1], columns[j], columns[j + 1]);
      }
    }

    assertThat(pieces).isDeepEqualTo(whole);
  }

  @Test
  void leaveOtherRowsAndColumnsAlone() {
    double[][] ones = matrix(6, 6, () -> 1.);
    double[][] c = matrix(6, 6, () -> 5.);

    Matrices.multiply(1., ones, ones, c, 6, 2, 4, 1, 4);

    assertThat(c)
        .isDeepEqualTo(
            new double[][] {
              {5., 5., 5., 5., 5., 5.},
              {5., 5., 5., 5., 5., 5.},
              {5., 6., 6., 6., 5., 5.},
              {5., 6., 6., 6., 5., 5.},
              {5., 5., 5., 5., 5., 5.},
              {5., 5., 5., 5., 5., 5.}
            });
  }

  @Test
  void areAddedScaled() {
    double[][] a = {{1., 2., 3.}, {0.1, 0.2, 0.3}, {1., 2., 3.}};
    double[][] c = {{0., 0., 0.}, {10., 20., 30.}, {0., 0., 0.}};

    Matrices.addScaled(0.3, a, c, 1, 2, 2);

    assertThat(c)
        .isDeepEqualTo(
            new double[][] {{0., 0., 0.}, {0.3 * 0.1 + 10., 0.3 * 0.2 + 20., 30.}, {0., 0., 0.}});
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 5", "15, 17", "16, 16", "33, 40"})
  void areTransposed(int rows, int columns) {
    Random random = new Random(rows);
    double[][] a = matrix(rows, columns, random::nextGaussian);
    double[][] b = new double[columns][rows];

    Matrices.transpose(a, b, 0, rows, 0, columns);

    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        assertThat(b[j][i]).isEqualTo(a[i][j]);
      }
    }
  }

  @Test
  void areTransposedInPart() {
    double[][] b = new double[3][3];

    Matrices.transpose(new double[][] {{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}}, b, 1, 2, 1, 3);

    assertThat(b).isDeepEqualTo(new double[][] {{0., 0., 0.}, {0., 5., 0.}, {0., 6., 0.}});
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 6", "6, 6", "7, 12", "2147483640, 2147483640"})
  void haveSidesOfMultiplesOfSix(int length, int padded) {
    assertThat(Matrices.padded(length)).isEqualTo(padded);
  }

  @ParameterizedTest
  @CsvSource({"0, 6", "6, 6", "7, 14", "8, 14", "14, 14", "1024, 1030"})
  void haveRowsThatFillCacheLines(int columns, int length) {
    assertThat(Matrices.room(new double[0][], 2, columns)).hasDimensions(2, length);
  }

  @Test
  void keepTheRoomTheyHave() {
    double[][] room = Matrices.room(new double[0][], 3, 20);
    double[][] rows = room.clone();

    assertThat(Matrices.room(room, 2, 12)).isSameAs(room);
    double[][] longer = Matrices.room(room, 4, 20);
    assertThat(longer).hasDimensions(4, 22);
    assertThat(longer[2]).isSameAs(rows[2]);
    assertThat(Matrices.room(room, 1, 30)).isSameAs(room);
    assertThat(room[0]).hasSize(30);
    assertThat(room[1]).isSameAs(rows[1]);
  }

  private static double[][] matrix(int rows, int columns, DoubleSupplier element) {
    double[][] matrix = new double[rows][columns];
    for (double[] row : matrix) {
      Arrays.setAll(row, j -> element.getAsDouble());
    }
    return matrix;
  }
}
