package io.github.keras4j.optimizers.constraints;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.constraints.GoldenTrainings.Moment;
import io.github.keras4j.optimizers.constraints.GoldenTrainings.Run;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trains with constraints as the genuine Keras of both generations. */
class GoldenTrainingsTest {
  /** TensorFlow adds squares in another order. */
  private static final int KERAS2_ULPS = 8;

  /** Of formulas that sum over elements themselves, or clip by a norm. */
  private static final int SUM_ULPS = 16;

  private static final Set<String> SUMMING = Set.of("AdamW", "Lamb", "Adafactor", "Muon");

  static Stream<Run> runsOfKeras3() {
    return GoldenTrainings.of("keras3");
  }

  static Stream<Run> runsOfKeras2() {
    return GoldenTrainings.of("keras2");
  }

  @ParameterizedTest
  @MethodSource("runsOfKeras3")
  void trainsAsKeras3(Run run) {
    BaseOptimizer optimizer = (BaseOptimizer) run.optimizer(true);
    optimizer.build(run.specs());
    run.constrain(optimizer);

    train(run, optimizer, SUMMING.contains(run.training().className()) ? SUM_ULPS : 0);
  }

  @ParameterizedTest
  @MethodSource("runsOfKeras2")
  void trainsAsKeras2(Run run) {
    Optimizer optimizer = run.optimizer(false);
    run.constrain(optimizer);

    train(run, optimizer, KERAS2_ULPS);
  }

  private static void train(Run run, Optimizer optimizer, int ulps) {
    double[][] parameters = Bits.copy(run.file().initialParams());
    int step = 0;
    for (Moment expected : run.training().expected()) {
      for (; step < expected.step(); step++) {
        optimizer.applyGradients(run.gradients(step), parameters);
      }
      String at = run + " after step " + step;
      Bits.assertWithin(ulps, at + ", parameters", parameters, expected.params());
      if (optimizer instanceof BaseOptimizer) {
        double[][] weights = optimizer.getWeights().toArray(double[][]::new);
        Bits.assertWithin(ulps, at + ", weights", weights, expected.weights());
      }
    }
  }
}
