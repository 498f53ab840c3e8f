package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.Golden3Test.assertTensors;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain code is Keras's, and the library's numbers are its, far beyond the golden data. */
class PlainOptimizer3Test {
  private static final int TRAININGS = 12;
  private static final int STEPS = 8;

  /** Whose own formulas sum, in an order that is theirs; norms of the gradients here have none. */
  private static final Set<String> SUMMING = Set.of("Lamb", "Adafactor", "Muon");

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

  private static double[][] values(PlainOptimizer3 optimizer) {
    return optimizer.variables().stream()
        .map(PlainOptimizer3.Entry::values)
        .toArray(double[][]::new);
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
      assertTensors(at + ", variables", values(optimizer), expected.variables(), bitwise);
    }
    if (run.trajectory().finalized() != null) {
      optimizer.finalizeVariableValues(parameters);
      assertTensors(run + ", finalized", parameters, run.trajectory().finalized(), bitwise);
    }
  }

  // ---- Far beyond the golden data -------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.keras3.Golden3#classNames")
  void anyConfigurationAgreesWithPlainCode(String className) {
    boolean bitwise = !SUMMING.contains(className);
    for (int seed = 0; seed < TRAININGS; seed++) {
      RandomTraining3 training = new RandomTraining3(seed);
      Map<String, Object> arguments =
          training.arguments(Golden3.deserialize(className, Map.of()).getConfig());
      BaseOptimizer optimizer = Golden3.deserialize(className, arguments);
      Map<String, List<Object>> excluded = training.excluded();
      Golden3.build(optimizer, RandomTraining3.PATHS, RandomTraining3.SHAPES, excluded);
      double[][] parameters = training.parameters();
      double[][] expected = Stream.of(parameters).map(double[]::clone).toArray(double[][]::new);
      PlainOptimizer3 plain =
          new PlainOptimizer3(
              className,
              arguments,
              excluded,
              RandomTraining3.PATHS,
              RandomTraining3.SHAPES,
              parameters,
              bitwise ? PlainOptimizer3.Sum.LEFT_TO_RIGHT : PlainOptimizer3.Sum.EXACT);
      for (int step = 1; step <= STEPS; step++) {
        double[][] gradients = training.gradients();
        optimizer.applyGradients(gradients, parameters);
        plain.apply(gradients, expected);
        String at = className + " " + arguments + " without " + excluded + " after " + step;
        assertTensors(at + ", parameters", parameters, expected, bitwise);
        assertThat(optimizer.getIterations()).as(at).isEqualTo(plain.iterations());
        assertThat(optimizer.getLearningRate()).as(at).isEqualTo(plain.learningRate());
      }
      String at = className + " " + arguments + " without " + excluded;
      double[][] weights = optimizer.getWeights().toArray(double[][]::new);
      assertTensors(at + ", weights", weights, values(plain), bitwise);
      optimizer.finalizeVariableValues(parameters);
      plain.finalizeVariableValues(expected);
      assertTensors(at + ", finalized", parameters, expected, bitwise);
    }
  }
}
