package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays every trajectory of Keras. */
class GoldenTest {
  /** How far the fixed order of the norm's sum may lead from Keras's, in the last places. */
  private static final int CLIPNORM_ULPS = 8;

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.Golden#runs")
  void repeatsKerasFromItsConfiguration(Golden.Run run) {
    replay(run, run.optimizer());
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.Golden#runs")
  void repeatsKerasThroughTheBuilder(Golden.Run run) throws ReflectiveOperationException {
    Class<?> type = Class.forName("io.github.keras4j.optimizers." + run.file().className());
    Optimizer.Builder<?> builder = (Optimizer.Builder<?>) type.getMethod("builder").invoke(null);
    for (Map.Entry<String, Object> argument : run.trajectory().arguments().entrySet()) {
      Class<?> valueType = argument.getValue() instanceof Boolean ? boolean.class : double.class;
      builder
          .getClass()
          .getMethod(camelCase(argument.getKey()), valueType)
          .invoke(builder, argument.getValue());
    }
    replay(run, builder.build());
  }

  private static String camelCase(String name) {
    return switch (name) {
      case "beta_1" -> "beta1";
      case "beta_2" -> "beta2";
      case "schedule_decay" -> "scheduleDecay";
      default -> name;
    };
  }

  private static void replay(Golden.Run run, Optimizer optimizer) {
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
      if (run.clipsByNorm()) {
        double largest = 0.;
        for (double number : numbers) {
          largest = Math.max(largest, Math.abs(number));
        }
        assertThat(actual.get(tensor))
            .as("%s[%d]", what, tensor)
            .containsExactly(numbers, within(CLIPNORM_ULPS * Math.ulp(largest)));
      } else {
        Bits.assertSame(what + "[" + tensor + "]", actual.get(tensor), numbers);
      }
    }
  }
}
