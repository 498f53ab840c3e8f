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
  void gradientsAreThoseOfCentralDifferences() {
    List<Digit> batch = DigitsData.load().train().subList(0, 5);
    Network network = new Network(DigitsData.PIXELS, 7, DigitsData.CLASSES, new Random(1));
    double[][] parameters = network.parameters();
    double[][] gradients = new double[4][];
    for (int tensor = 0; tensor < 4; tensor++) {
      gradients[tensor] = new double[parameters[tensor].length];
      gradients[tensor][0] = 99.; // what was there before does not count
    }
    network.gradients(batch, gradients);
    for (int tensor = 0; tensor < 4; tensor++) {
      for (int i = 0; i < parameters[tensor].length; i++) {
        double at = parameters[tensor][i];
        parameters[tensor][i] = at + STEP;
        double above = network.loss(batch);
        parameters[tensor][i] = at - STEP;
        double below = network.loss(batch);
        parameters[tensor][i] = at;
        assertThat(gradients[tensor][i])
            .as("gradients[%d][%d]", tensor, i)
            .isCloseTo((above - below) / (2. * STEP), within(1e-9));
      }
    }
  }

  @Test
  void specsAreThoseOfKeras() {
    assertThat(new Network(64, 32, 10, new Random(0)).specs())
        .containsExactly(
            TensorSpec.of("hidden/kernel", 64, 32),
            TensorSpec.of("hidden/bias", 32),
            TensorSpec.of("output/kernel", 32, 10),
            TensorSpec.of("output/bias", 10));
  }

  @Test
  void lossOfKnownParametersIsThatByHand() {
    // One input of 1 and one hidden unit of 2 * 1 + 1 = 3 give the logits 3 and 0.
    Network network = new Network(1, 1, 2, new Random(0));
    double[][] values = {{2.}, {1.}, {1., -1.}, {0., 3.}};
    for (int tensor = 0; tensor < values.length; tensor++) {
      System.arraycopy(values[tensor], 0, network.parameters()[tensor], 0, values[tensor].length);
    }
    assertThat(network.classify(new double[] {1.})).isZero();
    assertThat(network.loss(List.of(new Digit(new double[] {1.}, 0))))
        .isEqualTo(StrictMath.log(1. + StrictMath.exp(-3.)));
    assertThat(network.loss(List.of(new Digit(new double[] {1.}, 1))))
        .isEqualTo(StrictMath.log(1. + StrictMath.exp(-3.)) + 3.);
  }

  @Test
  void lossOfLargeLogitsDoesNotOverflow() {
    Network network = new Network(1, 1, 2, new Random(0));
    network.parameters()[3][0] = 1e5;
    assertThat(network.loss(List.of(new Digit(new double[] {0.}, 1)))).isEqualTo(1e5);
  }

  @Test
  void firstWeightsAreWithinGlorotsLimitAndBiasesZero() {
    double[][] parameters = new Network(64, 32, 10, new Random(0)).parameters();
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
