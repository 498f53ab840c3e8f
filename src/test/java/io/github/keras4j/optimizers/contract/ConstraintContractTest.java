package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.STEPS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.constraints.MaxNorm;
import io.github.keras4j.optimizers.constraints.MinMaxNorm;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.constraints.UnitNorm;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every optimizer keeps to with constraints, in every configuration. */
class ConstraintContractTest {
  private static final Constraint FIRST = NonNeg.of();
  private static final Constraint THIRD = MaxNorm.of(0.5);
  private static final Constraint FIFTH = MinMaxNorm.of(0.5, 0.8, 0.5, 1);

  private static Optimizer constrained(Optimizer optimizer) {
    optimizer.constrain(0, FIRST);
    optimizer.constrain(2, THIRD);
    optimizer.constrain(4, FIFTH, 2, 4);
    return optimizer;
  }

  private static void constrain(double[][] parameters) {
    FIRST.apply(parameters[0], 3);
    THIRD.apply(parameters[2], 17);
    FIFTH.apply(parameters[4], 2, 4);
  }

  private static Training constrained(Row row) {
    return new Training(constrained(row.toldOptimizer(LENGTHS)));
  }

  /** Of which a shape told before says the same. */
  private static Training constrainedByNumber(Row row) {
    return new Training(constrained(row.optimizer(LENGTHS)));
  }

  /** Calls that only accumulate, too. */
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void constrainsAtTheEndOfEveryCall(Row row) {
    Training constrained = constrainedByNumber(row);
    Training free = new Training(row.optimizer(LENGTHS));

    for (int step = 0; step < STEPS; step++) {
      constrained.run(1);
      free.run(1);
      constrain(free.parameters);

      Bits.assertSame("parameters", constrained.parameters, free.parameters);
    }

    assertThat(constrained.optimizer.getConfig()).isEqualTo(free.optimizer.getConfig());
    Map<String, double[][]> slots = constrained.optimizer.getState().slots();
    free.optimizer
        .getState()
        .slots()
        .forEach((name, tensors) -> Bits.assertSame(name, slots.get(name), tensors));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void keepsThemInCopyStateAndCheckpoint(Row row) throws IOException {
    Training uninterrupted = constrainedByNumber(row).run(STEPS);
    for (int stop : new int[] {0, 1, 3, STEPS - 1}) {
      Training stopped = constrainedByNumber(row).run(stop);
      Optimizer fresh = row.entry().factory().apply(row.config());
      fresh.setState(stopped.optimizer.getState());
      Optimizer constrained = constrained(row.optimizer(LENGTHS));
      constrained.setState(stopped.optimizer.getState());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Checkpoint.write(out, stopped.optimizer, stopped.parameters);
      Checkpoint saved =
          Checkpoint.read(
              new ByteArrayInputStream(out.toByteArray()),
              Map.of(
                  row.entry().type().getSimpleName(),
                  (Map<String, ?> config) -> row.entry().factory().apply(config)));

      for (Optimizer same :
          List.of(
              stopped.optimizer.copy(),
              stopped.optimizer.copy(Map.of()),
              fresh,
              constrained,
              saved.optimizer(),
              fresh.copy())) {
        new Training(same, stopped).run(STEPS - stop).assertSameAs(uninterrupted);
      }
    }
  }

  static Stream<Row> rowsOfUntoldTensors() {
    return OptimizerTable.elementwiseRows().filter(row -> row.excluded() == null);
  }

  @ParameterizedTest
  @MethodSource("rowsOfUntoldTensors")
  void takesRowsAsDenseGradients(Row row) {
    int[] lengths = {12, 3};
    Optimizer byRows = row.optimizer(lengths);
    Optimizer dense = row.optimizer(lengths);
    for (Optimizer optimizer : List.of(byRows, dense)) {
      optimizer.constrain(0, MaxNorm.of(0.5, 0), 4, 3);
      optimizer.constrain(1, UnitNorm.of());
    }
    double[][] parameters = Bits.normal(1, lengths);
    double[][] expected = Bits.copy(parameters);

    for (int step = 0; step < STEPS; step++) {
      double[] values = Bits.normal(step, 3)[0];
      double[] bias = Bits.normal(100 + step, 3)[0];
      int touched = step % 4;
      byRows.applyGradients(
          new Gradient[] {Gradient.rows(new int[] {touched}, values), Gradient.dense(bias)},
          parameters);
      double[] all = new double[12];
      System.arraycopy(values, 0, all, 3 * touched, 3);
      dense.applyGradients(new double[][] {all, bias}, expected);

      Bits.assertSame("parameters", parameters, expected);
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsWhatCannotBeConstrainedAndChangesNothing(Row row) {
    Training training = constrained(row);
    Contents before = contents(training);
    Optimizer optimizer = training.optimizer;

    rejects("constraint must be a constraint, got null", () -> optimizer.constrain(1, null));
    rejects("tensor must be the number of one, got -1", () -> optimizer.constrain(-1, FIRST));
    rejects(
        "shape must be an array of dimensions, got null",
        () -> optimizer.constrain(1, FIRST, (int[]) null));
    rejects(
        "shape must have dimensions of at least 0, got [-1, -1]",
        () -> optimizer.constrain(1, FIRST, -1, -1));
    rejects(
        "tensor 0 must have one constraint, got NonNeg{} and UnitNorm{axis=0}",
        () -> optimizer.constrain(0, UnitNorm.of()));
    if (optimizer instanceof io.github.keras4j.optimizers.keras3.BaseOptimizer) {
      rejects(
          "constrain must name one of the 5 tensors, got number 5",
          () -> optimizer.constrain(5, FIRST));
      rejects(
          "constraint of tensor 1 must have a shape of 1 elements, got [2]",
          () -> optimizer.constrain(1, FIRST, 2));
      rejects(
          "axis must be one of shape [1, 1], got 2",
          () -> optimizer.constrain(1, UnitNorm.of(2), 1, 1));
    }
    assertThat(contents(training)).isEqualTo(before);

    training.run(2);
    Contents after = contents(training);
    assertThatThrownBy(() -> optimizer.constrain(1, FIRST))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "constrain must come before the first step, got it after "
                + optimizer.getState().iterations());
    assertThat(contents(training)).isEqualTo(after);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsAStepThatDoesNotFitAndChangesNothing(Row row) {
    for (String message :
        List.of(
            "constrain must name one of the 5 tensors, got number 5",
            "constraint of tensor 1 must have a shape of 1 elements, got [2]",
            "axis must be one of shape [1], got 1")) {
      Optimizer optimizer = row.entry().factory().apply(row.config());
      if (message.startsWith("constrain must")) {
        optimizer.constrain(5, FIRST);
      } else if (message.startsWith("axis")) {
        optimizer.constrain(1, UnitNorm.of(1));
      } else {
        optimizer.constrain(1, FIRST, 2);
      }
      Training training = new Training(optimizer);
      Contents before = contents(training);

      rejects(
          message,
          () ->
              row.told(optimizer, OptimizerTable.specs(LENGTHS))
                  .applyGradients(gradients(0), training.parameters));

      assertThat(contents(training)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsAStateWithOtherConstraintsAndChangesNothing(Row row) {
    Training training = constrainedByNumber(row).run(2);
    Contents before = contents(training);
    OptimizerState state = training.optimizer.getState();
    Optimizer others = row.optimizer(LENGTHS);
    others.constrain(1, FIRST);
    List<OptimizerState> wrong = new ArrayList<>();
    wrong.add(new Training(row.optimizer(LENGTHS)).run(2).optimizer.getState());
    wrong.add(new Training(others).run(2).optimizer.getState());
    Stream.of(
            "tensor",
            Map.of("tensor", 0),
            Map.of("tensor", 0.5, "constraint", Constraint.serialize(FIRST)),
            Map.of("tensor", 5, "constraint", Constraint.serialize(FIRST)),
            Map.of("tensor", 0, "constraint", Map.of("class_name", "Unknown")),
            Map.of(
                "tensor",
                0,
                "constraint",
                Map.of("class_name", "MaxNorm", "config", Map.of("max_value", -1))),
            Map.of("tensor", 0, "constraint", Constraint.serialize(UnitNorm.of(1))),
            Map.of("tensor", 0, "constraint", Constraint.serialize(FIRST), "shape", List.of(4)),
            Map.of(
                "tensor", 0, "constraint", Constraint.serialize(FIRST), "shape", List.of(-3, -1)),
            Map.of("tensor", 0, "pattern", "k", "constraint", Constraint.serialize(FIRST)),
            Map.of("pattern", "(", "constraint", Constraint.serialize(FIRST)),
            Map.of("tensor", 0, "constraint", Constraint.serialize(FIRST), "more", 1))
        .forEach(entry -> wrong.add(withConstraints(state, List.of(entry))));
    Map<String, Object> twice = Map.of("tensor", 0, "constraint", Constraint.serialize(FIRST));
    wrong.add(withConstraints(state, List.of(twice, twice)));
    for (int i = 0; i < wrong.size(); i++) {
      OptimizerState misfit = wrong.get(i);
      assertThatThrownBy(() -> training.optimizer.setState(misfit))
          .as("state %d", i)
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(contents(training)).isEqualTo(before);
    }
  }

  private static OptimizerState withConstraints(OptimizerState state, List<?> constraints) {
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    Map<String, Object> told = new LinkedHashMap<>();
    if (config.get("build_config") instanceof Map<?, ?> before) {
      before.forEach((key, value) -> told.put((String) key, value));
    }
    told.put("constraints", constraints);
    config.put("build_config", told);
    return new OptimizerState(
        state.className(), config, state.iterations(), state.slots(), state.scalars());
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void keepsAConstraintWithoutAConfigurationInACopyAloneAndSaysWhichItIs(Row row) {
    Constraint upTo1 = (values, shape) -> Arrays.setAll(values, i -> Math.min(values[i], 0.1));
    Optimizer optimizer = row.optimizer(LENGTHS);
    optimizer.constrain(2, upTo1);
    Training training = new Training(optimizer).run(3);

    Training copied = new Training(optimizer.copy(), training).run(3);
    training.run(3);

    Bits.assertSame("parameters", copied.parameters, training.parameters);
    assertThat(Arrays.stream(training.parameters[2]).max().orElseThrow()).isLessThanOrEqualTo(0.1);
    String message =
        "constraint must be of a class that overrides getConfig, got "
            + upTo1.getClass().getName()
            + ", a lambda or a class that does not";
    assertThatThrownBy(optimizer::getState)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    assertThatThrownBy(
            () -> Checkpoint.write(new ByteArrayOutputStream(), optimizer, training.parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
  }

  private static Contents contents(Training training) {
    return Contents.of(training.optimizer, training.parameters);
  }

  private static void rejects(String message, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
