package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays every trajectory of Keras 3. */
class Golden3Test {
  /** How far sums in another order may lead, in last places of a tensor's largest magnitude. */
  private static final int ULPS = 16;

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.keras3.Golden3#runs")
  void repeatsKerasFromItsConfiguration(Golden3.Run run) {
    replay(run, run.build(run.optimizer()));
  }

  private static void replay(Golden3.Run run, BaseOptimizer optimizer) {
    boolean bitwise = run.trajectory().bitwise() || run.special();
    double[][] parameters = run.initialParameters();
    int step = 0;
    for (Golden3.Moment expected : run.trajectory().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.applyGradients(run.gradients(step), parameters);
        run.setLearningRate(step, optimizer::setLearningRate);
      }
      String at = run + " after step " + step;
      assertThat(optimizer.getIterations()).as(at).isEqualTo(expected.iterations());
      assertThat(optimizer.getLearningRate()).as(at).isEqualTo(expected.learningRate());
      assertTensors(at + ", parameters", parameters, expected.params(), bitwise);
      if (step > 0 || !run.file().className().equals("ScheduleFreeAdamW")) {
        assertTensors(
            at + ", weights",
            optimizer.getWeights().toArray(double[][]::new),
            expected.variables(),
            bitwise);
      }
    }
    optimizer.finalizeVariableValues(parameters);
    if (run.trajectory().finalized() != null) {
      assertTensors(run + ", finalized", parameters, run.trajectory().finalized(), bitwise);
    }
  }

  static void assertTensors(String what, double[][] actual, double[][] expected, boolean bitwise) {
    assertThat(actual.length).as(what).isEqualTo(expected.length);
    for (int tensor = 0; tensor < expected.length; tensor++) {
      double[] numbers = expected[tensor];
      if (bitwise) {
        assertThat(bits(actual[tensor]))
            .as(describe(what, tensor, actual, expected))
            .isEqualTo(bits(numbers));
      } else {
        double largest = Arrays.stream(numbers).map(Math::abs).max().orElse(0.);
        assertThat(actual[tensor].length).isEqualTo(numbers.length);
        for (int i = 0; i < numbers.length; i++) {
          assertThat(Math.abs(actual[tensor][i] - numbers[i]))
              .as(describe(what, tensor, actual, expected))
              .isLessThanOrEqualTo(ULPS * Math.ulp(largest));
        }
      }
    }
  }

  /** Only when asked for: tensors may be long. */
  private static Supplier<String> describe(
      String what, int tensor, double[][] actual, double[][] expected) {
    return () ->
        String.format(
            "%s, tensor %d: %s instead of %s",
            what, tensor, Arrays.toString(actual[tensor]), Arrays.toString(expected[tensor]));
  }

  private static long[] bits(double[] numbers) {
    return Arrays.stream(numbers).mapToLong(Double::doubleToLongBits).toArray();
  }
}
