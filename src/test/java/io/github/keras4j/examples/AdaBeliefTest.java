package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AdaBeliefTest {
  @BeforeAll
  static void register() {
    Optimizers.register("adabelief", AdaBelief::fromConfig);
  }

  // Betas whose products with small whole numbers are exact, so that every number is a short one.
  @Test
  void makesTheStepsOfTheFormula() {
    Optimizer adaBelief =
        AdaBelief.fromConfig(Map.of("lr", 0.5, "beta_1", 0.5, "beta_2", 0.75, "epsilon", 0.));
    double[][] parameters = {{1., 2.}};

    // m = 0.5 * g; s = 0.25 * (0.5 * g)^2; both are corrected to g and (0.5 * g)^2: 2 in size.
    adaBelief.applyGradients(new double[][] {{4., -8.}}, parameters);
    assertThat(adaBelief.getWeights().get(1)).containsExactly(2., -4.);
    assertThat(adaBelief.getWeights().get(2)).containsExactly(1., 4.);
    assertThat(parameters[0]).containsExactly(1. - 0.5 * 2., 2. + 0.5 * 2.);

    // The gradient that is expected leaves s to shrink: g - m is 0 for the first element.
    adaBelief.applyGradients(new double[][] {{2., 4.}}, parameters);
    assertThat(adaBelief.getWeights().get(1)).containsExactly(2., 0.);
    assertThat(adaBelief.getWeights().get(2)).containsExactly(0.75, 0.75 * 4. + 0.25 * 16.);
    assertThat(parameters[0])
        .containsExactly(0. - 0.5 * (2. / 0.75) / Math.sqrt(0.75 / 0.4375), 3.);
    assertThat(adaBelief.getIterations()).isEqualTo(2);
  }

  @Test
  void addsEpsilonToTheMeanAndToTheRoot() {
    Optimizer adaBelief =
        AdaBelief.fromConfig(Map.of("lr", 1., "beta_1", 0.5, "beta_2", 0.75, "epsilon", 3.));
    double[][] parameters = {{0.}};

    adaBelief.applyGradients(new double[][] {{4.}}, parameters);
    assertThat(adaBelief.getWeights().get(2)).containsExactly(0.25 * 4. + 3.);
    assertThat(parameters[0]).containsExactly(-4. / (Math.sqrt(4. / 0.25) + 3.));
  }

  @Test
  void getsDecayAndClippingFromTheBase() {
    Map<String, Double> config =
        Map.of(
            "lr", 1., "decay", 1., "clipvalue", 0.5, "beta_1", 0.5, "beta_2", 0.5, "epsilon", 0.);
    Optimizer adaBelief = AdaBelief.fromConfig(config);
    double[][] parameters = {{0.}};
    adaBelief.applyGradients(new double[][] {{3.}}, parameters);
    assertThat(adaBelief.getWeights().get(1)).containsExactly(0.25);
    assertThat(parameters[0]).containsExactly(-2.);

    // m = 0.5 * 0.25 + 0.5 * 0.5, s = 0.5 * 0.03125 + 0.5 * 0.125^2, half the learning rate
    adaBelief.applyGradients(new double[][] {{3.}}, parameters);
    assertThat(adaBelief.getWeights().get(1)).containsExactly(0.375);
    assertThat(parameters[0]).containsExactly(-2. - 0.5 * 0.5 / Math.sqrt(0.0234375 / 0.75));
  }

  @Test
  void isFoundAgainFromItsConfiguration() {
    Optimizer adaBelief = new AdaBelief();
    assertThat(adaBelief.getConfig())
        .containsExactly(
            entry("lr", 0.001),
            entry("decay", 0.),
            entry("beta_1", 0.9),
            entry("beta_2", 0.999),
            entry("epsilon", 1e-16));
    Optimizer copy = Optimizers.deserialize(Optimizers.serialize(adaBelief));
    assertThat(copy).isInstanceOf(AdaBelief.class);
    assertThat(copy.getConfig()).isEqualTo(adaBelief.getConfig());
  }

  @Test
  void rejectsWhatIsOutOfRange() {
    assertThatThrownBy(() -> AdaBelief.fromConfig(Map.of("epsilon", -1.)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("epsilon must be a finite number >= 0, got -1.0");
  }
}
