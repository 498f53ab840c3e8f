package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizers that have parts of one model make its steps together. */
class NormExchangeTest {
  private static final int STEPS = 4;
  private static final int ULPS = 8;

  /** The same names in both parts. */
  private static final int[] FIRST = {6, 3};

  private static final int[] SECOND = {8, 5};

  /** What an exchange throws to find out the sums. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient double[] sums;

    Found(double... sums) {
      this.sums = sums;
    }
  }

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
              : NormExchangeTest::sum);
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
          NormExchangeTest::sum);
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

  /** What each part is answered. */
  private interface Exchange {
    double[][] answers(double[] first, double[] second);
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
    if (!hasNorm(row)) {
      for (int part = 0; part < 2; part++) {
        parts[part].setNormExchange(
            own -> {
              throw new AssertionError("asked where no norm clips");
            });
        parts[part].applyGradients(gradients[part], parameters[part]);
      }
      return;
    }
    double[][] answers =
        exchange.answers(
            findOut(parts[0], gradients[0], parameters[0]),
            findOut(parts[1], gradients[1], parameters[1]));
    for (int part = 0; part < 2; part++) {
      double[] answer = answers[part];
      parts[part].setNormExchange(own -> answer);
      parts[part].applyGradients(gradients[part], parameters[part]);
    }
  }

  /** The sums of a step that is refused, and changes nothing. */
  private static double[] findOut(Optimizer part, double[][] gradients, double[][] parameters) {
    OptimizerState state = part.getState();
    double[][] before = Bits.copy(parameters);
    part.setNormExchange(
        own -> {
          throw new Found(own);
        });
    try {
      part.applyGradients(gradients, parameters);
      throw new AssertionError("not asked where a norm clips");
    } catch (Found found) {
      Bits.assertSame("parameters", parameters, before);
      Bits.assertSame(part.getState(), state);
      return found.sums;
    }
  }

  @Test
  void isAskedWithGradientsByRowsToo() {
    for (String name : List.of("adam", "keras3.adam")) {
      Optimizer optimizer =
          Optimizers.deserialize(Map.of("class_name", name, "config", Map.of("clipnorm", 1.)));
      Gradient[] gradients = {Gradient.lazyRows(new int[] {2, 2}, new double[] {1., 2., 3., 4.})};
      double[][] parameters = {new double[6]};
      double[][] asked = new double[1][];
      optimizer.setNormExchange(
          own -> {
            asked[0] = own;
            return new double[] {4. * own[0]};
          });
      optimizer.applyGradients(gradients, parameters);
      assertThat(asked[0]).as(name).containsExactly(4. * 4. + 6. * 6.);
    }
  }

  @Test
  void belongsToOneObjectAlone() {
    Optimizer optimizer = Adam.builder().clipnorm(1.).build();
    UnaryOperator<double[]> refusing =
        own -> {
          throw new Found(own);
        };
    optimizer.setNormExchange(refusing);
    assertThat(optimizer.getConfig()).isEqualTo(Adam.builder().clipnorm(1.).build().getConfig());
    double[][] gradients = {{2.}};
    double[][] parameters = {{0.}};
    optimizer.copy().applyGradients(gradients, parameters);
    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters))
        .isInstanceOf(Found.class);
    optimizer.setNormExchange(null);
    optimizer.applyGradients(gradients, parameters);
    assertThat(optimizer.getIterations()).isOne();
  }

  @Test
  void refusesAnswersThatAreNoSums() {
    Optimizer optimizer = Adam.builder().clipnorm(1.).build();
    assertRefused(optimizer, own -> null, "norm exchange must answer 1 sums of squares, got null");
    assertRefused(
        optimizer, own -> new double[2], "norm exchange must answer 1 sums of squares, got 2");
    assertRefused(
        optimizer,
        own -> new double[] {-1.},
        "norm exchange must answer sums of squares, got -1.0");
  }

  private static void assertRefused(
      Optimizer optimizer, UnaryOperator<double[]> exchange, String message) {
    optimizer.setNormExchange(exchange);
    OptimizerState state = optimizer.getState();
    double[][] parameters = {{0.5}};
    assertThatThrownBy(() -> optimizer.applyGradients(new double[][] {{2.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    assertThat(parameters[0][0]).isEqualTo(0.5);
    Bits.assertSame(optimizer.getState(), state);
  }

  @Test
  void refusesOptimizersThatWriteBeforeTheyKnowTheNorm() {
    BaseOptimizer adam = io.github.keras4j.optimizers.keras3.Adam.builder().build();
    BaseOptimizer other = io.github.keras4j.optimizers.keras3.Adam.builder().build();
    MultiOptimizer multi = MultiOptimizer.builder().add(".+/kernel", adam).otherwise(other).build();
    BaseOptimizer accumulating =
        io.github.keras4j.optimizers.keras3.Adam.builder().gradientAccumulationSteps(2).build();
    for (Optimizer optimizer : List.of(multi, multi.optimizers().get(0), accumulating)) {
      assertThatThrownBy(() -> optimizer.setNormExchange(own -> own))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "a norm exchange cannot be set on a MultiOptimizer, an optimizer in one, or with"
                  + " gradient_accumulation_steps");
    }
    BaseOptimizer exchanging = io.github.keras4j.optimizers.keras3.Adam.builder().build();
    exchanging.setNormExchange(own -> own);
    assertThatThrownBy(
            () -> MultiOptimizer.builder().add(".+", exchanging).otherwise(accumulating).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer_map[\".+\"] must be without a norm exchange, got one that has it");
  }
}
