package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizers that have parts of one model make its steps together. */
class SumsOfSquaresTest {
  private static final int STEPS = 4;
  private static final int ULPS = 8;

  /** The same names in both parts. */
  private static final int[] FIRST = {6, 3};

  private static final int[] SECOND = {8, 5};

  static Stream<Row> rows() {
    return OptimizerTable.rows()
        .filter(row -> !row.entry().is(Trait.CONSISTS_OF_OTHERS))
        .filter(row -> !row.has("gradient_accumulation_steps"));
  }

  static Stream<Row> elementwiseRows() {
    return rows()
        .filter(row -> !row.entry().is(Trait.SUMS_OVER_ELEMENTS))
        .filter(row -> !row.entry().is(Trait.NEEDS_BUILD));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void makesTheStepsOfAWholeModel(Row row) {
    Optimizer whole = row.optimizer(6, 3, 8, 5);
    Optimizer[] parts = {row.optimizer(FIRST), row.optimizer(SECOND)};
    double[][] expected = Bits.normal(1, 6, 3, 8, 5);
    double[][] parameters = Bits.copy(expected);
    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = Bits.normal(10 + step, 6, 3, 8, 5);
      whole.applyGradients(gradients, expected);
      makeStep(
          row,
          parts,
          new double[][][] {half(gradients, 0), half(gradients, 1)},
          new double[][][] {half(parameters, 0), half(parameters, 1)},
          row.has("clipnorm") && row.entry().isOf(Generation.KERAS_3)
              ? (first, second) -> new double[][] {first, second}
              : SumsOfSquaresTest::sum);
    }
    Bits.assertWithin(hasNorm(row) ? ULPS : 0, row.toString(), parameters, expected);
  }

  private static double[][] half(double[][] tensors, int number) {
    return Arrays.copyOfRange(tensors, 2 * number, 2 * number + 2); // the arrays themselves
  }

  @ParameterizedTest
  @MethodSource("elementwiseRows")
  void makesTheStepsOfTensorsInSlices(Row row) {
    Optimizer whole = row.optimizer(14, 7);
    Optimizer[] parts = {row.optimizer(8, 3), row.optimizer(6, 4)};
    double[][] expected = Bits.normal(1, 14, 7);
    double[][][] slices = {slice(expected, 0), slice(expected, 1)};
    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = Bits.normal(10 + step, 14, 7);
      whole.applyGradients(gradients, expected);
      makeStep(
          row,
          parts,
          new double[][][] {slice(gradients, 0), slice(gradients, 1)},
          slices,
          SumsOfSquaresTest::sum);
    }
    for (int part = 0; part < 2; part++) {
      Bits.assertWithin(
          hasNorm(row) ? ULPS : 0, row.toString(), slices[part], slice(expected, part));
    }
  }

  private static double[][] slice(double[][] tensors, int number) {
    return number == 0
        ? new double[][] {Arrays.copyOf(tensors[0], 8), Arrays.copyOf(tensors[1], 3)}
        : new double[][] {
          Arrays.copyOfRange(tensors[0], 8, 14), Arrays.copyOfRange(tensors[1], 3, 7)
        };
  }

  private static boolean hasNorm(Row row) {
    return row.has("clipnorm") || row.has("global_clipnorm");
  }

  /** What each part is given, from what each part has. */
  private interface Exchange {
    double[][] of(double[] first, double[] second);
  }

  /** Sums over both parts. */
  private static double[][] sum(double[] first, double[] second) {
    double[] sum =
        IntStream.range(0, first.length).mapToDouble(i -> first[i] + second[i]).toArray();
    return new double[][] {sum, sum};
  }

  private static void makeStep(
      Row row,
      Optimizer[] parts,
      double[][][] gradients,
      double[][][] parameters,
      Exchange exchange) {
    double[] first = sums(parts[0], gradients[0], parameters[0]);
    double[] second = sums(parts[1], gradients[1], parameters[1]);
    assertThat(first.length > 0).as("a norm clips").isEqualTo(hasNorm(row));
    double[][] given = exchange.of(first, second);
    for (int part = 0; part < 2; part++) {
      parts[part].applyGradients(dense(gradients[part]), parameters[part], given[part]);
    }
  }

  /** The sums, after which nothing is changed. */
  private static double[] sums(Optimizer part, double[][] gradients, double[][] parameters) {
    OptimizerState state = part.getState();
    double[][] before = Bits.copy(parameters);
    double[] sums = part.sumsOfSquares(dense(gradients), parameters);
    Bits.assertSame("parameters", parameters, before);
    Bits.assertSame(part.getState(), state);
    return sums;
  }

  private static Gradient[] dense(double[][] gradients) {
    return Arrays.stream(gradients).map(Gradient::dense).toArray(Gradient[]::new);
  }

  @Test
  void takesGradientsByRowsToo() {
    for (String name : List.of("adam", "keras3.adam")) {
      Optimizer optimizer =
          Optimizers.deserialize(Map.of("class_name", name, "config", Map.of("clipnorm", 1.)));
      Gradient[] gradients = {Gradient.lazyRows(new int[] {2, 2}, new double[] {1., 2., 3., 4.})};
      double[][] parameters = {new double[6]};
      assertThat(optimizer.sumsOfSquares(gradients, parameters))
          .as(name)
          .containsExactly(4. * 4. + 6. * 6.);
      optimizer.applyGradients(gradients, parameters, new double[] {208.});
      assertThat(optimizer.getIterations()).isOne();
      assertThat(parameters[0]).startsWith(0., 0., 0., 0.).doesNotContain(Double.NaN);
    }
  }

  @Test
  void rejectsSumsThatAreNone() {
    Optimizer optimizer = Adam.builder().clipnorm(1.).build();
    assertRejected(optimizer, null, "sumsOfSquares must be an array of sums, got null");
    assertRejected(optimizer, new double[2], "sumsOfSquares must hold 1 sums, got 2");
    assertRejected(optimizer, new double[] {-1.}, "sumsOfSquares[0] must be at least 0, got -1.0");
    assertRejected(new Adam(), new double[1], "sumsOfSquares must hold 0 sums, got 1");
  }

  private static void assertRejected(Optimizer optimizer, double[] sums, String message) {
    OptimizerState state = optimizer.getState();
    double[][] parameters = {{0.5}};
    Gradient[] gradients = {Gradient.dense(new double[] {2.})};
    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters, sums))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(parameters[0][0]).isEqualTo(0.5);
    Bits.assertSame(optimizer.getState(), state);
  }

  @Test
  void rejectsOptimizersWhoseNormIsNotThatOfOneCall() {
    MultiOptimizer multi = MultiOptimizer.builder().otherwise(new AdamW()).build();
    multi.build(TensorSpec.of("x", 1));
    Optimizer accumulating =
        AdamW.builder().gradientAccumulationSteps(2).globalClipnorm(1.).build();
    Gradient[] gradients = {Gradient.dense(new double[] {2.})};
    double[][] parameters = {{0.5}};
    String rejected = "sumsOfSquares needs ";
    for (Optimizer optimizer : List.of(multi, accumulating)) {
      assertThatThrownBy(() -> optimizer.sumsOfSquares(gradients, parameters))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(rejected);
      assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters, new double[1]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(rejected);
      assertThat(optimizer.getIterations()).isZero();
      assertThat(parameters[0]).containsExactly(0.5);
    }
  }
}
