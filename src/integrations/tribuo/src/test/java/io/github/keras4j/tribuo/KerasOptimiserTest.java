package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.tribuo.Machine.Gradients;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseSparseMatrix;
import org.tribuo.math.la.Tensor;

/** The numbers of a step, next to the optimizer itself. */
class KerasOptimiserTest {
  private static final int STEPS = 25;

  private static Stream<String> cases() {
    return Cases.all().keySet().stream();
  }

  private static Stream<String> lazyCases() {
    return cases().filter(Cases::mayBeLazy);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void hasTheBitsOfTheOptimizerItself(String name) {
    for (Gradients gradients : Gradients.values()) {
      assertThat(trained(name, gradients, false))
          .isDeepEqualTo(trainedDirectly(name, gradients, false));
    }
  }

  @ParameterizedTest
  @MethodSource("lazyCases")
  void hasTheBitsOfTheOptimizersOwnLazyRows(String name) {
    double[][] lazy = trained(name, Gradients.SPARSE, true);
    assertThat(lazy).isDeepEqualTo(trainedDirectly(name, Gradients.SPARSE, true));
    double[][] exact = trained(name, Gradients.SPARSE, false);
    if (Cases.keepsStillAtZero(name)) {
      assertThat(lazy).isDeepEqualTo(exact);
    } else if (!Cases.get(name).ignoresZeros()) {
      assertThat(lazy[1]).isNotEqualTo(exact[1]);
    }
    assertThat(trained(name, Gradients.DENSE, true))
        .isDeepEqualTo(trained(name, Gradients.DENSE, false));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void movesTheWeightsOfTheGradientsFeaturesAloneWhereItMay(String name) {
    Machine machine = new Machine();
    for (boolean lazyRows : new boolean[] {false, true}) {
      if (lazyRows && !Cases.mayBeLazy(name)) {
        continue;
      }
      KerasOptimiser optimiser = new KerasOptimiser(Cases.get(name), lazyRows);
      optimiser.initialise(machine.parameters);
      Tensor[] gradients = Gradients.SPARSE.next(machine.parameters, new Random(4));
      boolean sparse = lazyRows || Cases.keepsStillAtZero(name);
      assertThat(optimiser.step(gradients, 1.)[1])
          .isInstanceOf(sparse ? DenseSparseMatrix.class : DenseMatrix.class);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void staysWithinTheLastPlacesOfTheOptimizerItself(String name) {
    double[][] expected =
        new Machine()
            .trainDirectly(
                Cases.get(name), STEPS, Gradients.DENSE, false, Optimizer::applyGradients);
    double[][] actual = trained(name, Gradients.DENSE, false);
    for (int i = 0; i < expected.length; i++) {
      double largest = Arrays.stream(expected[i]).map(Math::abs).max().orElseThrow();
      assertThat(actual[i]).containsExactly(expected[i], within(4 * Math.ulp(largest)));
    }
  }

  private static double[][] trained(String name, Gradients gradients, boolean lazyRows) {
    Machine machine = new Machine();
    KerasOptimiser optimiser = new KerasOptimiser(Cases.get(name), lazyRows);
    optimiser.initialise(machine.parameters);
    machine.train(optimiser, STEPS, gradients);
    return machine.arrays();
  }

  private static double[][] trainedDirectly(String name, Gradients gradients, boolean lazyRows) {
    return new Machine()
        .trainDirectly(
            Cases.get(name),
            STEPS,
            gradients,
            lazyRows,
            Cases.readsParameters(name) ? Machine::addDifference : Optimizer::applyGradients);
  }
}
