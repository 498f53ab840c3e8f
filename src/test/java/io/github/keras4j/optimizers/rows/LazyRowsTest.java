package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A lazy step is the dense step over the touched rows alone. */
class LazyRowsTest {
  /** How far apart two orders of a norm's additions may lead in a step. */
  private static final int ULPS = 8;

  private static final int STEPS = 12;

  /** Each step next to a model that consists of the touched rows, from the state before it. */
  @ParameterizedTest
  @MethodSource(OptimizerTable.LAZY_ROWS)
  void aLazyStepIsTheDenseStepOverTheTouchedRows(Row row) {
    RandomRows random = new RandomRows(8);
    Optimizer lazy = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    for (int step = 0; step < STEPS; step++) {
      int[][] touched = new int[3][];
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        touched[i] =
            random.rows(random.nextInt(SMALL.rows()[i]), SMALL.rows()[i]); // some more than once
        double[] values = random.values(touched[i].length * SMALL.widths()[i]);
        gradients[i] = Gradient.lazyRows(touched[i], values);
        touched[i] = Arrays.stream(touched[i]).distinct().toArray();
      }
      SomeRows part = new SomeRows(SMALL.widths(), touched);
      Optimizer small = Tables.of(part).optimizer(row);
      small.setState(part.of(lazy.getState(), small.getState().config().get("build_config")));
      double[][] smallParameters = part.of(parameters);
      double[][] smallGradients = part.of(SomeRows.dense(gradients, SMALL.lengths()));
      double[][] before = Bits.copy(parameters);
      OptimizerState stateBefore = lazy.getState();

      lazy.applyGradients(gradients, parameters);
      if (step == 0) {
        averagesBeginAsParameters(stateBefore, before);
      }
      small.applyGradients(smallGradients, smallParameters);

      int ulps = row.clipsByNorm() ? ULPS : 0;
      String at = row + " after " + step;
      Bits.assertWithin(ulps, at, part.of(parameters), smallParameters);
      OptimizerState expected = small.getState();
      OptimizerState actual = part.of(lazy.getState(), null);
      assertThat(actual.iterations()).isEqualTo(expected.iterations());
      assertThat(actual.scalars()).isEqualTo(expected.scalars());
      expected
          .slots()
          .forEach(
              (name, slot) ->
                  Bits.assertWithin(ulps, at + " " + name, actual.slots().get(name), slot));

      SomeRows rest = part.complement(SMALL.rows());
      Bits.assertSame(at + " elsewhere", rest.of(parameters), rest.of(before));
      OptimizerState untouched = rest.of(lazy.getState(), null);
      boolean known = stateBefore.slots().values().stream().allMatch(slot -> slot.length > 0);
      if (known && (step > 0 || !row.entry().is(Trait.BEGINS_WITH_THE_PARAMETERS))) {
        rest.of(stateBefore, null)
            .slots()
            .forEach((name, slot) -> Bits.assertSame(at, untouched.slots().get(name), slot));
      }
    }
  }

  private static void averagesBeginAsParameters(OptimizerState state, double[][] parameters) {
    double[][] averages = state.slots().get("average");
    for (int i = 0; averages != null && i < averages.length; i++) {
      System.arraycopy(parameters[i], 0, averages[i], 0, parameters[i].length);
    }
  }

  @Test
  void anAverageBeginsAsACopyOfTheParameters() {
    Adam adam = Adam.builder().useEma(true).emaMomentum(0.5).emaOverwriteFrequency(3).build();
    double[][] parameters = {{1., 2., 3., 4.}};
    for (int step = 0; step < 5; step++) {
      adam.applyGradients(
          new Gradient[] {Gradient.lazyRows(new int[] {step % 2}, new double[] {1.})}, parameters);
    }
    adam.finalizeVariableValues(parameters);

    assertThat(parameters[0][0]).isLessThan(1.);
    assertThat(parameters[0][1]).isLessThan(2.);
    assertThat(parameters[0][2]).isEqualTo(3.);
    assertThat(parameters[0][3]).isEqualTo(4.);
  }
}
