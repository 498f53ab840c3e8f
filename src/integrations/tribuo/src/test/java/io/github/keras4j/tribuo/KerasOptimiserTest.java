package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.tribuo.Machine.Gradients;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The numbers of a step, beside the optimizer itself. */
class KerasOptimiserTest {
  private static final int STEPS = 25;

  private static Stream<String> cases() {
    return Cases.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheBitsOfTheOptimizerItself(String name) {
    for (Gradients gradients : Gradients.values()) {
      Machine.Adding adding =
          Cases.readsParameters(name) ? Machine::addDifference : Optimizer::applyGradients;
      double[][] expected = new Machine().trainDirectly(Cases.get(name), STEPS, gradients, adding);
      assertThat(trained(name, gradients).arrays()).isDeepEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void staysWithinTheLastPlacesOfTheOptimizerItself(String name) {
    double[][] expected =
        new Machine()
            .trainDirectly(Cases.get(name), STEPS, Gradients.DENSE, Optimizer::applyGradients);
    double[][] actual = trained(name, Gradients.DENSE).arrays();
    for (int i = 0; i < expected.length; i++) {
      double largest = Arrays.stream(expected[i]).map(Math::abs).max().orElseThrow();
      assertThat(actual[i]).containsExactly(expected[i], within(4 * Math.ulp(largest)));
    }
  }

  private static Machine trained(String name, Gradients gradients) {
    Machine model = new Machine();
    KerasOptimiser optimiser = new KerasOptimiser(Cases.get(name));
    optimiser.initialise(model.parameters);
    model.train(optimiser, STEPS, gradients);
    return model;
  }
}
