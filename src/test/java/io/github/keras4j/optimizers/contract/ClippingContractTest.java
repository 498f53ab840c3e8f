package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How every optimizer clips gradients. */
class ClippingContractTest {
  static Stream<Entry> optimizersOfKeras2() {
    return OptimizerTable.optimizers().filter(entry -> entry.isOf(Generation.KERAS_2));
  }

  static Stream<Entry> optimizersOfKeras3() {
    return OptimizerTable.optimizers().filter(entry -> entry.isOf(Generation.KERAS_3));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void clipsByValueBeforeItUpdates(Entry entry) {
    Optimizer clipping = entry.optimizer(Map.of("clipvalue", 0.5), 2, 1);
    Optimizer plain = entry.optimizer(Map.of(), 2, 1);
    double[][] clipped = {{-3., 4.}, {1.}};
    double[][] expected = Bits.copy(clipped);

    for (int step = 0; step < STEPS; step++) {
      clipping.applyGradients(new double[][] {{-0.7, 0.2}, {9. - step}}, clipped);
      plain.applyGradients(new double[][] {{-0.5, 0.2}, {0.5}}, expected);
    }

    Bits.assertSame("parameters", clipped, expected);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void clipsByTheNormOfAllTensorsTogether(Entry entry) {
    Optimizer clipping = entry.optimizer(Map.of(entry.generation().normOfAll(), 2.), 2, 1);
    Optimizer plain = entry.optimizer(Map.of(), 2, 1);
    double[][] clipped = {{-3., 4.}, {1.}};
    double[][] expected = Bits.copy(clipped);

    // Norms 13, 1 below the limit, and 2 just at it; a power of two, so that Keras 3, which rounds
    // even where it does not clip, has nothing to round.
    clipping.applyGradients(new double[][] {{-3., 4.}, {12.}}, clipped);
    plain.applyGradients(
        new double[][] {{2. / 13. * -3., 2. / 13. * 4.}, {2. / 13. * 12.}}, expected);
    clipping.applyGradients(new double[][] {{0., 0.}, {1.}}, clipped);
    plain.applyGradients(new double[][] {{0., 0.}, {1.}}, expected);
    clipping.applyGradients(new double[][] {{0., -2.}, {0.}}, clipped);
    plain.applyGradients(new double[][] {{0., -2.}, {0.}}, expected);

    Bits.assertSame("parameters", clipped, expected);
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras3")
  void clipsByTheNormOfEachTensor(Entry entry) {
    Optimizer clipping = entry.optimizer(Map.of("clipnorm", 2.), 2, 1);
    Optimizer plain = entry.optimizer(Map.of(), 2, 1);
    double[][] clipped = {{-3., 4.}, {1.}};
    double[][] expected = Bits.copy(clipped);

    clipping.applyGradients(new double[][] {{-5., 12.}, {1.}}, clipped);
    plain.applyGradients(new double[][] {{-10. / 13., 24. / 13.}, {1.}}, expected);

    Bits.assertSame("parameters", clipped, expected);
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras2")
  void clipsByTheNormFirstAndThenByValue(Entry entry) {
    Optimizer clipping = entry.optimizer(Map.of("clipnorm", 2.5, "clipvalue", 1.75));
    Optimizer plain = entry.optimizer(Map.of());
    double[][] clipped = {{-3., 4.}};
    double[][] expected = Bits.copy(clipped);

    clipping.applyGradients(new double[][] {{3., -4.}}, clipped);
    plain.applyGradients(new double[][] {{1.5, -1.75}}, expected);

    Bits.assertSame("parameters", clipped, expected);
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras2")
  void leavesGradientsUnscaledWhoseNormIsNaN(Entry entry) {
    Optimizer clipping = entry.optimizer(Map.of("clipnorm", 0.1));
    Optimizer plain = entry.optimizer(Map.of());
    double[][] clipped = {{-3., 4.}};
    double[][] expected = Bits.copy(clipped);

    clipping.applyGradients(new double[][] {{30., Double.NaN}}, clipped);
    plain.applyGradients(new double[][] {{30., Double.NaN}}, expected);

    Bits.assertSame("parameters", clipped, expected);
    assertThat(clipped[0][0]).isFinite();
  }
}
