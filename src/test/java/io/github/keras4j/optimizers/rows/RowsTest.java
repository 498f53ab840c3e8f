package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Memory;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Index;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows are the dense gradient with zeros elsewhere, for every optimizer, in every configuration.
 */
class RowsTest {
  private static final int STEPS = 12;

  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void rowsAreTheDenseGradientWithZerosElsewhere(Row row) {
    boolean mayLack = row.entry().isOf(Generation.KERAS_3);
    RandomRows random = new RandomRows(7);
    Optimizer byRows = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = SMALL.parameters();
    for (int step = 0; step < STEPS; step++) {
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        int count = random.nextInt(SMALL.rows()[i]);
        gradients[i] =
            Gradient.rows(
                random.rows(count, SMALL.rows()[i]), random.values(count * SMALL.widths()[i]));
      }
      if (mayLack && step % 4 == 1) {
        gradients[step % 3] = null;
      }
      byRows.applyGradients(gradients, parameters);
      dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      Bits.assertSame(row + " after " + step, parameters, expected);
      Bits.assertSame(byRows.getState(), dense.getState());
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void rowsAreDenseWhereANormIsNoNumberToo(Row row) {
    for (double extreme : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e200}) {
      Gradient[] gradients = RandomRows.exact(new RandomRows(12).lazyGradients());
      gradients[0] = Gradient.rows(new int[] {3}, new double[] {1., extreme, 0., 0.});
      double[][] parameters = SMALL.parameters();
      double[][] expected = SMALL.parameters();
      Optimizer byRows = SMALL.optimizer(row);
      Optimizer dense = SMALL.optimizer(row);
      for (int step = 0; step < 3; step++) {
        byRows.applyGradients(gradients, parameters);
        dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      }
      Bits.assertWithin(0, row + " with " + extreme, parameters, expected);
    }
  }

  /** A product of zero and such a rate is NaN or -0.0, and changes a parameter. */
  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void rowsAreDenseAtARateThatIsNotPositiveAndFinite(Row row) {
    for (double rate :
        new double[] {
          Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.5, -0., 0., Double.MIN_VALUE
        }) {
      LearningRateSchedule schedule = step -> step == 0 ? 0.1 : rate;
      Map<String, Object> config = new LinkedHashMap<>(row.config());
      config.put("learning_rate", schedule);
      Row scheduled = new Row(row.entry(), row + " at " + rate, config, row.excluded());
      assertRowsAreDense(scheduled, SMALL.optimizer(scheduled), SMALL.optimizer(scheduled));
    }
  }

  static Stream<Row> rowsOfKeras3() {
    return OptimizerTable.elementwiseRows().filter(row -> row.entry().isOf(Generation.KERAS_3));
  }

  /** Keras 2.2.4's rates are finite, but may be -0.0. */
  @ParameterizedTest
  @MethodSource("rowsOfKeras2")
  void rowsAreDenseAtARateOfMinusZero(Row row) {
    Optimizer byRows = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    byRows.setLr(-0.);
    dense.setLr(-0.);
    assertRowsAreDense(row, byRows, dense);
  }

  static Stream<Row> rowsOfKeras2() {
    return OptimizerTable.elementwiseRows().filter(row -> row.entry().isOf(Generation.KERAS_2));
  }

  private static void assertRowsAreDense(Row row, Optimizer byRows, Optimizer dense) {
    double[][] parameters = SMALL.parameters();
    for (double[] tensor : parameters) { // so that untouched rows hold zeros of both signs
      Arrays.fill(tensor, 0, tensor.length / 3, -0.);
      tensor[tensor.length - 1] = 0.;
    }
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 5; step++) {
      Gradient[] gradients = RandomRows.exact(new RandomRows(step).lazyGradients());
      byRows.applyGradients(gradients, parameters);
      dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      String at = row + " after " + step;
      Bits.assertWithin(0, at, parameters, expected);
      Bits.assertWithin(0, at, weights(byRows), weights(dense));
    }
  }

  private static double[][] weights(Optimizer optimizer) {
    return optimizer.getWeights().toArray(double[][]::new);
  }

  /** Where nothing has accumulated, a gradient of zero is divided by zero. */
  @ParameterizedTest
  @ValueSource(strings = {"adagrad", "keras3.adagrad"})
  void rowsAreDenseWhereZerosAreNotIgnored(String name) {
    Map<String, Object> config = new LinkedHashMap<>(Map.of("epsilon", 0.));
    if (name.startsWith("keras3")) {
      config.put("initial_accumulator_value", 0.);
    }
    Map<String, Object> serialized = Map.of("class_name", name, "config", config);
    double[][] parameters = {{1., 2., 3.}};

    Optimizers.deserialize(serialized)
        .applyGradients(
            new Gradient[] {Gradient.rows(new int[] {1}, new double[] {0.5})}, parameters);

    double[][] expected = {{1., 2., 3.}};
    Optimizers.deserialize(serialized).applyGradients(new double[][] {{0., 0.5, 0.}}, expected);
    assertThat(expected[0][0]).isNaN();
    Bits.assertWithin(0, name, parameters, expected);
  }

  /** A root that is NaN makes NaN of a parameter by a gradient of zero, too. */
  @ParameterizedTest
  @CsvSource({"adagrad, -1", "adagrad, NaN", "keras3.adagrad, -1", "keras3.adagrad, NaN"})
  void rowsAreDenseWhereAnAccumulatorThatWasRestoredHasNoRoot(String name, double accumulator) {
    Gradient[] rows = {Gradient.rows(new int[] {1}, new double[] {0.5})};
    for (boolean byState : new boolean[] {true, false}) {
      double[][] parameters = {{1., 2., 3.}};
      double[][] expected = {{1., 2., 3.}};
      Optimizer byRows = restored(name, accumulator, byState);
      Optimizer dense = restored(name, accumulator, byState);
      assertThat(byRows.ignoresZeros()).isTrue();
      byRows.applyGradients(rows, parameters);
      dense.applyGradients(new double[][] {{0., 0.5, 0.}}, expected);

      assertThat(expected[0]).contains(Double.NaN, Index.atIndex(2));
      Bits.assertWithin(0, name, parameters, expected);
      Bits.assertWithin(0, name, weights(byRows), weights(dense));
      assertThat(byRows.ignoresZeros()).isFalse();

      byRows.setState(restored(name, 1., byState).getState());
      byRows.applyGradients(rows, new double[][] {{1., 2., 3.}});
      assertThat(byRows.ignoresZeros()).isTrue();
    }
  }

  /** With an accumulator of the third element, by a state or by weights. */
  private static Optimizer restored(String name, double accumulator, boolean byState) {
    Optimizer optimizer = Optimizers.get(name);
    optimizer.applyGradients(new double[][] {{1., 1., 1.}}, new double[][] {{1., 2., 3.}});
    if (byState) {
      OptimizerState state = optimizer.getState();
      state.slots().values().forEach(arrays -> arrays[0][2] = accumulator);
      optimizer.setState(state);
    } else {
      List<double[]> weights = optimizer.getWeights();
      weights.get(weights.size() - 1)[2] = accumulator;
      optimizer.setWeights(weights);
    }
    return optimizer;
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void aStepOnOneThreadAllocatesNothing(Row row) throws Exception {
    Optimizer optimizer = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    Gradient[] lazy = new RandomRows(3).lazyGradients();
    Gradient[] byRows = RandomRows.exact(lazy);
    Runnable steps =
        () -> {
          for (int step = 0; step < 1_000; step++) {
            optimizer.applyGradients(row.takesLazyRows() ? lazy : byRows, parameters);
            optimizer.applyGradients(byRows, parameters);
          }
        };

    // Less than a byte a step: the measuring is in it.
    assertThat(Memory.leastAllocatedBytes(steps)).isLessThan(2_000);
  }
}
