package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.plain.Plain;
import io.github.keras4j.optimizers.plain.PlainOptimizer3;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Golden;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain code of Keras 3 is Keras's. */
class PlainOptimizer3Test {
  private static final String RUNS = "io.github.keras4j.optimizers.tables.Golden#runsOfKeras3";

  @ParameterizedTest
  @MethodSource(RUNS)
  void meetsKerasToTheLastBitWithExactSums(Golden.Run run) {
    replay(run, Plain.Sum.EXACT, run.mathUlps());
  }

  @ParameterizedTest
  @MethodSource(RUNS)
  void staysNearKerasWithSumsFromLeftToRight(Golden.Run run) {
    replay(run, Plain.Sum.LEFT_TO_RIGHT, run.ulps());
  }

  private static void replay(Golden.Run run, Plain.Sum sum, int ulps) {
    PlainOptimizer3 optimizer = run.plain(sum);
    double[][] parameters = run.initialParameters();
    int step = 0;
    for (Golden.Moment expected : run.trajectory().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.step(run.gradients(step), parameters);
        run.setLearningRate(step + 1, optimizer::setLearningRate);
      }
      String at = run + " after step " + step;
      assertThat(optimizer.iterations()).as(at).isEqualTo(expected.iterations());
      double[][] rate = {{expected.learningRate()}};
      Bits.assertWithin(run.mathUlps(), at, new double[][] {{optimizer.learningRate()}}, rate);
      Bits.assertWithin(ulps, at + ", parameters", parameters, expected.params());
      Bits.assertWithin(ulps, at + ", variables", optimizer.values(), expected.weights());
    }
    if (run.trajectory().finalized() != null) {
      optimizer.finalizeVariableValues(parameters);
      Bits.assertWithin(ulps, run + ", finalized", parameters, run.trajectory().finalized());
    }
  }

  @ParameterizedTest
  @MethodSource(RUNS)
  void namesItsVariablesAsKeras(Golden.Run run) {
    assertThat(
            run.plain(Plain.Sum.EXACT).variables().stream()
                .map(entry -> describe(entry.name(), entry.path(), entry.shape())))
        .containsExactlyElementsOf(
            run.trajectory().variables().stream()
                .map(entry -> describe(entry.name(), entry.path(), entry.shape()))
                .toList());
  }

  private static String describe(String name, String path, int[] shape) {
    return name + " " + path + " " + Arrays.toString(shape);
  }
}
