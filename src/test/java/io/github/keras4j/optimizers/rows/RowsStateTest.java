package io.github.keras4j.optimizers.rows;

import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A training with gradients of every kind goes on from a checkpoint and from a copy. */
class RowsStateTest {
  private static final int STEPS = 12;

  static Stream<Row> rowsOfTheLibrary() {
    return OptimizerTable.elementwiseRows().filter(row -> row.entry().isOfTheLibrary());
  }

  @ParameterizedTest
  @MethodSource("rowsOfTheLibrary")
  void goesOnFromACheckpointAndACopyBitForBit(Row row) throws IOException {
    Training whole = new Training(row).run(STEPS);
    Training stopped = new Training(row);
    for (int step = 1; step < STEPS; step++) {
      stopped.run(1);
      Training saved = stopped.saved();
      saved.assertSameAs(stopped);
      saved.run(STEPS - step).assertSameAs(whole);
      stopped.copied().run(STEPS - step).assertSameAs(whole);
    }
  }
}
