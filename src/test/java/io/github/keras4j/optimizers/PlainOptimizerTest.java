package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.engine.SumOfSquares;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Compares the library with the plainest code for its formulas, far beyond the golden data. */
class PlainOptimizerTest {
  private static final int TRAININGS = 20;
  private static final int STEPS = 12;
  private static final int[] LENGTHS = {1, 0, 7, 300, 33};

  @ParameterizedTest
  @FieldSource("io.github.keras4j.optimizers.Golden#CLASS_NAMES")
  void anyConfigurationAgreesWithPlainCode(String className) {
    for (int seed = 0; seed < TRAININGS; seed++) {
      RandomTraining training = new RandomTraining(seed);
      Map<String, Object> config = training.config(className);
      Optimizer optimizer =
          Optimizers.deserialize(Map.of("class_name", className, "config", config));
      double[][] parameters = training.parameters(LENGTHS);
      double[] plainParameters = RandomTraining.flat(parameters);
      PlainOptimizer plain = new PlainOptimizer(className, config, plainParameters.length);
      for (int step = 1; step <= STEPS; step++) {
        double[][] gradients = training.gradients(LENGTHS);
        optimizer.applyGradients(gradients, parameters);
        plain.step(RandomTraining.flat(gradients), plainParameters);
        Bits.assertSame(
            String.format("%s %s after %d steps", className, config, step),
            RandomTraining.flat(parameters),
            plainParameters);
      }
    }
  }

  /** But momentum-free SGD, which keeps no velocity that could be infinite. */
  @ParameterizedTest
  @FieldSource("io.github.keras4j.optimizers.Golden#CLASS_NAMES")
  void extremeGradientsFlowThroughAsInPlainCode(String className) {
    double[] extremes = {
      0.,
      -0.,
      1.,
      Double.MIN_VALUE,
      -1e-200,
      1e200,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    for (Map<String, Object> clipping :
        List.<Map<String, Object>>of(Map.of(), Map.of("clipnorm", 0.5), Map.of("clipvalue", 0.5))) {
      Map<String, Object> config = new HashMap<>(Optimizers.get(className).getConfig());
      config.putAll(clipping);
      config.computeIfPresent("momentum", (name, momentum) -> 0.9);
      for (double extreme : extremes) {
        Optimizer optimizer =
            Optimizers.deserialize(Map.of("class_name", className, "config", config));
        PlainOptimizer plain = new PlainOptimizer(className, config, 4);
        double[] parameters = {1., -0., 0., -2.};
        double[] expected = parameters.clone();
        for (int step = 0; step < 4; step++) {
          double[] gradients = {0., 0., -0., 0.5};
          gradients[step] = extreme;
          optimizer.applyGradients(new double[][] {gradients}, new double[][] {parameters});
          plain.step(gradients, expected);
          // Every NaN is the same here; the two zeros are not.
          assertThat(Arrays.equals(parameters, expected))
              .as("%s %s, %s: %s", className, config, extreme, Arrays.toString(parameters))
              .isTrue();
        }
      }
    }
  }

  @Test
  void squaresOfTheGradientsAddWithoutRounding() {
    double[] gradients = RandomTraining.flat(new RandomTraining(1).gradients(100_000));
    double sum = 0.;
    long exact = 0;
    for (double g : gradients) {
      sum += g * g;
      exact += (long) (g * 1024.) * (long) (g * 1024.);
    }
    assertThat(sum).isEqualTo(exact / (1024. * 1024.));
    assertThat(SumOfSquares.of(gradients, 0, gradients.length)).isEqualTo(sum);
  }
}
