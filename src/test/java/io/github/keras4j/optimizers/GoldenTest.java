package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.KerasJson;
import io.github.keras4j.optimizers.tables.Golden;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays every trajectory of Keras, of both generations. */
class GoldenTest {
  private static final String RUNS = "io.github.keras4j.optimizers.tables.Golden#runs";

  @ParameterizedTest
  @MethodSource(RUNS)
  void repeatsKerasFromItsConfiguration(Golden.Run run) {
    replay(run, run.optimizerFromConfiguration());
  }

  @ParameterizedTest
  @MethodSource(RUNS)
  void repeatsKerasThroughTheBuilder(Golden.Run run) {
    Builders builder = Builders.of(run.optimizer());
    run.trajectory().arguments().forEach(builder::set);
    replay(run, run.told(builder.build()));
  }

  private static void replay(Golden.Run run, Optimizer optimizer) {
    double[][] parameters = run.initialParameters();
    int step = 0;
    for (Golden.Moment expected : run.trajectory().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.applyGradients(run.gradients(step), parameters);
        run.setLearningRate(step + 1, optimizer::setLr);
      }
      String at = run + " after step " + step;
      assertThat(optimizer.getIterations()).as(at).isEqualTo(expected.iterations());
      Bits.assertWithin(run.ulps(), at + ", parameters", parameters, expected.params());
      if (step > 0 || !run.optimizer().is(Trait.BEGINS_WITH_THE_PARAMETERS)) {
        Bits.assertWithin(run.ulps(), at + ", weights", weights(optimizer), weights(run, expected));
      }
      if (expected.learningRate() != null) {
        double[][] rate = {{expected.learningRate()}};
        Bits.assertWithin(run.mathUlps(), at, new double[][] {{optimizer.getLr()}}, rate);
      }
      if (expected.mSchedule() != null) {
        double[][] product = {{optimizer.getState().scalars().get("m_schedule")}};
        Bits.assertWithin(run.mathUlps(), at, product, new double[][] {{expected.mSchedule()}});
      }
    }
    if (optimizer instanceof BaseOptimizer base) {
      base.finalizeVariableValues(parameters);
    }
    if (run.trajectory().finalized() != null) {
      Bits.assertWithin(run.ulps(), run + ", finalized", parameters, run.trajectory().finalized());
    }
  }

  private static double[][] weights(Optimizer optimizer) {
    return optimizer.getWeights().toArray(double[][]::new);
  }

  /** Keras's, but with zeros for a velocity that it keeps and never reads. */
  private static double[][] weights(Golden.Run run, Golden.Moment expected) {
    if (!run.optimizer().is(Trait.ANSWERS_ZEROS_FOR_A_VELOCITY_NOT_KEPT)
        || !run.trajectory().config().get("momentum").equals(0.)) {
      return expected.weights();
    }
    double[][] weights = Bits.copy(expected.weights());
    Arrays.stream(weights).skip(1).forEach(velocity -> Arrays.fill(velocity, 0.));
    return weights;
  }

  /** Key for key in Keras's order, every number by its value. */
  @ParameterizedTest
  @MethodSource(RUNS)
  void returnsTheConfigurationOfKeras(Golden.Run run) {
    Map<String, Object> config = run.optimizerFromConfiguration().getConfig();

    assertThat(KerasJson.byValue(config)).isEqualTo(KerasJson.byValue(run.trajectory().config()));
  }

  @ParameterizedTest
  @MethodSource(RUNS)
  void goesThroughTheSerializedFormOfKerasKeyForKey(Golden.Run run) {
    Map<String, Object> serialized = run.serialized(run.trajectory().config());

    Optimizer optimizer = Optimizers.deserialize(serialized);

    assertThat(KerasJson.byValue(Optimizers.serialize(optimizer)))
        .isEqualTo(KerasJson.byValue(serialized));
  }
}
