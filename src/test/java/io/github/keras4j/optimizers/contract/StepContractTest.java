package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.LossFunction;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a step of every optimizer keeps to, in every configuration. */
class StepContractTest {
  /** Enough elements for a step to be shared among threads. */
  private static final int[] LARGE_LENGTHS = {100_001, 3, 170_000, 20_000};

  private static final double[][] LARGE = Bits.normal(3, LARGE_LENGTHS);

  static Stream<Entry> optimizersWithDecay() {
    return OptimizerTable.optimizers()
        .filter(entry -> entry.factory().apply(Map.of()).getConfig().containsKey("decay"));
  }

  /** Where nothing is summed, so that the order of elements does not count. */
  static Stream<Row> rowsWithoutSums() {
    return OptimizerTable.elementwiseRows()
        .filter(row -> !row.clipsByNorm())
        .filter(row -> row.excluded() == null);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void goesThroughItsConfiguration(Row row) {
    Map<String, Object> config = row.optimizer(LENGTHS).getConfig();

    Optimizer copy = row.told(row.entry().factory().apply(config), OptimizerTable.specs(LENGTHS));

    assertThat(copy.getConfig()).isEqualTo(config);
    Optimizer original = row.toldOptimizer(LENGTHS);
    new Training(copy).run(STEPS).assertSameAs(new Training(original).run(STEPS));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS_OF_ONE)
  void returnsASeparateConfiguration(Row row) {
    Optimizer optimizer = row.optimizer(LENGTHS);
    Map<String, Object> config = optimizer.getConfig();

    optimizer.getConfig().clear();

    assertThat(optimizer.getConfig()).isEqualTo(config).containsKey(row.rate());
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void leavesTheGradientsAlone(Row row) {
    double[][] gradients = gradients(0);

    row.optimizer(LENGTHS).applyGradients(gradients, Bits.normal(1, LENGTHS));

    Bits.assertSame("gradients", gradients, gradients(0));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void minimizesAsItAppliesGradients(Row row) {
    Optimizer minimizing = row.optimizer(LENGTHS);
    double[][] parameters = Bits.normal(1, LENGTHS);
    Training training = new Training(row.optimizer(LENGTHS));

    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = gradients(step);
      double[][] given = Bits.copy(parameters);
      double loss =
          minimizing.minimize(
              (at, gradientsAt) -> {
                Bits.assertSame("parameters", at, given);
                for (int tensor = 0; tensor < gradients.length; tensor++) {
                  for (int i = 0; i < gradients[tensor].length; i++) {
                    gradientsAt[tensor][i] += gradients[tensor][i];
                  }
                }
                return 0.5;
              },
              parameters);
      assertThat(loss).isEqualTo(0.5);
    }

    training.run(STEPS);
    Bits.assertSame("parameters", parameters, training.parameters);
    Bits.assertSame(minimizing.getState(), training.optimizer.getState());
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void takesALearningRateThatChanges(Entry entry) {
    String rate = entry.generation().rate;
    Optimizer changed = entry.optimizer(Map.of(rate, 0.5), LENGTHS);
    Optimizer fresh = entry.optimizer(Map.of(rate, 0.125), LENGTHS);

    changed.setLr(0.125);

    assertThat(changed.getLr()).isEqualTo(0.125);
    assertThat(changed.getConfig()).containsEntry(rate, 0.125);
    new Training(changed).run(STEPS).assertSameAs(new Training(fresh).run(STEPS));
  }

  @ParameterizedTest
  @MethodSource("optimizersWithDecay")
  void decaysTheLearningRateWithTheIterations(Entry entry) {
    double decay = 0.3;
    Optimizer decaying = entry.optimizer(Map.of("lr", 0.1, "decay", decay));
    Optimizer scheduled = entry.optimizer(Map.of());
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] expected = Bits.normal(1, LENGTHS);

    for (int step = 0; step < STEPS; step++) {
      scheduled.setLr(0.1 * (1. / (1. + decay * step)));
      decaying.applyGradients(gradients(step), parameters);
      scheduled.applyGradients(gradients(step), expected);
    }

    Bits.assertSame("parameters", parameters, expected);
    assertThat(decaying.getLr()).isEqualTo(0.1);
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutSums")
  void givesTheSameBitsHoweverTheElementsAreSplitOverTensors(Row row) {
    Optimizer whole = row.optimizer(29);
    Optimizer split = row.optimizer(IntStream.generate(() -> 1).limit(29).toArray());
    double[][] one = Bits.normal(1, 29);
    double[][] many = perElement(one[0]);

    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = Bits.normal(100 + step, 29);
      whole.applyGradients(gradients, one);
      split.applyGradients(perElement(gradients[0]), many);
    }

    Bits.assertSame("parameters", many, perElement(one[0]));
  }

  private static double[][] perElement(double[] tensor) {
    return Arrays.stream(tensor).mapToObj(x -> new double[] {x}).toArray(double[][]::new);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void givesTheSameBitsOnAnyNumberOfThreads(Row row) {
    Optimizer alone = row.optimizer(LARGE_LENGTHS);
    alone.setParallelism(1);
    Optimizer shared = row.optimizer(LARGE_LENGTHS);
    shared.setParallelism(4);
    double[][] parameters = Bits.copy(LARGE);
    double[][] expected = Bits.copy(LARGE);

    for (int step = 0; step < 2; step++) {
      shared.applyGradients(LARGE, parameters);
      alone.applyGradients(LARGE, expected);
    }

    assertThat(parameters).isDeepEqualTo(expected);
    assertThat(shared.getState().slots().values().toArray(double[][][]::new))
        .isDeepEqualTo(alone.getState().slots().values().toArray(double[][][]::new));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void comesDownAQuadratic(Entry entry) {
    LossFunction quadratic =
        (parameters, gradients) -> {
          double x = parameters[0][0] - 1.;
          double y = parameters[1][0] + 2.;
          gradients[0][0] = 2. * x;
          gradients[1][0] = 20. * y;
          return x * x + 10. * y * y;
        };

    // From 44. Lamb takes a share of the parameter, and so does not come past 0.
    assertThat(minimized(entry, quadratic, new double[][] {{3.}, {0.}})).isLessThan(2e-3);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void comesDownRosenbrocksValley(Entry entry) {
    LossFunction rosenbrock =
        (parameters, gradients) -> {
          double x = parameters[0][0];
          double y = parameters[0][1];
          gradients[0][0] = -2. * (1. - x) - 400. * x * (y - x * x);
          gradients[0][1] = 200. * (y - x * x);
          return (1. - x) * (1. - x) + 100. * (y - x * x) * (y - x * x);
        };

    assertThat(minimized(entry, rosenbrock, new double[][] {{-1.2, 1.}})).isLessThan(0.15);
  }

  /** The loss after 3,000 steps. */
  private static double minimized(Entry entry, LossFunction loss, double[][] parameters) {
    int[] lengths = Stream.of(parameters).mapToInt(tensor -> tensor.length).toArray();
    Optimizer optimizer = entry.optimizer(Map.of(entry.generation().rate, entry.rate()), lengths);
    for (int step = 0; step < 3_000; step++) {
      optimizer.minimize(loss, parameters);
    }
    return loss.evaluate(parameters, new double[parameters.length][2]);
  }
}
