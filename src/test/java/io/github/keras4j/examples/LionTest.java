package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LionTest {
  @BeforeAll
  static void register() {
    Optimizers.register("lion", Lion::fromConfig);
  }

  @Test
  void makesTheStepsOfTheFormula() {
    Optimizer lion = Optimizers.get("lion");
    double[][] parameters = {{1., 2., 3.}};
    lion.applyGradients(new double[][] {{2., -5., 0.}}, parameters);
    double[] m = {(1. - 0.99) * 2., (1. - 0.99) * -5., 0.};
    assertThat(parameters[0]).containsExactly(1. - 1e-4, 2. + 1e-4, 3.);
    assertThat(lion.getWeights().get(1)).containsExactly(m);

    // The signs of c: 0.9 * 0.02 - 0.1 * 1 < 0, -0.9 * 0.05 + 0.1 * 0.4 < 0, 0.1 * 7 > 0.
    lion.applyGradients(new double[][] {{-1., 0.4, 7.}}, parameters);
    assertThat(parameters[0]).containsExactly((1. - 1e-4) + 1e-4, (2. + 1e-4) + 1e-4, 3. - 1e-4);
    assertThat(lion.getWeights().get(1))
        .containsExactly(
            0.99 * m[0] + (1. - 0.99) * -1., 0.99 * m[1] + (1. - 0.99) * 0.4, (1. - 0.99) * 7.);
    assertThat(lion.getIterations()).isEqualTo(2);
  }

  @Test
  void getsDecayAndClippingFromTheBase() {
    Optimizer lion = Lion.fromConfig(Map.of("lr", 1., "decay", 1., "clipvalue", 0.5));
    double[][] parameters = {{0.}};
    lion.applyGradients(new double[][] {{3.}}, parameters);
    assertThat(parameters[0]).containsExactly(-1.);
    assertThat(lion.getWeights().get(1)).containsExactly((1. - 0.99) * 0.5);
    lion.applyGradients(new double[][] {{3.}}, parameters);
    assertThat(parameters[0]).containsExactly(-1.5);
  }

  @Test
  void isFoundAgainFromItsConfiguration() {
    Optimizer lion = new Lion();
    assertThat(lion.getConfig())
        .containsExactly(
            entry("lr", 1e-4), entry("decay", 0.), entry("beta_1", 0.9), entry("beta_2", 0.99));
    Optimizer copy = Optimizers.deserialize(Optimizers.serialize(lion));
    assertThat(copy).isInstanceOf(Lion.class);
    assertThat(copy.getConfig()).isEqualTo(lion.getConfig());
  }
}
