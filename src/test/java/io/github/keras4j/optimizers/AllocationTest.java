package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Memory;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps on one thread make no garbage, whatever the optimizer and its configuration. */
class AllocationTest {
  private static final int STEPS = 2_000;
  private static final int[] LENGTHS = {3, 17, 8};

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void aStepOnOneThreadAllocatesNothing(Row row) throws Exception {
    Optimizer optimizer = row.optimizer(LENGTHS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] gradients = Bits.normal(2, LENGTHS);

    // Less than a byte a step: the measuring is in it.
    assertThat(Memory.leastAllocatedBytes(() -> run(optimizer, gradients, parameters)))
        .isLessThan(STEPS);
  }

  private static void run(Optimizer optimizer, double[][] gradients, double[][] parameters) {
    for (int step = 0; step < STEPS; step++) {
      optimizer.applyGradients(gradients, parameters);
      optimizer.minimize((p, g) -> 0., parameters);
    }
  }
}
