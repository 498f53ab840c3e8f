package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ScheduleFreeAdamW alone has. */
class ScheduleFreeAdamWTest {
  private static final double[][] GRADIENTS = {{0.5, -0.25}};

  @Test
  void beginsItsMomentumAsTheParametersThatTheFirstStepFinds() {
    ScheduleFreeAdamW optimizer =
        ScheduleFreeAdamW.builder().learningRate(0.5).weightDecay(0.25).build();
    optimizer.build(TensorSpec.of("dense/kernel", 2), TensorSpec.of("dense/bias", 1));
    assertThat(optimizer.getWeights().get(2)).containsExactly(0., 0.);
    double[][] parameters = {{1., 2.}, {3.}};

    // The kernel decays before its update, to 0.875 and 1.75; the bias has neither.
    optimizer.applyGradients(new double[][] {{0., 0.}, null}, parameters);

    assertThat(optimizer.getWeights().get(2)).containsExactly(1., 2.);
    assertThat(optimizer.getWeights().get(4)).containsExactly(3.);
    assertThat(parameters[1]).containsExactly(3.);
  }

  @Test
  void beginsItsMomentumInTheFirstCallWhereUpdatesComeLater() {
    ScheduleFreeAdamW optimizer = ScheduleFreeAdamW.builder().gradientAccumulationSteps(2).build();
    double[][] parameters = {{1., 2.}};
    optimizer.applyGradients(GRADIENTS, parameters);
    parameters[0][0] = 7.;

    optimizer.applyGradients(new double[][] {{-0.5, 0.25}}, parameters);

    assertThat(optimizer.getWeights().get(3)).containsExactly(1., 2.);
  }

  @Test
  void warmsUp() {
    double[] shares = {0.25, 0.5, 0.75, 1., 1.};
    double[][] warmed = {{1., 2.}};
    double[][] scheduled = {{1., 2.}};
    ScheduleFreeAdamW warming =
        ScheduleFreeAdamW.builder().learningRate(0.5).warmupSteps(4).build();
    ScheduleFreeAdamW plain =
        ScheduleFreeAdamW.builder().learningRate(step -> 0.5 * shares[(int) step]).build();

    for (int step = 0; step < shares.length; step++) {
      warming.applyGradients(GRADIENTS, warmed);
      plain.applyGradients(GRADIENTS, scheduled);
      assertThat(warmed[0]).containsExactly(scheduled[0]);
    }
  }

  @Test
  void takesNullForNoWarmUp() {
    double[][] parameters = {{1., 2.}};
    double[][] same = {{1., 2.}};

    ScheduleFreeAdamW.fromConfig(Collections.singletonMap("warmup_steps", null))
        .applyGradients(GRADIENTS, parameters);
    new ScheduleFreeAdamW().applyGradients(GRADIENTS, same);

    assertThat(parameters[0]).containsExactly(same[0]);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0., 1., -0.5, Double.NaN})
  void rejectsABeta1OfWhichTheAverageCannotBeFound(double beta1) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScheduleFreeAdamW.fromConfig(Map.of("beta_1", beta1)))
        .withMessage("beta_1 must be above 0 and below 1, got " + beta1);
  }
}
