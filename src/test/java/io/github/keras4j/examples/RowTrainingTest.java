package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.examples.RowTraining.Way;
import io.github.keras4j.optimizers.Optimizers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowTrainingTest {
  private static final Shakespeare CORPUS = Shakespeare.load();

  private static RowTraining training(String optimizer, Way way) {
    return new RowTraining(CORPUS, Optimizers.get(optimizer), way);
  }

  private static double[][] parameters(String optimizer, Way way, int steps) {
    RowTraining training = training(optimizer, way);
    for (int step = 0; step < steps; step++) {
      training.step();
    }
    assertThat(training.steps()).isEqualTo(steps);
    return training.model().parameters();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "adam", "keras3.adagrad"})
  void rowsLeadWhereDenseGradientsLead(String optimizer) {
    assertThat(parameters(optimizer, Way.ROWS, 10))
        .isDeepEqualTo(parameters(optimizer, Way.DENSE, 10));
  }

  @Test
  void lazyRowsLeadElsewhereWhereMomentsMoveAnUntouchedRow() {
    assertThat(parameters("keras3.adagrad", Way.LAZY, 10))
        .isDeepEqualTo(parameters("keras3.adagrad", Way.ROWS, 10));
    assertThat(parameters("adam", Way.LAZY, 10)[0])
        .isNotEqualTo(parameters("adam", Way.ROWS, 10)[0]);
  }

  @Test
  void measuresTheLossAsOftenAsAskedAndLearns() {
    RowTraining training = training("adagrad", Way.LAZY);
    List<Integer> seconds = new ArrayList<>();
    training.run(1, 4, (second, loss) -> seconds.add(second));
    assertThat(seconds).containsExactly(1);
    assertThat(training.times()).hasSize(5).isSorted().startsWith(0.);
    assertThat(training.times().get(4)).isGreaterThanOrEqualTo(1.);
    assertThat(training.losses()).hasSize(5);
    assertThat(training.finalLoss()).isLessThan(training.losses().get(0));
    assertThat(training.steps()).isPositive();
  }
}
