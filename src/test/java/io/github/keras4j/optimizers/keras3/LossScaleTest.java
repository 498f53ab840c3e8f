package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What takes the place of a division has its bits, whatever is divided by whatever. */
class LossScaleTest {
  private static final double[] GRADIENTS =
      DoubleStream.concat(
              DoubleStream.of(
                  0.,
                  -0.,
                  Double.MIN_VALUE,
                  -3. * Double.MIN_VALUE,
                  0x1.fffffp-1020,
                  Double.MAX_VALUE,
                  Double.NEGATIVE_INFINITY,
                  Double.NaN),
              new Random(11).longs(1000).mapToDouble(Double::longBitsToDouble))
          .toArray();

  /** What stochastic gradient descent from 0 at the rate 1 makes of gradients. */
  private static double[] updated(SGD.Builder builder, double[]... gradients) {
    BaseOptimizer sgd = builder.learningRate(1.).build();
    double[][] parameters = {new double[GRADIENTS.length]};
    for (double[] gradient : gradients) {
      sgd.applyGradients(new double[][] {gradient}, parameters);
    }
    return parameters[0];
  }

  private static double[] expected(DoubleUnaryOperator gradient) {
    return Arrays.stream(GRADIENTS).map(g -> 0. - gradient.applyAsDouble(g)).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        1.,
        2.,
        0.25,
        32768.,
        3.,
        0.1,
        0x1p1023,
        0x1p-1022,
        0x1p-1023,
        Double.MIN_VALUE,
        Double.MAX_VALUE
      })
  void dividesByTheLossScale(double scale) {
    assertThat(updated(SGD.builder().lossScaleFactor(scale), GRADIENTS))
        .containsExactly(expected(g -> g / scale));
    assertThat(updated(SGD.builder().lossScaleFactor(scale).clipvalue(0.75), GRADIENTS))
        .containsExactly(expected(g -> Math.min(Math.max(g / scale, -0.75), 0.75)));
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 3", "0.5, 4", "3, 2", "3, 7", "0x1p-1022, 1024", "0.1, 6"})
  void dividesByTheLossScaleAndTheStepsOfAnAccumulation(double scale, int steps) {
    double[][] gradients = new double[steps][];
    Arrays.fill(gradients, GRADIENTS);
    assertThat(
            updated(
                SGD.builder().lossScaleFactor(scale).gradientAccumulationSteps(steps), gradients))
        .containsExactly(
            expected(
                g -> {
                  double sum = 0.;
                  for (int step = 0; step < steps; step++) {
                    sum = g / scale + sum;
                  }
                  return sum / steps;
                }));
  }
}
