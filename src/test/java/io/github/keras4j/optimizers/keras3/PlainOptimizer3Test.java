package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.Golden3Test.assertTensors;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain code is Keras's: what is compared with it is compared with Keras. */
class PlainOptimizer3Test {
  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.keras3.Golden3#allRuns")
  void meetsKerasToTheLastBitWithExactSums(Golden3.Run run) {
    replay(run, PlainOptimizer3.Sum.EXACT, true);
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.keras3.Golden3#allRuns")
  void staysNearKerasWithSumsFromLeftToRight(Golden3.Run run) {
    replay(run, PlainOptimizer3.Sum.LEFT_TO_RIGHT, run.trajectory().bitwise() || run.special());
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.keras3.Golden3#allRuns")
  void namesItsVariablesAsKeras(Golden3.Run run) {
    List<PlainOptimizer3.Entry> variables = plain(run, PlainOptimizer3.Sum.EXACT).variables();
    assertThat(variables.stream().map(entry -> describe(entry.name(), entry.path(), entry.shape())))
        .containsExactlyElementsOf(
            run.trajectory().variables().stream()
                .map(entry -> describe(entry.name(), entry.path(), entry.shape()))
                .toList());
  }

  private static String describe(String name, String path, int[] shape) {
    return name + " " + path + " " + Arrays.toString(shape);
  }

  private static PlainOptimizer3 plain(Golden3.Run run, PlainOptimizer3.Sum sum) {
    return new PlainOptimizer3(
        run.file().className(),
        run.trajectory().arguments(),
        run.trajectory().excluded(),
        run.file().names(),
        run.file().shapes(),
        run.file().initialParams(),
        sum);
  }

  private static void replay(Golden3.Run run, PlainOptimizer3.Sum sum, boolean bitwise) {
    PlainOptimizer3 optimizer = plain(run, sum);
    double[][] parameters = run.initialParameters();
    int step = 0;
    for (Golden3.Moment expected : run.trajectory().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.apply(run.gradients(step), parameters);
        run.setLearningRate(step, optimizer::setLearningRate);
      }
      String at = run + " after step " + step;
      assertThat(optimizer.iterations()).as(at).isEqualTo(expected.iterations());
      assertThat(optimizer.learningRate()).as(at).isEqualTo(expected.learningRate());
      assertTensors(at + ", parameters", parameters, expected.params(), bitwise);
      double[][] variables =
          optimizer.variables().stream()
              .map(PlainOptimizer3.Entry::values)
              .toArray(double[][]::new);
      assertTensors(at + ", variables", variables, expected.variables(), bitwise);
    }
    if (run.trajectory().finalized() != null) {
      optimizer.finalizeVariableValues(parameters);
      assertTensors(run + ", finalized", parameters, run.trajectory().finalized(), bitwise);
    }
  }
}
