package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What Lion alone has. */
class LionTest {
  @Test
  void stepsAlongTheSignOfEveryNumber() {
    double[] g = {
      0.,
      -0.,
      Double.MIN_VALUE,
      -Double.MIN_VALUE,
      1e-320,
      -0.5,
      1.,
      -Double.MAX_VALUE,
      Double.MAX_VALUE,
      Double.NEGATIVE_INFINITY,
      Double.POSITIVE_INFINITY,
      Double.NaN
    };
    // With beta_1 1e-300 the sign is that of the gradient itself.
    Lion lion = Lion.builder().learningRate(0.25).beta1(1e-300).build();
    double[] p = new double[g.length];
    p[0] = -0.;
    p[1] = -0.;

    lion.applyGradients(new double[][] {g}, new double[][] {p});

    assertThat(p)
        .containsExactly(
            -0., -0., -0.25, 0.25, -0.25, 0.25, -0.25, 0.25, -0.25, 0.25, -0.25, Double.NaN);
  }

  @Test
  void leavesAParameterOfMinusZeroWhereMomentumAndGradientAreMinusZero() {
    Lion lion = new Lion();
    double[] p = {-0.};
    lion.applyGradients(new double[][] {{0.}}, new double[][] {p});
    List<double[]> weights = lion.getWeights();
    weights.get(weights.size() - 1)[0] = -0.;
    lion.setWeights(weights);

    lion.applyGradients(new double[][] {{-0.}}, new double[][] {p});

    assertThat(p).containsExactly(-0.);
  }

  @Test
  void takesABeta1OfOne() {
    assertThat(Lion.builder().beta1(1.).build().getConfig()).containsEntry("beta_1", 1.);
  }
}
