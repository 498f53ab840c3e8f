package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays every trajectory of Keras. */
class GoldenTest {
  /** How far the fixed order of the norm's sum may lead from Keras's, in the last places. */
  private static final int CLIPNORM_ULPS = 8;

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.Golden#runs")
  void repeatsKeras(Golden.Run run) {
    Optimizer optimizer = run.optimizer();
    double[][] parameters = run.initialParameters();
    int step = 0;
    for (Golden.Moment expected : run.trajectory().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.applyGradients(run.file().gradients()[step], parameters);
      }
      assertThat(optimizer.getIterations()).isEqualTo(expected.iterations());
      assertTensors("parameters", List.of(parameters), List.of(expected.params()), run);
      if (!isMomentumFree(run)) {
        assertTensors("weights", optimizer.getWeights(), expected.weights(), run);
      }
      if (expected.mSchedule() != null) {
        assertThat(optimizer.getState().scalars())
            .containsEntry("m_schedule", expected.mSchedule());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.Golden#runs")
  void answersTheConfigurationOfKeras(Golden.Run run) {
    assertThat(run.optimizer().getConfig()).isEqualTo(run.trajectory().config());
  }

  private static boolean isMomentumFree(Golden.Run run) {
    return run.file().className().equals("SGD")
        && run.trajectory().config().get("momentum").equals(0.);
  }

  private static void assertTensors(
      String what, List<double[]> actual, List<double[]> expected, Golden.Run run) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int tensor = 0; tensor < expected.size(); tensor++) {
      double[] numbers = expected.get(tensor);
      if (run.trajectory().clipsByNorm()) {
        double largest = 0.;
        for (double number : numbers) {
          largest = Math.max(largest, Math.abs(number));
        }
        assertThat(actual.get(tensor))
            .as("%s[%d]", what, tensor)
            .containsExactly(numbers, within(CLIPNORM_ULPS * Math.ulp(largest)));
      } else {
        assertThat(bits(actual.get(tensor))).as("%s[%d]", what, tensor).isEqualTo(bits(numbers));
      }
    }
  }

  private static long[] bits(double[] numbers) {
    return Arrays.stream(numbers).mapToLong(Double::doubleToRawLongBits).toArray();
  }
}
