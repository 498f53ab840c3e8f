package io.github.keras4j.optimizers.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that are rejected, before anything changes. */
class RowsRejectionTest {
  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void rejectsAStepBeforeItChangesAnything(Row row) {
    Training training = new Training(row).run(2);
    Training untouched = new Training(row).run(2);

    for (Map.Entry<String, Gradient[]> rejected :
        rejectedGradients(training.parameters).entrySet()) {
      assertThatThrownBy(
              () -> training.optimizer.applyGradients(rejected.getValue(), training.parameters))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(rejected.getKey());
    }

    training.assertSameAs(untouched);
    training.run(3).assertSameAs(untouched.run(3));
  }

  private static Map<String, Gradient[]> rejectedGradients(double[][] parameters) {
    Gradient[] good = RandomRows.exact(new RandomRows(1).lazyGradients());
    Map<String, Gradient[]> rejected = new LinkedHashMap<>();
    rejected.put("gradients must be an array of gradients, got null", null);
    rejected.put(
        "gradients must hold one for each of the 3 parameters, got 2", Arrays.copyOf(good, 2));
    rejected.put(
        "gradients[1] must have the 7 elements of parameters[1], got 6",
        replaced(good, 1, Gradient.dense(new double[6])));
    rejected.put(
        "gradients[2] must not be a parameter, got the array of parameters[0]",
        replaced(good, 2, Gradient.lazyRows(new int[48], parameters[0])));
    rejected.put(
        "gradients[1] must not be a parameter, got the array of parameters[1]",
        replaced(good, 1, Gradient.dense(parameters[1])));
    rejected.put(
        "rows[1] of gradients[0] must be one of the 12 rows of parameters[0], from 0, got 12",
        replaced(good, 0, Gradient.rows(new int[] {11, 12}, new double[8])));
    rejected.put(
        "rows[0] of gradients[0] must be one of the 12 rows of parameters[0], from 0, got -1",
        replaced(good, 0, Gradient.lazyRows(new int[] {-1}, new double[4])));
    rejected.put(
        "gradients[0] must have rows of a length that divides the 48 elements of parameters[0],"
            + " got 5",
        replaced(good, 0, Gradient.lazyRows(new int[] {0}, new double[5])));
    return rejected;
  }

  private static Gradient[] replaced(Gradient[] gradients, int tensor, Gradient by) {
    Gradient[] replaced = gradients.clone();
    replaced[tensor] = by;
    return replaced;
  }

  @ParameterizedTest
  @MethodSource("rowsThatAreFinite")
  void rejectsRowsThatAreNotFiniteWhereAsked(Row row) {
    double[][] parameters = {{1., 2., 3., 4.}};
    Optimizer optimizer = row.entry().optimizer(Map.of("error_if_non_finite", true), 4);
    Gradient[] gradients = {Gradient.rows(new int[] {1}, new double[] {0., Double.NaN})};

    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0][1] must be finite, got NaN");

    assertThat(parameters[0]).containsExactly(1., 2., 3., 4.);
    assertThat(optimizer.getIterations()).isZero();
  }

  /** What a rejected call has added up stays in the sums, for the next call to pass over. */
  @ParameterizedTest
  @MethodSource("rowsThatAreFinite")
  void rejectsRowsThatAddUpToInfinityWhereAsked(Row row) {
    int[] twice = {0, 1, 0};
    double[] values = {Double.MAX_VALUE, 1., 1., 1., Double.MAX_VALUE, 1.};
    Gradient[] overflowing = {Gradient.rows(twice, values), Gradient.lazyRows(twice, values)};
    Gradient[] finite = {
      Gradient.lazyRows(new int[] {1}, new double[] {0.5, -0.5}),
      Gradient.rows(new int[] {1, 1}, new double[] {0.1, 0.2, 0.3, 0.4}),
      Gradient.lazyRows(new int[] {0}, new double[] {0.3, 0.}),
      Gradient.rows(new int[] {2}, new double[] {1e200, 1.}), // whose square is infinite
      Gradient.lazyRows(new int[0], new double[0]),
      Gradient.dense(new double[] {0.1, 0.2, 0.3, 0.4, 0.5, 0.6})
    };
    double[][] parameters = {{1., 2., 3., 4., 5., 6.}};
    double[][] expected = Bits.copy(parameters);
    Optimizer optimizer = row.entry().optimizer(Map.of("error_if_non_finite", true), 6);
    Optimizer other = row.entry().optimizer(Map.of("error_if_non_finite", true), 6);
    for (Gradient first : overflowing) {
      for (Gradient next : finite) {
        assertThatThrownBy(() -> optimizer.applyGradients(new Gradient[] {first}, parameters))
            .isExactlyInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "rows of gradients[0] must add up to finite numbers, got for element 0 Infinity");
        optimizer.applyGradients(new Gradient[] {next}, parameters);
        other.applyGradients(new Gradient[] {next}, expected);
        Bits.assertSame(first + ", then " + next, parameters, expected);
        Bits.assertSame(optimizer.getState(), other.getState());
      }
    }
  }

  static Stream<Row> rowsThatAreFinite() {
    return OptimizerTable.elementwiseRows().filter(row -> row.config().isEmpty());
  }

  static Stream<Entry> optimizersOfWholeTensors() {
    return OptimizerTable.optimizers().filter(entry -> entry.is(Trait.SUMS_OVER_ELEMENTS));
  }

  @ParameterizedTest
  @MethodSource("optimizersOfWholeTensors")
  void optimizersOfWholeTensorsRejectRowsByName(Entry entry) {
    Optimizer optimizer = entry.optimizer(Map.of(), 4);
    assertThat(optimizer.takesRows()).isFalse();
    double[][] parameters = {{1., 2., 3., 4.}};
    Gradient[] gradients = {Gradient.lazyRows(new int[] {1}, new double[2])};

    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            optimizer.getClass().getSimpleName()
                + " takes dense gradients alone, got rows in gradients[0]");
    assertThat(optimizer.getIterations()).isZero();
  }

  @Test
  void rejectsRowsOfAnotherLengthThanTold() {
    double[][] parameters = {new double[12]};
    Gradient[] triples = {Gradient.lazyRows(new int[] {0}, new double[3])};
    Adam told = new Adam();
    told.build(TensorSpec.of("table", 3, 2, 2));
    assertThatThrownBy(() -> told.applyGradients(triples, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0] must have rows of 4 elements, as its spec has it, got 3");
  }
}
