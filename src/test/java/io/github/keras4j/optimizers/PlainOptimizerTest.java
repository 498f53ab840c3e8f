package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.OptimizerTable.Entry;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the library with the plainest code for its formulas, far beyond the golden data. */
class PlainOptimizerTest {
  private static final int TRAININGS = 20;
  private static final int STEPS = 12;
  private static final int[] LENGTHS = {1, 0, 7, 300, 33};

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.OptimizerTable#withFormula")
  void anyConfigurationAgreesWithPlainCode(Entry entry) {
    for (int seed = 0; seed < TRAININGS; seed++) {
      RandomTraining training = new RandomTraining(seed);
      Map<String, Object> config = training.config(entry);
      Optimizer optimizer = entry.optimizer(config, LENGTHS);
      double[][] parameters = training.parameters(LENGTHS);
      double[][] plainParameters = Bits.copy(parameters);
      Plain plain = entry.formula().of(optimizer.getConfig(), parameters);
      for (int step = 1; step <= STEPS; step++) {
        double[][] gradients = training.gradients(LENGTHS);
        optimizer.applyGradients(gradients, parameters);
        plain.step(gradients, plainParameters);
        Bits.assertSame(
            String.format("%s %s after %d steps", entry, config, step),
            parameters,
            plainParameters);
      }
    }
  }

  /** But momentum-free SGD, which keeps no velocity that could be infinite. */
  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.OptimizerTable#withFormula")
  void extremeGradientsFlowThroughAsInPlainCode(Entry entry) {
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
    Map<String, Object> defaults = new HashMap<>(entry.optimizer(Map.of(), 4).getConfig());
    defaults.computeIfPresent("momentum", (name, momentum) -> 0.9);
    for (String clip : Arrays.asList("no clip", "clipnorm", "clipvalue")) {
      Map<String, Object> config = new HashMap<>(defaults);
      if (entry.generation().clips.contains(clip)) {
        config.put(clip, 0.5);
      }
      for (double extreme : extremes) {
        double[][] parameters = {{1., -0., 0., -2.}};
        double[][] expected = Bits.copy(parameters);
        Optimizer optimizer = entry.optimizer(config, 4);
        Plain plain = entry.formula().of(optimizer.getConfig(), parameters);
        for (int step = 0; step < 4; step++) {
          double[] gradients = {0., 0., -0., 0.5};
          gradients[step] = extreme;
          optimizer.applyGradients(new double[][] {gradients}, parameters);
          plain.step(new double[][] {gradients}, expected);
          // Every NaN is the same here; the two zeros are not.
          assertThat(Arrays.deepEquals(parameters, expected))
              .as("%s %s, %s: %s", entry, config, extreme, Arrays.toString(parameters[0]))
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
