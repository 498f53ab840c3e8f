package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.keras4j.optimizers.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Ftrl alone has. */
class FtrlTest {
  private static final String NO_LEARNING_RATE =
      "learning_rate must be a finite number > 0 for Ftrl, got ";

  @ParameterizedTest
  @ValueSource(doubles = {0., -0.})
  void rejectsALearningRateThatOnlyReturnsNaN(double rate) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ftrl.builder().learningRate(rate).build())
        .withMessage(NO_LEARNING_RATE + rate);

    Ftrl ftrl = new Ftrl();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ftrl.setLearningRate(rate))
        .withMessage(NO_LEARNING_RATE + rate);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ftrl.setLr(rate))
        .withMessage(NO_LEARNING_RATE + rate);
    assertThat(ftrl.getLearningRate()).isEqualTo(0.001);
  }

  @Test
  void goesOnWithNaNWhereAScheduleReaches0() {
    Ftrl ftrl = Ftrl.builder().learningRate(step -> step == 0 ? 0.1 : 0.).build();
    double[] p = {0.};
    ftrl.applyGradients(new double[][] {{1.}}, new double[][] {p});
    assertThat(p[0]).isFinite();

    ftrl.applyGradients(new double[][] {{1.}}, new double[][] {p});
    assertThat(p[0]).isNaN();
  }

  @Test
  void setsParametersToZeroWithinTheL1Penalty() {
    Ftrl ftrl = Ftrl.builder().learningRate(0.1).l1RegularizationStrength(0.5).build();
    double[] p = {0., 0.};

    ftrl.applyGradients(new double[][] {{0.25, 1.}}, new double[][] {p});

    // The second: accumulator 0.1 + 1, z = 1.
    assertThat(p).containsExactly(0., (0.5 - 1.) / (Math.sqrt(1.1) / 0.1));
  }

  @Test
  void beginsItsAccumulatorsWhereItIsTold() {
    Ftrl ftrl = Ftrl.builder().initialAccumulatorValue(0.25).build();
    ftrl.build(TensorSpec.of("dense/bias", 2));

    List<double[]> weights = ftrl.getWeights();

    assertThat(weights).hasSize(4);
    assertThat(weights.get(2)).containsExactly(0.25, 0.25);
    assertThat(weights.get(3)).containsExactly(0., 0.);
  }
}
