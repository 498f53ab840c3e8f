package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every optimizer rejects, before it changes anything. */
class RejectionContractTest {
  /** A call that must be rejected, given parameters that fit the optimizer's earlier steps. */
  private record RejectedStep(String message, double[][] gradients, double[][] parameters) {
    /** Keras 3 leaves a tensor out whose gradient is null. */
    boolean ofKeras2Alone() {
      return gradients != null && Arrays.asList(gradients).contains(null);
    }
  }

  private static Stream<RejectedStep> rejectedSteps(double[][] parameters) {
    double[][] gradients = gradients(7);
    return Stream.of(
        new RejectedStep("gradients must be an array of tensors, got null", null, parameters),
        new RejectedStep("parameters must be an array of tensors, got null", gradients, null),
        new RejectedStep(
            "gradients[2] must be an array of numbers, got null",
            replaced(gradients, 2, null),
            parameters),
        new RejectedStep(
            "parameters[4] must be an array of numbers, got null",
            gradients,
            replaced(parameters, 4, null)),
        new RejectedStep(
            "gradients must hold one tensor for each of the 5 parameters, got 4",
            Arrays.copyOf(gradients, 4),
            parameters),
        new RejectedStep(
            "gradients[2] must have the 17 elements of parameters[2], got 16",
            replaced(gradients, 2, new double[16]),
            parameters),
        new RejectedStep(
            "parameters must hold 5 tensors, as before, got 4",
            Arrays.copyOf(gradients, 4),
            Arrays.copyOf(parameters, 4)),
        new RejectedStep(
            "parameters must hold at least one tensor, got 0", new double[0][], new double[0][]),
        new RejectedStep(
            "parameters[0] must have 3 elements, as before, got 4",
            replaced(gradients, 0, new double[4]),
            replaced(parameters, 0, new double[4])),
        new RejectedStep(
            "gradients[4] must not be a parameter, got the array of parameters[4]",
            replaced(gradients, 4, parameters[4]),
            parameters));
  }

  private static double[][] replaced(double[][] tensors, int tensor, double[] by) {
    double[][] replaced = tensors.clone();
    replaced[tensor] = by;
    return replaced;
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsAStepBeforeItChangesAnything(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training untouched = new Training(row.optimizer(LENGTHS)).run(2);

    rejectedSteps(training.parameters)
        .filter(rejected -> row.entry().isOf(Generation.KERAS_2) || !rejected.ofKeras2Alone())
        .forEach(
            rejected ->
                assertThatThrownBy(
                        () ->
                            training.optimizer.applyGradients(
                                rejected.gradients, rejected.parameters))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(rejected.message));

    training.assertSameAs(untouched);
    training.run(2).assertSameAs(untouched.run(2));
  }

  static Stream<Entry> optimizersThatNeedToKnowTheTensors() {
    return OptimizerTable.optimizers().filter(entry -> entry.is(Trait.NEEDS_BUILD));
  }

  @ParameterizedTest
  @MethodSource("optimizersThatNeedToKnowTheTensors")
  void rejectsAStepBeforeItKnowsTheTensors(Entry entry) {
    Optimizer untold = entry.factory().apply(Map.of());
    double[][] parameters = Bits.normal(1, LENGTHS);

    assertThatThrownBy(() -> untold.applyGradients(gradients(0), parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            untold.getClass().getSimpleName()
                + " needs names and shapes: call build(TensorSpec...) before the first step");

    Bits.assertSame("parameters", parameters, Bits.normal(1, LENGTHS));
    assertThat(untold.getIterations()).isZero();
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS_OF_ONE)
  void rejectsGradientsThatAreNotFiniteWhereAsked(Row row) {
    Map<String, Boolean> asked = Map.of("error_if_non_finite", true);
    Training training = new Training(row.optimizerWith(asked, LENGTHS)).run(2);
    Training untouched = new Training(row.optimizerWith(asked, LENGTHS)).run(2);

    for (double bad :
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      double[][] gradients = gradients(2);
      gradients[2][16] = bad;
      assertThatThrownBy(() -> training.optimizer.applyGradients(gradients, training.parameters))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gradients[2][16] must be finite, got " + bad);
    }

    assertThat(training.optimizer.getConfig()).containsEntry("error_if_non_finite", true);
    training.assertSameAs(untouched);
    training.run(2).assertSameAs(untouched.run(2));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS_OF_ONE)
  void takesFiniteGradientsWhoseSquaresOverflow(Row row) {
    double[][] parameters = {{1.}};
    double[][] expected = {{1.}};

    row.optimizerWith(Map.of("error_if_non_finite", true), 1)
        .applyGradients(new double[][] {{1e200}}, parameters);
    row.optimizer(1).applyGradients(new double[][] {{1e200}}, expected);

    Bits.assertSame("parameters", parameters, expected);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsWeightsAndStatesBeforeItChangesAnything(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training untouched = new Training(row.optimizer(LENGTHS)).run(2);
    Optimizer later = new Training(row.optimizer(LENGTHS)).run(3).optimizer;
    if (!row.hasSchedule() && !row.entry().is(Trait.CONSISTS_OF_OTHERS)) {
      later.setLr(0.75);
    }
    OptimizerState state = later.getState();
    List<double[]> lastIsWrong = new ArrayList<>(later.getWeights());
    lastIsWrong.set(lastIsWrong.size() - 1, new double[99]);
    List<double[]> firstIsWrong = new ArrayList<>(later.getWeights());
    firstIsWrong.set(0, new double[] {0.5});
    OptimizerState misfit =
        new OptimizerState(
            state.className(), state.config(), 3, state.slots(), Map.of("no such", 1.));

    for (List<double[]> weights : List.of(lastIsWrong, firstIsWrong)) {
      assertThatThrownBy(() -> training.optimizer.setWeights(weights))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("weights[");
    }
    assertThatThrownBy(() -> training.optimizer.setState(misfit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("state must have scalars");

    training.assertSameAs(untouched);
    training.run(2).assertSameAs(untouched.run(2));
  }
}
