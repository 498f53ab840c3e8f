package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.support.Memory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are touched, next to the plainest code for them. */
class TouchedRowsTest {
  /** More rows than a table grows to without being filled again, and rows longer than a block. */
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

  /** Ranges that begin and end at, next to and within rows and blocks. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 1024, 1500})
  void sumsSquaresOfAnyRange(int width) {
    Random random = new Random(width);
    int count = 1 + 5_000 / width;
    int length = count * width;
    TouchedRows touched = new TouchedRows(length);
    for (int call = 0; call < 40; call++) {
      int[] rows = random.ints(1 + random.nextInt(1 + count / 4), 0, count).toArray();
      double[] values = new double[rows.length * width];
      Arrays.setAll(values, i -> random.nextGaussian() * Math.exp(9. * random.nextGaussian()));
      touched.begin(rows, values, true);
      touched.add(1);
      touched.sort();
      for (int range = 0; range < 100; range++) {
        int one = edge(random, width, length);
        int other = edge(random, width, length);
        int from = Math.min(one, other);
        int to = range % 4 == 0 ? Math.min(length, from + 1024) : Math.max(one, other);
        assertThat(touched.sumOfSquares(from, to))
            .as("%s of %d from %d to %d", Arrays.toString(rows), width, from, to)
            .isEqualTo(SumOfSquares.of(touched.sums(), from, to));
      }
      touched.end();
      assertThat(touched.sums()).containsOnly(0.);
    }
  }

  private static int edge(Random random, int width, int length) {
    int near = random.nextBoolean() ? width : 1024;
    int edge = random.nextInt(length / near + 1) * near + random.nextInt(3) - 1;
    return Math.max(0, Math.min(length, edge));
  }

  @Test
  void hasTheSumsOfTheRowsGivenUntilItEnds() {
    TouchedRows touched = new TouchedRows(12);
    touched.begin(new int[] {4, 1, 4}, new double[] {1., 2., 3., 4., 5., 6.}, true);
    touched.add(1);

    assertThat(touched.sums()).containsExactly(0., 0., 3., 4., 0., 0., 0., 0., 6., 8., 0., 0.);
    assertThat(touched.elements()).isEqualTo(4);
    Layout layout = new Layout();
    layout.nextTensor();
    touched.layOut(layout);
    assertThat(IntStream.range(0, layout.parts()).map(layout::from)).containsExactly(8, 2);
    assertThat(IntStream.range(0, layout.parts()).map(layout::to)).containsExactly(10, 4);
    touched.end();
    assertThat(touched.sums()).containsOnly(0.);
  }

  /** Which would cost more than the rows do. */
  @Test
  void clearsWhatItHasWrittenAndNoMore() {
    TouchedRows touched = new TouchedRows(6);
    touched.begin(new int[] {1}, new double[] {1., 2.}, false);
    touched.add(1);
    touched.end();
    assertThat(touched.sums()).containsExactly(0., 0., 1., 2., 0., 0.); // seen by nobody

    touched.begin(new int[] {2}, new double[] {3., 4.}, true);
    touched.add(1);
    assertThat(touched.sums()).containsExactly(0., 0., 0., 0., 3., 4.);
    touched.end();

    touched.sums()[0] = 9.;
    touched.sums()[3] = 8.;
    touched.begin(new int[] {2}, new double[] {3., 4.}, true);
    touched.add(1);
    touched.end();
    touched.begin(new int[] {2}, new double[] {5., 6.}, true);
    touched.add(1);
    assertThat(touched.sums()).containsExactly(9., 0., 0., 8., 5., 6.);
  }

  @Test
  void takesAsManyRowsAsItHasRoomFor() {
    int[] rows = IntStream.range(0, 8).map(row -> 3 * row % 8).toArray();
    double[] values = new Random(8).doubles(8).toArray();
    TouchedRows touched = new TouchedRows(8);
    touched.begin(rows, values, true);
    touched.add(1);
    touched.sort();

    assertThat(touched.sums()).containsExactly(plainSums(rows, values, 8));
    assertThat(touched.sumOfSquares(0, 8)).isEqualTo(SumOfSquares.of(touched.sums(), 0, 8));
    touched.end();
    assertThat(touched.sums()).containsOnly(0.);
  }

  /** Else each of many calls with one more row than before would make new arrays. */
  @Test
  void hasRoomForAsManyRowsAgainOnceItGrows() throws Exception {
    int[] nine = IntStream.range(0, 9).toArray();
    int[] sixteen = IntStream.range(0, 16).toArray();

    long once = Memory.leastAllocatedBytes(() -> begin(nine, nine));
    long more = Memory.leastAllocatedBytes(() -> begin(nine, sixteen));

    assertThat(more).isEqualTo(once);
  }

  private static void begin(int[] first, int[] second) {
    double[] values = new double[16];
    TouchedRows touched = new TouchedRows(16);
    touched.begin(first, values, false);
    touched.begin(second, values, false);
  }

  @Test
  void hasNoRowsBeforeAnyIsGiven() {
    TouchedRows touched = new TouchedRows(6);
    touched.begin(new int[0], new double[0], true);
    touched.add(1);
    touched.sort();

    assertThat(touched.elements()).isZero();
    assertThat(touched.sumOfSquares(0, 6)).isZero();
    assertThat(touched.sums()).containsOnly(0.);
  }

  /** Of rows of half a chunk two are one thread's. */
  @ParameterizedTest
  @CsvSource({"16384, 2, 1", "16384, 3, 2", "32768, 1, 1", "32768, 2, 2", "32769, 2, 2"})
  void sharesRowsAmongThreadsChunkByChunk(int width, int count, int threads) {
    AtomicInteger made = new AtomicInteger();
    ForkJoinPool pool =
        new ForkJoinPool(
            2,
            of -> {
              made.incrementAndGet();
              return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(of);
            },
            null,
            false);
    int[] rows = IntStream.rangeClosed(1, count).map(i -> 1 + i % count).toArray();
    double[] values = new Random(width).doubles((long) count * width).toArray();
    TouchedRows touched = new TouchedRows((count + 1) * width);
    touched.begin(rows, values, true);

    pool.submit(() -> touched.add(2)).join();

    assertThat(touched.sums()).isEqualTo(plainSums(rows, values, (count + 1) * width));
    assertThat(made).hasValue(threads);
    pool.shutdown();
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
