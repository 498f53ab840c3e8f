package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.SPECS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.STEPS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.built;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.optimizers;
import static io.github.keras4j.optimizers.keras3.FiveGroups.random;
import static io.github.keras4j.optimizers.keras3.FiveGroups.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.support.Bits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of tensors go on from their state, weights, checkpoints and copies. */
class MultiOptimizerStateTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void resumesFromItsState(int step) {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, step);
    OptimizerState state = multi.getState();
    double[][] resumedParameters = Bits.copy(parameters);
    MultiOptimizer resumed =
        (MultiOptimizer)
            Optimizers.deserialize(
                Map.of("class_name", state.className(), "config", state.config()));
    resumed.setState(state);
    Bits.assertSame(resumed.getState(), state);

    train(multi, parameters, step, STEPS);
    train(resumed, resumedParameters, step, STEPS);

    assertThat(resumedParameters).isDeepEqualTo(parameters);
    Bits.assertSame(resumed.getState(), multi.getState());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7})
  void resumesFromACheckpoint(int step) throws IOException {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, step);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Checkpoint.write(file, multi, parameters);

    Checkpoint resumed = Checkpoint.read(new ByteArrayInputStream(file.toByteArray()));
    Bits.assertSame(resumed.optimizer().getState(), multi.getState());
    train(multi, parameters, step, STEPS);
    train(resumed.optimizer(), resumed.parameters(), step, STEPS);

    assertThat(resumed.parameters()).isDeepEqualTo(parameters);
    Bits.assertSame(resumed.optimizer().getState(), multi.getState());
  }

  @Test
  void isSavedBeforeItsTensorsAreKnown() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Checkpoint.write(file, multi(optimizers()));
    MultiOptimizer loaded =
        (MultiOptimizer) Checkpoint.read(new ByteArrayInputStream(file.toByteArray())).optimizer();
    loaded.build(SPECS);
    MultiOptimizer same = built();
    double[][] parameters = random(1);
    double[][] expected = random(1);

    train(loaded, parameters, 0, 3);
    train(same, expected, 0, 3);

    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void goesBackToAState() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 5);
    multi.optimizers().get(0).setLearningRate(0.3);
    OptimizerState state = multi.getState();
    double[][] again = Bits.copy(parameters);
    train(multi, parameters, 5, STEPS);
    multi.optimizers().get(0).setLearningRate(0.1);

    multi.setState(state);
    assertThat(multi.optimizers().get(0).getLearningRate()).isEqualTo(0.3);
    train(multi, again, 5, STEPS);

    assertThat(again).isDeepEqualTo(parameters);
  }

  @Test
  void hasAStateBeforeItsTensorsAreKnown() {
    MultiOptimizer multi = multi(optimizers());
    OptimizerState state = multi.getState();
    assertThat(state.slots().values()).allMatch(arrays -> arrays.length == 0);

    multi.setState(state);
    multi.build(SPECS);
    double[][] parameters = random(1);
    train(multi, parameters, 0, 3);
    MultiOptimizer same = built();
    double[][] expected = random(1);
    train(same, expected, 0, 3);

    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void keepsSlotsByNameAndScalarsByNumber() {
    MultiOptimizer multi = built();
    train(multi, random(1), 0, 4);
    OptimizerState state = multi.getState();

    assertThat(state.className()).isEqualTo("keras3.MultiOptimizer");
    assertThat(state.iterations()).isEqualTo(4);
    assertThat(state.config())
        .containsOnlyKeys("optimizer_map", "loss_scale_factor", "name", "build_config");
    assertThat(lengths(state, "momentum")).containsExactly(12, 0, 2, 10, 5);
    assertThat(lengths(state, "velocity")).containsExactly(12, 0, 2, 10, 5);
    assertThat(lengths(state, "average")).containsExactly(12, 0, 0, 0, 0);
    assertThat(lengths(state, "gradient_accumulator")).containsExactly(12, 0, 0, 0, 0);
    assertThat(lengths(state, "velocity_hat")).containsExactly(0, 0, 2, 0, 5);
    assertThat(lengths(state, "accumulator")).containsExactly(0, 6, 0, 0, 0);
    assertThat(lengths(state, "linear")).containsExactly(0, 6, 0, 0, 0);
    assertThat(state.slots()).hasSize(7);
    assertThat(state.scalars())
        .containsEntry("0.iterations", 3.)
        .containsEntry("1.iterations", 3.)
        .containsEntry("2.iterations", 4.)
        .containsEntry("3.iterations", 0.)
        .containsEntry("4.iterations", 4.)
        .containsEntry("0.variable", 0.9 * (1. - 0.5 * 0.96))
        .hasSize(6);
  }

  private static int[] lengths(OptimizerState state, String slot) {
    return Arrays.stream(state.slots().get(slot)).mapToInt(array -> array.length).toArray();
  }

  @Test
  void copiesAnOptimizerThatGoesItsOwnWay() {
    List<BaseOptimizer> inside = optimizers();
    inside.get(4).setLearningRate(step -> 0.1 / (1. + step));
    MultiOptimizer multi = multi(inside);
    multi.build(SPECS);
    double[][] parameters = random(1);
    train(multi, parameters, 0, 4);
    double[][] copied = Bits.copy(parameters);

    MultiOptimizer copy = (MultiOptimizer) multi.copy();
    train(multi, parameters, 4, STEPS);
    train(copy, copied, 4, STEPS);

    assertThat(copied).isDeepEqualTo(parameters);
    Bits.assertSame("weights", copy.getWeights(), multi.getWeights());
  }

  @Test
  void resumesFromItsWeights() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 4);
    double[][] resumedParameters = Bits.copy(parameters);
    MultiOptimizer resumed = built();
    resumed.setWeights(multi.getWeights());
    assertThat(resumed.getIterations()).isEqualTo(4);

    train(multi, parameters, 4, STEPS);
    train(resumed, resumedParameters, 4, STEPS);

    assertThat(resumedParameters).isDeepEqualTo(parameters);
  }

  @Test
  void needsConfigurationsForAState() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .otherwise(Adam.builder().learningRate(step -> 0.1).build())
            .build();

    assertThatThrownBy(multi::getState).isInstanceOf(IllegalStateException.class);
    multi
        .optimizers()
        .get(0)
        .setLearningRate(CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build());
    assertThat(multi.getState().iterations()).isZero();
  }
}
