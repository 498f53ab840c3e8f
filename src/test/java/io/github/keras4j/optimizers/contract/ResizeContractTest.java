package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.examples.AdaBelief;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
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

/** A training goes on with other tensors. */
class ResizeContractTest {
  /** Between two updates, whatever accumulates. */
  private static final int FIRST_STEPS = 12;

  private static final int STEPS = 5;

  /** Grown, new, shrunk and one gone: {@link #NUMBERS} says which was which of the contract's. */
  private static final TensorSpec[] SPECS = {
    TensorSpec.of("layer2/kernel", 4, 4),
    TensorSpec.of("layer0/kernel", 5),
    TensorSpec.of("new/kernel", 3, 2),
    TensorSpec.of("layer1/bias", 2),
    TensorSpec.of("layer1/kernel", 9)
  };

  private static final int[] NUMBERS = {4, 0, -1, 3, 2};

  /** The same by number. */
  private static final int[] OTHER_LENGTHS = {5, 1, 9, 2, 12, 6};

  private static final int[] SAME_NUMBERS = {0, 1, 2, 3, 4, -1};

  // ---- What goes on ---------------------------------------------------------------------------

  static Stream<Row> rowsWithoutNames() {
    return OptimizerTable.rows()
        .filter(row -> !row.entry().is(Trait.NEEDS_BUILD) && row.excluded() == null);
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutNames")
  void goesOnByNumber(Row row) throws IOException {
    Training before = new Training(row.optimizer(LENGTHS)).run(FIRST_STEPS);
    double[][] parameters = fitted(before.parameters, SAME_NUMBERS, Bits.normal(2, OTHER_LENGTHS));
    OptimizerState state = before.optimizer.getState();

    before.optimizer.resize(parameters);

    Optimizer fresh = row.optimizer(OTHER_LENGTHS);
    fresh.setState(expected(row, state, row.optimizer(OTHER_LENGTHS), SAME_NUMBERS, parameters));
    goOnAlike(before.optimizer, fresh, parameters);
  }

  static Stream<Row> rowsOfKeras3() {
    return OptimizerTable.rows().filter(row -> row.entry().isOf(Generation.KERAS_3));
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void goesOnByName(Row row) throws IOException {
    Training before = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    double[][] parameters = fitted(before.parameters, NUMBERS, Bits.normal(2, lengths()));
    OptimizerState state = before.optimizer.getState();

    ((BaseOptimizer) before.optimizer).resize(parameters, SPECS);

    Optimizer fresh = row.toldOptimizer(SPECS);
    fresh.setState(expected(row, state, row.toldOptimizer(SPECS), NUMBERS, parameters));
    goOnAlike(before.optimizer, fresh, parameters);
  }

  private static int[] lengths() {
    return Arrays.stream(SPECS).mapToInt(TensorSpec::length).toArray();
  }

  /** Each with the first elements of the one that had its number before. */
  private static double[][] fitted(double[][] before, int[] numbers, double[][] others) {
    double[][] fitted = Bits.copy(others);
    for (int i = 0; i < fitted.length; i++) {
      if (numbers[i] >= 0) {
        double[] first = before[numbers[i]];
        System.arraycopy(first, 0, fitted[i], 0, Math.min(first.length, fitted[i].length));
      }
    }
    return fitted;
  }

  /** The state after the steps so far, with the slots that it would have had for these tensors. */
  private static OptimizerState expected(
      Row row, OptimizerState state, Optimizer fresh, int[] numbers, double[][] parameters) {
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    config.remove("build_config");
    Object told = fresh.getState().config().get("build_config");
    if (told != null) {
      config.put("build_config", told);
    }
    Map<String, double[][]> slots = new LinkedHashMap<>();
    begun(row, state.config(), fresh, parameters)
        .forEach((name, begun) -> slots.put(name, fitted(state.slots().get(name), numbers, begun)));
    return new OptimizerState(
        state.className(), config, state.iterations(), slots, state.scalars());
  }

  /** Slots as they begin; those that are like the parameters with these. */
  private static Map<String, double[][]> begun(
      Row row, Map<String, Object> config, Optimizer fresh, double[][] parameters) {
    int[] lengths = Arrays.stream(parameters).mapToInt(p -> p.length).toArray();
    fresh.applyGradients(Bits.normal(3, lengths), Bits.copy(parameters)); // which makes the slots
    Map<String, double[][]> slots = fresh.getState().slots();
    slots.forEach(
        (name, arrays) -> {
          boolean likeParameters =
              name.equals("average")
                  || name.equals("momentum") && row.entry().is(Trait.BEGINS_WITH_THE_PARAMETERS);
          boolean initial =
              name.equals("accumulator") && config.containsKey("initial_accumulator_value");
          double value =
              initial ? ((Number) config.get("initial_accumulator_value")).doubleValue() : 0.;
          for (int i = 0; i < arrays.length; i++) {
            arrays[i] =
                likeParameters && arrays[i].length > 0
                    ? parameters[i]
                    : filled(arrays[i].length, value);
          }
        });
    return slots;
  }

  private static double[] filled(int length, double value) {
    double[] array = new double[length];
    Arrays.fill(array, value);
    return array;
  }

  private static void goOnAlike(Optimizer resized, Optimizer expected, double[][] parameters)
      throws IOException {
    Bits.assertSame(resized.getState(), expected.getState());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, resized, parameters);
    Checkpoint saved =
        Checkpoint.read(
            new ByteArrayInputStream(bytes.toByteArray()),
            Map.of("AdaBelief", AdaBelief::fromConfig));
    double[][] others = Bits.copy(parameters);
    int[] lengths = Arrays.stream(parameters).mapToInt(p -> p.length).toArray();
    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = Bits.normal(300 + step, lengths);
      resized.applyGradients(gradients, parameters);
      expected.applyGradients(gradients, others);
      saved.optimizer().applyGradients(gradients, saved.parameters());
    }
    Bits.assertSame("parameters", parameters, others);
    Bits.assertSame("from a checkpoint", saved.parameters(), parameters);
    Bits.assertSame(resized.getState(), expected.getState());
    Bits.assertSame(saved.optimizer().getState(), expected.getState());
  }

  static Stream<Row> rowsWithoutSums() {
    return OptimizerTable.elementwiseRows().filter(row -> !row.clipsByNorm());
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutSums")
  void leavesElementsThatWereThereAsInATrainingThatWasNotResized(Row row) {
    Training resized = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    Training untouched = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    boolean named = row.entry().isOf(Generation.KERAS_3);
    int[] numbers = named ? NUMBERS : SAME_NUMBERS;
    int[] lengths = named ? lengths() : OTHER_LENGTHS;
    double[][] parameters = fitted(resized.parameters, numbers, Bits.normal(2, lengths));

    if (named) {
      ((BaseOptimizer) resized.optimizer).resize(parameters, SPECS);
    } else {
      resized.optimizer.resize(parameters);
    }

    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = Training.gradients(FIRST_STEPS + step);
      resized.optimizer.applyGradients(
          fitted(gradients, numbers, Bits.normal(500 + step, lengths)), parameters);
    }
    untouched.run(STEPS);
    Bits.assertSame("parameters", parameters, fitted(untouched.parameters, numbers, parameters));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void toTheSameTensorsChangesNothing(Row row) {
    Training resized = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    Training untouched = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);

    if (resized.optimizer instanceof BaseOptimizer base) {
      base.resize(resized.parameters, OptimizerTable.specs(LENGTHS));
    } else {
      resized.optimizer.resize(resized.parameters);
    }

    resized.assertSameAs(untouched);
    resized.run(STEPS).assertSameAs(untouched.run(STEPS));
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void isBuildBeforeTheFirstStep(Row row) {
    BaseOptimizer resized = (BaseOptimizer) row.entry().factory().apply(row.config());
    double[][] parameters = Bits.normal(2, lengths());

    resized.resize(parameters, SPECS);
    OptimizerTable.exclude(resized, row.excluded());

    Optimizer built = row.toldOptimizer(SPECS);
    Bits.assertSame(resized.getState(), built.getState());
    double[][] others = Bits.copy(parameters);
    resized.applyGradients(Bits.normal(3, lengths()), parameters);
    built.applyGradients(Bits.normal(3, lengths()), others);
    Bits.assertSame("parameters", parameters, others);
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutNames")
  void byNumberChangesNothingBeforeTheFirstStep(Row row) {
    Training resized = new Training(row.optimizer(LENGTHS));
    Contents before = Contents.of(resized.optimizer);

    resized.optimizer.resize(Bits.normal(2, OTHER_LENGTHS));

    assertThat(Contents.of(resized.optimizer)).isEqualTo(before);
    resized.run(STEPS).assertSameAs(new Training(row.optimizer(LENGTHS)).run(STEPS));
  }

  // ---- What is rejected -----------------------------------------------------------------------

  private record Rejected(String message, ThrowingCallable call) {}

  private static double[][] replaced(double[][] tensors, int tensor, double[] other) {
    double[][] changed = tensors.clone();
    changed[tensor] = other;
    return changed;
  }

  private static TensorSpec[] replaced(int tensor, TensorSpec other) {
    TensorSpec[] changed = SPECS.clone();
    changed[tensor] = other;
    return changed;
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void rejectsByNameBeforeItChangesAnything(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    BaseOptimizer optimizer = (BaseOptimizer) training.optimizer;
    double[][] p = Bits.normal(2, lengths());
    List<Rejected> calls = new ArrayList<>();
    calls.add(
        new Rejected(
            "parameters must be an array of tensors, got null",
            () -> optimizer.resize(null, SPECS)));
    calls.add(
        new Rejected(
            "parameters must hold at least one tensor, got 0",
            () -> optimizer.resize(new double[0][], SPECS)));
    calls.add(
        new Rejected(
            "parameters[3] must be an array of numbers, got null",
            () -> optimizer.resize(replaced(p, 3, null), SPECS)));
    calls.add(
        new Rejected(
            "parameters[3] must be a separate array, got the array of parameters[1]",
            () -> optimizer.resize(replaced(p, 3, p[1]), SPECS)));
    calls.add(
        new Rejected(
            "specs must hold one for each tensor, got null",
            () -> optimizer.resize(p, (TensorSpec[]) null)));
    calls.add(
        new Rejected(
            "specs[2] must be the spec of a tensor, got null",
            () -> optimizer.resize(p, replaced(2, null))));
    calls.add(
        new Rejected(
            "specs must hold one for each of the 5 parameters, got 4",
            () -> optimizer.resize(p, Arrays.copyOf(SPECS, 4))));
    calls.add(
        new Rejected(
            "specs must hold one for each of the 4 parameters, got 5",
            () -> optimizer.resize(Arrays.copyOf(p, 4), SPECS)));
    calls.add(
        new Rejected(
            "specs[3] must have the 2 elements of parameters[3], got 3 in \"layer1/bias\"[3]",
            () -> optimizer.resize(p, replaced(3, TensorSpec.of("layer1/bias", 3)))));
    calls.add(
        new Rejected(
            "specs must differ in name, got \"layer2/kernel\" twice",
            () -> optimizer.resize(p, replaced(3, TensorSpec.of("layer2/kernel", 2)))));
    calls.add(
        new Rejected(
            "specs[0] must have the shape [2, 4] as before, except in the first dimension, got"
                + " \"layer2/kernel\"[2, 8]",
            () -> optimizer.resize(p, replaced(0, TensorSpec.of("layer2/kernel", 2, 8)))));
    calls.add(
        new Rejected(
            "specs[0] must have the shape [2, 4] as before, except in the first dimension, got"
                + " \"layer2/kernel\"[16]",
            () -> optimizer.resize(p, replaced(0, TensorSpec.of("layer2/kernel", 16)))));

    assertRejected(training, calls, IllegalArgumentException.class);
    assertRejected(
        training,
        List.of(
            new Rejected(
                "resize must be given specs, since build has told names and shapes, got none",
                () -> optimizer.resize(p))),
        IllegalStateException.class);

    Training untouched = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    training.run(STEPS).assertSameAs(untouched.run(STEPS));
  }

  private static void assertRejected(
      Training training, List<Rejected> calls, Class<? extends Exception> type) {
    Contents before = Contents.of(training.optimizer, training.parameters);
    for (Rejected rejected : calls) {
      assertThatThrownBy(rejected.call).isExactlyInstanceOf(type).hasMessage(rejected.message);
      assertThat(Contents.of(training.optimizer, training.parameters)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutNames")
  void rejectsByNumberBeforeItChangesAnything(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(FIRST_STEPS);
    Optimizer optimizer = training.optimizer;
    double[][] p = Bits.normal(2, OTHER_LENGTHS);

    assertRejected(
        training,
        List.of(
            new Rejected(
                "parameters must be an array of tensors, got null", () -> optimizer.resize(null)),
            new Rejected(
                "parameters must hold at least one tensor, got 0",
                () -> optimizer.resize(new double[0][])),
            new Rejected(
                "parameters[5] must be an array of numbers, got null",
                () -> optimizer.resize(replaced(p, 5, null))),
            new Rejected(
                "parameters[4] must be a separate array, got the array of parameters[0]",
                () -> optimizer.resize(replaced(p, 4, p[0])))),
        IllegalArgumentException.class);
    if (optimizer instanceof BaseOptimizer base) {
      assertRejected(
          training,
          List.of(
              new Rejected(
                  "resize with specs needs the names that the tensors had: call build before the"
                      + " first step, got none before 12",
                  () -> base.resize(Bits.normal(2, lengths()), SPECS))),
          IllegalStateException.class);
    }

    Training untouched = new Training(row.optimizer(LENGTHS)).run(FIRST_STEPS);
    training.run(STEPS).assertSameAs(untouched.run(STEPS));
  }

  static Stream<Row> rowsThatAccumulate() {
    return rowsOfKeras3().filter(row -> row.has("gradient_accumulation_steps"));
  }

  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void rejectsOtherTensorsInsideAnAccumulation(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS + 1);
    String message =
        "resize must come between updates, got it after 1 of the "
            + (int) row.setting("gradient_accumulation_steps")
            + " calls of an accumulation";

    assertRejected(
        training,
        List.of(
            new Rejected(
                message,
                () ->
                    ((BaseOptimizer) training.optimizer).resize(Bits.normal(2, lengths()), SPECS))),
        IllegalStateException.class);
    if (row.excluded() == null && !row.entry().is(Trait.NEEDS_BUILD)) {
      Training unnamed = new Training(row.optimizer(LENGTHS)).run(FIRST_STEPS + 1);
      assertRejected(
          unnamed,
          List.of(
              new Rejected(message, () -> unnamed.optimizer.resize(Bits.normal(2, OTHER_LENGTHS)))),
          IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsOtherTensorsDuringAStep(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(1);
    Contents before = Contents.of(training.optimizer, training.parameters);

    assertThatThrownBy(
            () ->
                training.optimizer.minimize(
                    (p, g) -> {
                      training.optimizer.resize(p);
                      return 0.;
                    },
                    training.parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("optimizer must serve one call at a time");

    assertThat(Contents.of(training.optimizer, training.parameters)).isEqualTo(before);
  }
}
