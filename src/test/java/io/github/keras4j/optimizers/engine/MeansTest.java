package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Means of rows and columns, against exact sums. */
class MeansTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1, 1, 9",
    "1, 9, 1",
    "2, 3, 2",
    "3, 7, 8",
    "2, 8, 7",
    "1, 17, 23",
    "1, 1000, 1003"
  })
  void areExactToFifteenDigits(int outer, int rows, int columns) {
    double[] x = random(outer * rows * columns);
    double[] ofRows = new double[outer * rows];
    double[] ofColumns = new double[outer * columns];

    Means.ofRows(x, columns, ofRows, 0, outer * rows);
    for (int matrix = 0; matrix < outer; matrix++) {
      Means.ofColumns(x, matrix, rows, columns, ofColumns, 0, columns);
    }

    for (int row = 0; row < ofRows.length; row++) {
      int first = row * columns;
      double expected = mean(columns, j -> x[first + j]);
      assertThat(ofRows[row]).isCloseTo(expected, within(1e-15 * rounding(columns) * expected));
    }
    for (int column = 0; column < ofColumns.length; column++) {
      int first = column / columns * rows * columns + column % columns;
      double expected = mean(rows, i -> x[first + i * columns]);
      assertThat(ofColumns[column]).isCloseTo(expected, within(1e-15 * rounding(rows) * expected));
    }
  }

  /** Eight sums side by side, or eight rows at a time, leave an eighth of the additions. */
  private static double rounding(int count) {
    return 1. + count / 8. / 16.;
  }

  @Test
  void takeEveryElementOnce() {
    double[] x = IntStream.range(0, 2 * 19 * 21).asDoubleStream().toArray();
    double[] ofRows = new double[2 * 19];
    double[] ofColumns = new double[2 * 21];

    Means.ofRows(x, 21, ofRows, 0, 38);
    Means.ofColumns(x, 0, 19, 21, ofColumns, 0, 21);
    Means.ofColumns(x, 1, 19, 21, ofColumns, 0, 21);

    assertThat(ofRows)
        .containsExactly(IntStream.range(0, 38).mapToDouble(i -> i * 21 + 10).toArray());
    assertThat(ofColumns)
        .containsExactly(
            IntStream.range(0, 42).mapToDouble(j -> j / 21 * 399 + 9 * 21 + j % 21).toArray());
  }

  @Test
  void giveTheSameBitsInPieces() {
    double[] x = random(43 * 101);
    double[] ofRows = new double[43];
    double[] ofColumns = new double[101];
    Means.ofRows(x, 101, ofRows, 0, 43);
    Means.ofColumns(x, 0, 43, 101, ofColumns, 0, 101);

    double[] rowsInPieces = new double[43];
    double[] columnsInPieces = new double[101];
    Means.ofRows(x, 101, rowsInPieces, 5, 43);
    Means.ofRows(x, 101, rowsInPieces, 0, 5);
    Means.ofColumns(x, 0, 43, 101, columnsInPieces, 0, 1);
    Means.ofColumns(x, 0, 43, 101, columnsInPieces, 50, 101);
    Means.ofColumns(x, 0, 43, 101, columnsInPieces, 1, 50);

    assertThat(rowsInPieces).containsExactly(ofRows);
    assertThat(columnsInPieces).containsExactly(ofColumns);
  }

  private static double[] random(int length) {
    return new Random(length).doubles(length).toArray();
  }

  private static double mean(int count, IntToDoubleFunction element) {
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < count; i++) {
      sum = sum.add(new BigDecimal(element.applyAsDouble(i)));
    }
    return sum.doubleValue() / count;
  }
}
