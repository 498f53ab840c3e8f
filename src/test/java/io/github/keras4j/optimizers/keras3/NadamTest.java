package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What Nadam alone has. */
class NadamTest {
  private static final double[][] GRADIENTS = {{0.5, -0.25}};

  @Test
  void keepsItsProductAsTheLastOfTheWeights() {
    Nadam nadam = new Nadam();
    double[][] parameters = {{1., 2.}};
    assertThat(nadam.getWeights().get(2)).containsExactly(1.);

    nadam.applyGradients(GRADIENTS, parameters);

    List<double[]> weights = nadam.getWeights();
    assertThat(weights).hasSize(5);
    assertThat(weights.get(4)).containsExactly(0.9 * (1. - 0.5 * 0.96));
  }

  @Test
  void resumesFromItsWeights() {
    Nadam nadam = new Nadam();
    double[][] parameters = {{1., 2.}};
    Nadam resumed = new Nadam();
    double[][] resumedParameters = {{0., 0.}};
    resumed.applyGradients(GRADIENTS, resumedParameters);
    for (int step = 0; step < 5; step++) {
      nadam.applyGradients(GRADIENTS, parameters);
    }

    resumed.setWeights(nadam.getWeights());
    resumedParameters[0] = parameters[0].clone();
    nadam.applyGradients(GRADIENTS, parameters);
    resumed.applyGradients(GRADIENTS, resumedParameters);

    assertThat(resumedParameters[0]).containsExactly(parameters[0]);
  }
}
