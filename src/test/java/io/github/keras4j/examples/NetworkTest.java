package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final double STEP = 1e-5;

  @Test
  void gradientsAgreeWithCentralDifferences() {
    List<Digit> batch = DigitsData.load().train().subList(0, 5);
    double[][] parameters =
        Network.initial(DigitsData.PIXELS, 7, DigitsData.CLASSES, new Random(1));
    double[][] gradients = new double[4][];
    for (int tensor = 0; tensor < 4; tensor++) {
      gradients[tensor] = new double[parameters[tensor].length];
    }
    double loss = 0.;
    for (Digit digit : batch) {
      loss += Network.add(digit, parameters, gradients);
    }
    assertThat(loss / batch.size()).isEqualTo(Network.loss(batch, parameters));
    for (int tensor = 0; tensor < 4; tensor++) {
      for (int i = 0; i < parameters[tensor].length; i++) {
        double at = parameters[tensor][i];
        parameters[tensor][i] = at + STEP;
        double above = Network.loss(batch, parameters);
        parameters[tensor][i] = at - STEP;
        double below = Network.loss(batch, parameters);
        parameters[tensor][i] = at;
        assertThat(gradients[tensor][i] / batch.size())
            .as("gradients[%d][%d]", tensor, i)
            .isCloseTo((above - below) / (2. * STEP), within(1e-9));
      }
    }
  }

  @Test
  void specsAreTheSameAsInKeras() {
    assertThat(Network.specs(Network.initial(64, 32, 10, new Random(0))))
        .containsExactly(
            TensorSpec.of("hidden/kernel", 64, 32),
            TensorSpec.of("hidden/bias", 32),
            TensorSpec.of("output/kernel", 32, 10),
            TensorSpec.of("output/bias", 10));
  }

  @Test
  void lossOfKnownParametersIsThatByHand() {
    // One input of 1 and one hidden unit of 2 * 1 + 1 = 3 give the logits 3 and 0.
    double[][] parameters = {{2.}, {1.}, {1., -1.}, {0., 3.}};
    assertThat(Network.classify(new double[] {1.}, parameters)).isZero();
    assertThat(Network.loss(List.of(new Digit(new double[] {1.}, 0)), parameters))
        .isEqualTo(StrictMath.log(1. + StrictMath.exp(-3.)));
    assertThat(Network.loss(List.of(new Digit(new double[] {1.}, 1)), parameters))
        .isEqualTo(StrictMath.log(1. + StrictMath.exp(-3.)) + 3.);
  }

  @Test
  void lossOfLargeLogitsDoesNotOverflow() {
    double[][] parameters = Network.initial(1, 1, 2, new Random(0));
    parameters[3][0] = 1e5;
    assertThat(Network.loss(List.of(new Digit(new double[] {0.}, 1)), parameters)).isEqualTo(1e5);
  }

  @Test
  void firstWeightsAreWithinGlorotsLimitAndBiasesZero() {
    double[][] parameters = Network.initial(64, 32, 10, new Random(0));
    assertThat(parameters[0]).hasSize(64 * 32);
    assertThat(largest(parameters[0])).isBetween(0.99 * Math.sqrt(6. / 96.), Math.sqrt(6. / 96.));
    assertThat(parameters[1]).hasSize(32).containsOnly(0.);
    assertThat(parameters[2]).hasSize(32 * 10);
    assertThat(largest(parameters[2])).isBetween(0.97 * Math.sqrt(6. / 42.), Math.sqrt(6. / 42.));
    assertThat(parameters[3]).hasSize(10).containsOnly(0.);
  }

  private static double largest(double[] values) {
    double largest = 0.;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
