package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows within an accumulation add like the dense gradient; lazy rows are rejected. */
class RowsAccumulationTest {
  static Stream<Row> rowsThatAccumulate() {
    return OptimizerTable.elementwiseRows().filter(row -> !row.takesLazyRows());
  }

  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void rejectsLazyRowsAndChangesNothing(Row row) {
    Gradient[] one = new Gradient[3];
    one[1] = Gradient.lazyRows(new int[0], new double[0]);
    Training training = new Training(row);
    Training untouched = new Training(row);
    for (int step = 0; step < 2 * period(row) + 1; step++) {
      assertRejected(training, 0, new RandomRows(step).lazyGradients());
      assertRejected(training, 1, one);
      training.assertSameAs(untouched);
      training.run(1).assertSameAs(untouched.run(1));
    }
  }

  private static void assertRejected(Training training, int lazy, Gradient... gradients) {
    assertThatThrownBy(() -> training.optimizer.applyGradients(gradients, training.parameters))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "gradients[%d] must be dense or rows with gradient_accumulation_steps, got lazyRows",
            lazy);
  }

  /** Whatever stands between two calls: nothing, a copy, a checkpoint or a state. */
  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void rowsAddLikeTheDenseGradient(Row row) throws IOException {
    RandomRows random = new RandomRows(11);
    Optimizer byRows = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = SMALL.parameters();
    for (int step = 0; step < 12 * period(row); step++) {
      Gradient[] gradients = gradients(random);
      byRows = continued(random.nextInt(4), byRows, row, parameters);
      byRows.applyGradients(gradients, parameters);
      dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      Bits.assertSame(row + " after " + step, parameters, expected);
      Bits.assertSame(byRows.getState(), dense.getState());
    }
  }

  /** For each tensor rows, perhaps none of them, a dense gradient or null; never null for all. */
  private static Gradient[] gradients(RandomRows random) {
    Gradient[] gradients = RandomRows.exact(random.lazyGradients());
    for (int i = 0; i < gradients.length; i++) {
      switch (random.nextInt(4)) {
        case 0 -> gradients[i] = null;
        case 1 -> gradients[i] = Gradient.rows(new int[0], new double[0]);
        case 2 -> gradients[i] = Gradient.dense(SomeRows.dense(gradients[i], SMALL.lengths()[i]));
        default -> {}
      }
    }
    return Arrays.stream(gradients).allMatch(gradient -> gradient == null)
        ? gradients(random)
        : gradients;
  }

  private static Optimizer continued(int how, Optimizer optimizer, Row row, double[]... parameters)
      throws IOException {
    return switch (how) {
      case 0 -> optimizer.copy();
      case 1 -> {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Checkpoint.write(bytes, optimizer, parameters);
        yield Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray())).optimizer();
      }
      case 2 -> {
        Optimizer restored = SMALL.optimizer(row);
        restored.setState(optimizer.getState());
        yield restored;
      }
      default -> optimizer;
    };
  }

  private static int period(Row row) {
    return (int) row.setting("gradient_accumulation_steps");
  }
}
