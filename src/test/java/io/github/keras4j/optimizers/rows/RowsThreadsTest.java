package io.github.keras4j.optimizers.rows;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps by rows give the same bits on any number of threads. */
class RowsThreadsTest {
  /** Enough rows for a step to be shared among threads. */
  private static final Tables LARGE = new Tables(new int[] {2_700, 90}, new int[] {100, 33});

  private static final double[][] PARAMETERS = LARGE.parameters();

  /** Every row of the large tables, in no order, and many of them twice. */
  private static final int[][] ROWS =
      Arrays.stream(LARGE.rows())
          .mapToObj(rows -> IntStream.range(0, 3 * rows / 2).map(i -> (i * 7 + 5) % rows).toArray())
          .toArray(int[][]::new);

  private static final double[][] VALUES =
      Bits.normal(2, IntStream.range(0, 2).map(i -> ROWS[i].length * LARGE.widths()[i]).toArray());

  private static final double[][] DENSE =
      IntStream.range(0, 2)
          .mapToObj(i -> SomeRows.dense(Gradient.rows(ROWS[i], VALUES[i]), LARGE.lengths()[i]))
          .toArray(double[][]::new);

  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void anyNumberOfThreadsGivesTheBitsOfADenseStep(Row row) {
    double[][] expected = Bits.copy(PARAMETERS);
    Optimizer dense = LARGE.optimizer(row);
    for (int step = 0; step < 3; step++) {
      dense.applyGradients(DENSE, expected);
    }

    Bits.assertWithin(0, row + " by rows", train(row, Gradient::rows, 4), expected);
    if (!row.takesLazyRows()) {
      return;
    }
    double[][] lazy = train(row, Gradient::lazyRows, 1);
    if (!row.clipsByNorm()) {
      Bits.assertWithin(0, row + ", lazy", lazy, expected);
    }
    Bits.assertWithin(0, row + ", lazy", train(row, Gradient::lazyRows, 4), lazy);
  }

  private static double[][] train(
      Row row, BiFunction<int[], double[], Gradient> gradient, int threads) {
    Optimizer optimizer = LARGE.optimizer(row);
    optimizer.setParallelism(threads);
    double[][] parameters = Bits.copy(PARAMETERS);
    Gradient[] gradients = new Gradient[LARGE.rows().length];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = gradient.apply(ROWS[i], VALUES[i]);
    }
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(gradients, parameters);
    }
    return parameters;
  }
}
