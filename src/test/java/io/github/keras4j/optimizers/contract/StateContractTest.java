package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What weights and state of every optimizer keep to, in every configuration. */
class StateContractTest {
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void sharesNothingWithItsWeights(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training untouched = new Training(row.optimizer(LENGTHS)).run(2);
    List<double[]> weights = training.optimizer.getWeights();

    training.optimizer.setWeights(weights);
    weights.forEach(array -> Arrays.fill(array, 7.));
    training.optimizer.getWeights().forEach(array -> Arrays.fill(array, 7.));

    training.run(2).assertSameAs(untouched.run(2));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void continuesFromItsWeightsWhereTheyHoldEnough(Row row) {
    Training uninterrupted = new Training(row.toldOptimizer(LENGTHS)).run(STEPS);
    Training stopped = new Training(row.optimizer(LENGTHS)).run(3);
    List<double[]> weights = stopped.optimizer.getWeights();
    Optimizer restored = row.toldOptimizer(LENGTHS);

    restored.setWeights(weights);

    Bits.assertSame("weights", restored.getWeights(), weights);
    Training resumed = new Training(restored, stopped).run(STEPS - 3);
    if (!row.entry().is(Trait.HAS_NO_ITERATIONS_IN_ITS_WEIGHTS)) {
      resumed.assertSameAs(uninterrupted);
    } else {
      assertThat(restored.getIterations()).isEqualTo(STEPS - 3);
      assertThat(Arrays.deepEquals(resumed.parameters, uninterrupted.parameters))
          .isEqualTo(!row.has("decay"));
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void setsWeightsOverThoseItHas(Row row) {
    Training stopped = new Training(row.optimizer(LENGTHS)).run(3);
    Training another = new Training(row.optimizer(LENGTHS)).run(5);

    another.optimizer.setWeights(stopped.optimizer.getWeights());

    Bits.assertSame("weights", another.optimizer.getWeights(), stopped.optimizer.getWeights());
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void continuesFromItsStateAfterAnyStep(Row row) {
    Training uninterrupted = new Training(row.optimizer(LENGTHS)).run(STEPS);
    for (int stop = 0; stop <= STEPS; stop++) {
      Training stopped = new Training(row.optimizer(LENGTHS)).run(stop);
      Optimizer restored = row.optimizer(LENGTHS);
      restored.setState(stopped.optimizer.getState());

      new Training(restored, stopped).run(STEPS - stop).assertSameAs(uninterrupted);
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void goesBackToAnEarlierState(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training earlier = new Training(row.optimizer(LENGTHS), training);
    OptimizerState state = training.optimizer.getState();
    training.run(STEPS);

    training.optimizer.setState(state);

    earlier.optimizer.setState(state);
    new Training(training.optimizer, earlier).run(3).assertSameAs(earlier.run(3));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void sharesNothingWithItsState(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training untouched = new Training(row.optimizer(LENGTHS)).run(2);
    OptimizerState state = training.optimizer.getState();

    training.optimizer.setState(state);
    state.slots().values().forEach(slot -> Arrays.stream(slot).forEach(t -> Arrays.fill(t, 7.)));
    training
        .optimizer
        .getState()
        .slots()
        .values()
        .forEach(slot -> Arrays.stream(slot).forEach(t -> Arrays.fill(t, 7.)));

    training.run(2).assertSameAs(untouched.run(2));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ELEMENTWISE_ROWS)
  void keepsItsSlotsAsLongAsTheTensors(Row row) {
    Map<String, double[][]> slots =
        new Training(row.optimizer(LENGTHS)).run(1).optimizer.getState().slots();

    assertThat(slots.values())
        .allSatisfy(
            tensors ->
                assertThat(Arrays.stream(tensors).mapToInt(tensor -> tensor.length))
                    .containsExactly(Arrays.stream(LENGTHS).boxed().toArray(Integer[]::new)));
  }
}
