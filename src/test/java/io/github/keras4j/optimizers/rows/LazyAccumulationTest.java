package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which rows an accumulation of lazy gradients touches. */
class LazyAccumulationTest {
  /** How far apart two orders of a norm's additions may lead in a step. */
  private static final int ULPS = 8;

  static Stream<Row> rowsThatAccumulate() {
    return OptimizerTable.elementwiseRows().filter(row -> row.has("gradient_accumulation_steps"));
  }

  /** Every call touches others of some rows, and all of them together touch them all. */
  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void anAccumulationTouchesTheRowsOfAllItsCalls(Row row) {
    RandomRows random = new RandomRows(10);
    int period = (int) row.setting("gradient_accumulation_steps");
    SomeRows part = new SomeRows(SMALL.widths(), new int[][] {{11, 3, 0, 8, 5, 2}, {4, 6, 1}, {2}});
    Optimizer lazy = SMALL.optimizer(row);
    Optimizer small = Tables.of(part).optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = part.of(parameters);
    for (int step = 0; step < 5 * period; step++) {
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        int call = step % period;
        int table = i;
        int[] rows =
            IntStream.range(0, part.rows()[i].length)
                .filter(j -> j % period == call || random.nextInt(3) == 0)
                .map(j -> part.rows()[table][j])
                .toArray();
        gradients[i] = Gradient.lazyRows(rows, random.values(rows.length * SMALL.widths()[i]));
      }
      lazy.applyGradients(gradients, parameters);
      small.applyGradients(part.of(SomeRows.dense(gradients, SMALL.lengths())), expected);
      if ((step + 1) % period == 0) {
        int ulps = row.clipsByNorm() ? ULPS : 0;
        Bits.assertWithin(ulps, row + " after " + step, part.of(parameters), expected);
        OptimizerState actual = part.of(lazy.getState(), null);
        small
            .getState()
            .slots()
            .forEach((name, slot) -> Bits.assertWithin(ulps, name, actual.slots().get(name), slot));
      }
    }
    SomeRows rest = part.complement(SMALL.rows());
    Bits.assertSame("elsewhere", rest.of(parameters), rest.of(SMALL.parameters()));
  }

  /** As if the lazy gradients had been dense too. */
  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void anAccumulationWithADenseGradientTouchesEveryRow(Row row) {
    RandomRows random = new RandomRows(11);
    int period = (int) row.setting("gradient_accumulation_steps");
    Optimizer mixed = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = SMALL.parameters();
    for (int step = 0; step < 6 * period; step++) {
      Gradient[] gradients = random.lazyGradients();
      double[][] asDense = SomeRows.dense(gradients, SMALL.lengths());
      boolean whole = step % period == step / period % period;
      for (int i = 0; i < 3; i++) {
        gradients[i] = whole ? Gradient.dense(asDense[i]) : gradients[i];
      }
      mixed.applyGradients(gradients, parameters);
      dense.applyGradients(asDense, expected);
      if ((step + 1) % period == 0) {
        Bits.assertSame(row + " after " + step, parameters, expected);
        Bits.assertSame(mixed.getState(), dense.getState());
      }
    }
  }

  /** Of an accumulation of three calls, two of which have been, over 3 rows of 2 and 4 elements. */
  @ParameterizedTest
  @MethodSource("wrongTouchedRows")
  void refusesAStateWithOtherTouchedRows(List<?> wrong) {
    double[][] parameters = {{1., 2., 3., 4., 5., 6.}, {7., 8., 9., 10.}};
    Gradient[] gradients = {
      Gradient.lazyRows(new int[] {2}, new double[] {1., -1.}), Gradient.dense(new double[4])
    };
    Adam adam = Adam.builder().useEma(true).gradientAccumulationSteps(3).build();
    adam.applyGradients(gradients, parameters);
    adam.applyGradients(gradients, parameters);
    OptimizerState state = adam.getState();
    assertThat(state.config())
        .containsEntry(
            "build_config", Map.of("touched_rows", Arrays.asList(List.of(2L, 2L, 2L), null)));
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    config.put("build_config", Map.of("touched_rows", wrong));
    OptimizerState hostile =
        new OptimizerState(
            state.className(), config, state.iterations(), state.slots(), state.scalars());
    String message =
        "state must have touched_rows of the 2 calls since the last update, and of tensors of"
            + " lengths [6, 4], got others";

    assertThatThrownBy(() -> adam.setState(hostile))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    Bits.assertSame(adam.getState(), state);

    Adam restored = Adam.builder().useEma(true).gradientAccumulationSteps(3).build();
    assertThatThrownBy(() -> restored.setState(hostile)).hasMessage(message);
    assertThat(restored.getState().iterations()).isZero();
  }

  static Stream<List<?>> wrongTouchedRows() {
    return Stream.of(
        List.of(), // of no tensor
        Arrays.asList(List.of(2, 2, 2), null, null),
        List.of(List.of(0, 2, 2), List.of()), // touched by no call
        List.of(List.of(3, 2, 2), List.of()), // by more than there were
        List.of(List.of(Integer.MAX_VALUE, 2, 2), List.of()),
        List.of(List.of(-1, 2, 2), List.of()),
        List.of(List.of(2, 4, 0), List.of()), // 4 does not divide 6
        List.of(List.of(2, -2), List.of()),
        List.of(List.of(2, 0, 0), List.of()), // rows of no elements
        List.of(List.of(2, 2, 3), List.of()), // rows 0 to 2 alone
        List.of(List.of(2, 2, -1), List.of()));
  }

  @Test
  void refusesRowsOfAnotherLengthThanBefore() {
    Adam adam = Adam.builder().gradientAccumulationSteps(2).build();
    double[][] parameters = {new double[12]};
    Gradient[] pairs = {Gradient.lazyRows(new int[] {0}, new double[2])};
    Gradient[] triples = {Gradient.lazyRows(new int[] {0}, new double[3])};
    adam.applyGradients(pairs, parameters);

    assertThatThrownBy(() -> adam.applyGradients(triples, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "gradients[0] must have rows of 2 elements, as before in this accumulation, got 3");

    adam.applyGradients(pairs, parameters);
    adam.applyGradients(triples, parameters);
  }
}
