package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.adams;
import static io.github.keras4j.optimizers.keras3.FiveGroups.built;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.optimizers;
import static io.github.keras4j.optimizers.keras3.FiveGroups.random;
import static io.github.keras4j.optimizers.keras3.FiveGroups.train;
import static io.github.keras4j.optimizers.keras3.FiveGroups.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.support.Bits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights and states that groups of tensors reject. */
class MultiOptimizerRejectedStateTest {
  @Test
  void rejectsWeightsThatDoNotFitAndChangesNothing() {
    MultiOptimizer multi = built();
    train(multi, random(1), 0, 4);
    List<double[]> weights = multi.getWeights();

    assertRejectedWeights(multi, null, "weights must be a list of arrays, got null");
    assertRejectedWeights(
        multi, weights.subList(1, weights.size()), "weights must hold 26 arrays, got 25");
    assertRejectedWeights(
        multi,
        replaced(weights, 5, 1.),
        "weights[5] must have 12 elements, as gradient_accumulator of tensor 0 of optimizers[0],"
            + " got 1");
    assertRejectedWeights(
        multi,
        replaced(weights, 0, 0.5),
        "weights[0] must hold the iterations, one whole number from 0 to 2^53, got 0.5");
    assertRejectedWeights(
        multi,
        replaced(weights, 23, -1.),
        "optimizers[4]: learning_rate must be a finite number >= 0, got -1.0");
    assertThatThrownBy(() -> adams().setWeights(weights))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "weights can be set once the tensors are known: call build(TensorSpec...) or make a"
                + " step");
  }

  private static List<double[]> replaced(List<double[]> weights, int index, double value) {
    List<double[]> changed = new ArrayList<>();
    weights.forEach(array -> changed.add(Arrays.stream(array).map(x -> x + 1.).toArray()));
    changed.set(index, new double[] {value});
    return changed;
  }

  private static void assertRejectedWeights(
      MultiOptimizer multi, List<double[]> weights, String message) {
    OptimizerState before = multi.getState();
    assertThatThrownBy(() -> multi.setWeights(weights))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    Bits.assertSame(multi.getState(), before);
  }

  static List<Arguments> rejectedStates() {
    MultiOptimizer multi = built();
    train(multi, random(7), 0, 3);
    OptimizerState state = multi.getState();
    List<Arguments> rejected = new ArrayList<>();
    rejected.add(
        Arguments.of(
            new OptimizerState("keras3.Adam", state.config(), 3, state.slots(), state.scalars()),
            "state must have class keras3.MultiOptimizer, got \"keras3.Adam\""));
    rejected.add(
        Arguments.of(
            new OptimizerState(state.className(), Map.of(), 3, state.slots(), state.scalars()),
            "optimizer_map must be a map, got null"));
    rejected.add(
        Arguments.of(
            withConfig(state, with(state.config(), "loss_scale_factor", 3.)),
            "state must have loss_scale_factor null, got 3.0"));
    Map<String, Object> untold = new LinkedHashMap<>(state.config());
    untold.remove("build_config");
    rejected.add(
        Arguments.of(
            withConfig(state, untold),
            "state must have build_config " + state.config().get("build_config") + ", got null"));
    rejected.add(
        Arguments.of(
            withConfig(state, adams().getState().config()),
            "state must have patterns [embedding/.*, .*/bias, out/kernel, nothing], got \"[a]\""));
    rejected.add(
        Arguments.of(
            withConfig(state, otherDefault(state.config(), Map.of("class_name", "Adam"))),
            "optimizers[4] must be the configuration of an Ftrl, got one with class_name"
                + " \"Adam\""));
    rejected.add(
        Arguments.of(
            withConfig(
                state,
                otherDefault(state.config(), Map.of("class_name", "Ftrl", "config", Map.of()))),
            "optimizers[4]: state must have hyperparameters "
                + new TreeSet<>(new Ftrl().getConfig().keySet())
                + ", got \"[]\""));
    rejected.add(
        Arguments.of(
            withScalar(state, "0.w", 1.),
            "state must have scalars [0.iterations, 0.variable, 1.iterations, 2.iterations,"
                + " 3.iterations, 4.iterations], got \"[0.iterations, 0.variable, 0.w,"
                + " 1.iterations, 2.iterations, 3.iterations, 4.iter\"..."));
    rejected.add(
        Arguments.of(
            withScalar(state, "4.iterations", 1.5),
            "state must have a whole number in scalar 4.iterations, got 1.5"));
    rejected.add(
        Arguments.of(
            withScalar(state, "4.iterations", -1.), "iterations must be from 0 to 2^53, got -1"));
    rejected.add(
        Arguments.of(
            withSlot(state, "m", new double[5][0]),
            "state must have slots [accumulator, average, gradient_accumulator, linear, momentum,"
                + " velocity, velocity_hat], got \"[accumulator, average, gradient_accumulator,"
                + " linear, m, momentum, velocity, velo\"..."));
    rejected.add(
        Arguments.of(
            withSlot(state, "linear", new double[2][0]),
            "state must have 5 tensors in slot linear, got 2"));
    rejected.add(
        Arguments.of(
            withSlot(state, "linear", new double[][] {{}, new double[6], {}, {}, {1.}}),
            "state must have 6 elements in slot linear, got 7"));
    rejected.add(
        Arguments.of(
            withSlot(state, "linear", new double[][] {{}, new double[5], {}, {}, {}}),
            "optimizers[4]: state must have 6 elements in slot linear of tensor 0, got 5"));
    rejected.add(
        Arguments.of(
            withSlot(state, "linear", new double[0][]),
            "optimizers[4]: state must have 1 tensors in slot linear, got 0"));
    return rejected;
  }

  private static OptimizerState withConfig(OptimizerState state, Map<String, Object> config) {
    return new OptimizerState(
        state.className(), config, state.iterations(), state.slots(), state.scalars());
  }

  private static OptimizerState withScalar(OptimizerState state, String name, double value) {
    Map<String, Double> scalars = new LinkedHashMap<>(state.scalars());
    scalars.put(name, value);
    return new OptimizerState(
        state.className(), state.config(), state.iterations(), state.slots(), scalars);
  }

  private static OptimizerState withSlot(OptimizerState state, String name, double[][] arrays) {
    Map<String, double[][]> slots = new LinkedHashMap<>(state.slots());
    slots.put(name, arrays);
    return new OptimizerState(
        state.className(), state.config(), state.iterations(), slots, state.scalars());
  }

  private static Map<String, Object> otherDefault(Map<String, Object> config, Object optimizer) {
    Map<?, ?> serialized = (Map<?, ?>) config.get("optimizer_map");
    Map<String, Object> map = new LinkedHashMap<>();
    ((Map<?, ?>) serialized.get("config")).forEach((key, value) -> map.put((String) key, value));
    map.put("default_optimizer", optimizer);
    return with(config, "optimizer_map", Map.of("class_name", "OptimizerMap", "config", map));
  }

  @ParameterizedTest
  @MethodSource("rejectedStates")
  void rejectsStatesThatDoNotFitAndChangesNothing(OptimizerState rejected, String message) {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 5);
    OptimizerState before = multi.getState();

    assertThatThrownBy(() -> multi.setState(rejected))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);

    Bits.assertSame(multi.getState(), before);
    double[][] expected = random(1);
    MultiOptimizer same = built();
    train(same, expected, 0, 8);
    train(multi, parameters, 5, 8);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void rejectsAStateThatDoesNotFitBeforeItIsBuilt() {
    MultiOptimizer multi = multi(optimizers());
    MultiOptimizer other = built();
    train(other, random(7), 0, 3);
    OptimizerState wrong =
        withSlot(other.getState(), "linear", new double[][] {{}, {1.}, {}, {}, {}});

    assertThatThrownBy(() -> multi.setState(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizers[4]: state must have 6 elements in slot linear of tensor 0, got 1");

    assertThat(IntStream.range(0, 5).mapToObj(i -> multi.optimizers().get(i).step.memory.lengths()))
        .containsOnlyNulls();
    multi.setState(other.getState());
    Bits.assertSame(multi.getState(), other.getState());
  }
}
