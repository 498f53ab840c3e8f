package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are touched, beside the plainest code for them. */
class TouchedRowsTest {
  /** More rows than a table grows to without being filled anew, and rows longer than a block. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100, 1024, 2500})
  void addsWhatIsGivenInTheOrderGiven(int width) {
    Random random = new Random(width);
    int count = 200_000 / width;
    TouchedRows touched = new TouchedRows(count * width);
    for (int call = 0; call < 6; call++) {
      int[] rows = random.ints(1 + random.nextInt(2 * count), 0, count).toArray();
      double[] values = random.doubles(rows.length * (long) width).toArray();
      double[] expected = plainSums(rows, values, count * width);
      int distinct = (int) Arrays.stream(rows).distinct().count();

      touched.begin(rows, values, call % 2 == 0);
      touched.add(2);

      assertThat(touched.elements()).isEqualTo((long) distinct * width);
      assertThat(Arrays.stream(rows))
          .allMatch(row -> sameRow(touched.sums(), expected, row, width));
      if (call % 2 == 0) {
        assertThat(touched.sums()).isEqualTo(expected);
      }
      touched.end();
    }
  }

  private static double[] plainSums(int[] rows, double[] values, int length) {
    int width = values.length / rows.length;
    double[] sums = new double[length];
    for (int i = 0; i < values.length; i++) {
      sums[rows[i / width] * width + i % width] += values[i];
    }
    return sums;
  }

  private static boolean sameRow(double[] actual, double[] expected, int row, int width) {
    return Arrays.equals(
        actual, row * width, (row + 1) * width, expected, row * width, (row + 1) * width);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100, 1024, 2500})
  void sumsSquaresAsIfZerosElsewhereWereAdded(int width) {
    Random random = new Random(width);
    int count = 100_000 / width;
    TouchedRows touched = new TouchedRows(count * width);
    for (int call = 0; call < 20; call++) {
      int[] rows = random.ints(1 + random.nextInt(1 + count / 10), 0, count).toArray();
      double[] values = random.doubles(rows.length * (long) width).toArray();
      touched.begin(rows, values, true);
      touched.add(1);
      touched.sort();

      int from = random.nextInt(count * width);
      int to = from + random.nextInt(count * width - from);
      assertThat(touched.sumOfSquares(from, to))
          .isEqualTo(SumOfSquares.of(touched.sums(), from, to));
      assertThat(touched.sumOfSquares(0, count * width))
          .isEqualTo(SumOfSquares.of(touched.sums(), 0, count * width));
      int within = rows[0] * width + width / 2;
      assertThat(touched.sumOfSquares(0, within))
          .isEqualTo(SumOfSquares.of(touched.sums(), 0, within));
      assertThat(touched.sumOfSquares(within, count * width))
          .isEqualTo(SumOfSquares.of(touched.sums(), within, count * width));
      touched.end();
    }
  }

  /** As where the stack was too short for the end of a step. */
  @Test
  void clearsWhatACallHasLeftThatDidNotEnd() {
    TouchedRows touched = new TouchedRows(6);
    touched.begin(new int[] {0, 2}, new double[] {1., 2., 3., 4.}, true);
    touched.add(1);

    touched.begin(new int[] {1}, new double[] {5., 6.}, true);
    touched.add(1);

    assertThat(touched.sums()).containsExactly(0., 0., 5., 6., 0., 0.);
  }
}
