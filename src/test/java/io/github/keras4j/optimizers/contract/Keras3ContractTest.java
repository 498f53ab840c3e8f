package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.Hyperparameter;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every optimizer of Keras 3 has besides its formula. */
class Keras3ContractTest {
  static Stream<Entry> optimizersOfKeras3() {
    return OptimizerTable.optimizers().filter(entry -> entry.isOf(Generation.KERAS_3));
  }

  /** Others begin with the parameters as they were before. */
  static Stream<Entry> optimizersThatDecayAtOnce() {
    return optimizersOfKeras3().filter(entry -> !entry.is(Trait.BEGINS_WITH_THE_PARAMETERS));
  }

  @ParameterizedTest
  @MethodSource("optimizersThatDecayAtOnce")
  void decaysTheWeightsBeforeItUpdates(Entry entry) {
    double decay = 0.125;
    Optimizer decaying = entry.optimizer(allDecays(entry, decay), LENGTHS);
    Optimizer plain = entry.optimizer(allDecays(entry, 0.), LENGTHS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);

    // In one step only, since some remember the parameters.
    for (double[] tensor : expected) {
      Arrays.setAll(tensor, i -> tensor[i] - (tensor[i] * decay) * plain.getLr());
    }
    decaying.applyGradients(gradients(0), parameters);
    plain.applyGradients(gradients(0), expected);

    Bits.assertSame("parameters", parameters, expected);
  }

  /** Of Muon also that of the tensors that go by Adam. */
  private static Map<String, Double> allDecays(Entry entry, double decay) {
    return entry.hyperparameters().stream()
        .map(Hyperparameter::name)
        .filter(name -> name.endsWith("weight_decay"))
        .collect(Collectors.toMap(name -> name, name -> decay));
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras3")
  void updatesByTheMeanOfAccumulatedGradients(Entry entry) {
    Optimizer accumulating = entry.optimizer(Map.of("gradient_accumulation_steps", 2), LENGTHS);
    Optimizer plain = entry.optimizer(Map.of(), LENGTHS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);

    for (int update = 0; update < STEPS; update++) {
      double[][] first = gradients(2 * update);
      double[][] second = gradients(2 * update + 1);
      accumulating.applyGradients(first, parameters);
      Bits.assertSame("parameters between updates", parameters, expected);
      accumulating.applyGradients(second, parameters);
      for (int tensor = 0; tensor < first.length; tensor++) {
        for (int i = 0; i < first[tensor].length; i++) {
          first[tensor][i] = (second[tensor][i] + first[tensor][i]) / 2.;
        }
      }
      plain.applyGradients(first, expected);
    }

    Bits.assertSame("parameters", parameters, expected);
    assertThat(accumulating.getIterations()).isEqualTo(STEPS);
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras3")
  void averagesTheParameters(Entry entry) {
    BaseOptimizer averaging =
        (BaseOptimizer) entry.optimizer(Map.of("use_ema", true, "ema_momentum", 0.75), LENGTHS);
    Optimizer plain = entry.optimizer(Map.of(), LENGTHS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);
    double[][] average = Bits.copy(expected);

    for (int step = 0; step < STEPS; step++) {
      averaging.applyGradients(gradients(step), parameters);
      plain.applyGradients(gradients(step), expected);
      for (int tensor = 0; tensor < average.length; tensor++) {
        for (int i = 0; i < average[tensor].length; i++) {
          average[tensor][i] =
              step == 0
                  ? expected[tensor][i]
                  : 0.75 * average[tensor][i] + 0.25 * expected[tensor][i];
        }
      }
    }

    Bits.assertSame("parameters", parameters, expected);
    averaging.finalizeVariableValues(parameters);
    Bits.assertSame("averages", parameters, average);
  }

  @ParameterizedTest
  @MethodSource("optimizersOfKeras3")
  void leavesATensorAloneThatHasNoGradient(Entry entry) {
    Optimizer optimizer = entry.optimizer(allDecays(entry, 0.1), 3, 17);
    Optimizer alone = entry.optimizer(allDecays(entry, 0.1), 3);
    double[][] parameters = Bits.normal(1, 3, 17);
    double[][] expected = Bits.normal(1, 3, 17);
    double[][] first = {expected[0]};

    for (int step = 0; step < STEPS; step++) {
      double[] gradient = Bits.normal(100 + step, 3)[0];
      optimizer.applyGradients(new double[][] {gradient, null}, parameters);
      alone.applyGradients(new double[][] {gradient}, first);
    }

    Bits.assertSame("parameters", parameters, expected);
    assertThatThrownBy(() -> optimizer.applyGradients(new double[2][], parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients must hold one that is not null, got none among 2");
  }
}
