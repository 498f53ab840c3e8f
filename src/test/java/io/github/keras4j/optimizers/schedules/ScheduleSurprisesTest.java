package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.SGD;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Numbers of schedules that may surprise, and what an optimizer makes of them. */
class ScheduleSurprisesTest {
  @Test
  void setsTheLearningRateOfAnOptimizerBeforeEachStep() {
    LearningRateSchedule schedule =
        PiecewiseConstantDecay.builder().boundaries(1, 3).values(0.5, 0.25, 0.125).build();
    Optimizer optimizer = new SGD();
    double[][] parameters = {{8.}};
    for (int step = 0; step < 5; step++) {
      optimizer.setLr(schedule.at(step));
      optimizer.applyGradients(new double[][] {{1.}}, parameters);
    }

    assertThat(parameters[0][0]).isEqualTo(8. - 2 * 0.5 - 2 * 0.25 - 0.125);
  }

  @Test
  void anOptimizerRejectsARateThatIsNotANumberAndStaysAsItWas() {
    LearningRateSchedule ending = restarts(0.5);
    Optimizer optimizer = SGD.builder().lr(0.3).build();

    assertThatThrownBy(() -> optimizer.setLr(ending.at(20)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lr must be a finite number >= 0, got NaN");
    assertThat(optimizer.getLr()).isEqualTo(0.3);
  }

  @Test
  void restartsOneStepLateWhereTheLogarithmsAreRoundedDown() {
    LearningRateSchedule schedule =
        CosineDecayRestarts.builder().initialLearningRate(0.1).firstDecaySteps(1).tMul(3.).build();

    assertThat(schedule.at(40)).isEqualTo(0.1);
    assertThat(schedule.at(121)).isEqualTo(0.);
    assertThat(schedule.at(122)).isGreaterThan(0.0999);
  }

  @Test
  void shrinkingPeriodsEndInNaN() {
    assertThat(restarts(0.5).at(10)).isEqualTo(0.1);
    assertThat(restarts(0.5).at(19)).isPositive();
    assertThat(restarts(0.5).at(20)).isNaN();
    assertThat(restarts(0.).at(9)).isPositive();
    assertThat(restarts(0.).at(10)).isNaN();
  }

  @Test
  void computesInDoubleWhereAnArgumentIsAnInteger() {
    Map<String, Object> integers =
        Map.of("initial_learning_rate", 1, "decay_steps", 10, "decay_rate", 0.9);

    assertThat(ExponentialDecay.fromConfig(integers).at(5)).isEqualTo(Math.sqrt(0.9));
    assertThat(
            CosineDecay.fromConfig(
                    Map.of(
                        "initial_learning_rate", 0,
                        "decay_steps", 10,
                        "warmup_target", 0.1,
                        "warmup_steps", 4))
                .at(2))
        .isEqualTo(0.05);
  }

  @Test
  void takesAnyStep() {
    assertThat(restarts(2.).at(Long.MAX_VALUE)).isBetween(0., 0.1);
    assertThat(
            CosineDecay.builder()
                .initialLearningRate(0.1)
                .decaySteps(10)
                .build()
                .at(Long.MAX_VALUE))
        .isEqualTo(0.);
  }

  private static CosineDecayRestarts restarts(double tMul) {
    return CosineDecayRestarts.builder()
        .initialLearningRate(0.1)
        .firstDecaySteps(10)
        .tMul(tMul)
        .build();
  }
}
