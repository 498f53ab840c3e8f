package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Memory;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.OptimizerTable.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable.Row;
import io.github.keras4j.optimizers.tables.OptimizerTable.Trait;
import io.github.keras4j.optimizers.tables.SomeRows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every optimizer keeps to where gradients are given by rows, in every configuration. */
class RowsTest {
  private static final String ROWS = "rowsElementByElement";
  private static final int STEPS = 12;

  /** Two tables, and a bias that has no rows worth the name. */
  private static final Tables SMALL = new Tables(new int[] {12, 7, 3}, new int[] {4, 1, 1});

  /** Enough rows for a step to be shared among threads. */
  private static final Tables LARGE = new Tables(new int[] {2_700, 90}, new int[] {100, 33});

  private static final double[][] LARGE_PARAMETERS = Bits.normal(1, LARGE.lengths());

  /** Every row of the large tables, in no order, and many of them twice. */
  private static final int[][] LARGE_ROWS =
      Arrays.stream(LARGE.rows)
          .mapToObj(rows -> IntStream.range(0, 3 * rows / 2).map(i -> (i * 7 + 5) % rows).toArray())
          .toArray(int[][]::new);

  private static final double[][] LARGE_VALUES =
      Bits.normal(
          2, IntStream.range(0, 2).map(i -> LARGE_ROWS[i].length * LARGE.widths[i]).toArray());

  private static final double[][] LARGE_DENSE =
      IntStream.range(0, 2)
          .mapToObj(
              i ->
                  SomeRows.dense(Gradient.rows(LARGE_ROWS[i], LARGE_VALUES[i]), LARGE.lengths()[i]))
          .toArray(double[][]::new);

  /** How far apart two orders of a norm's additions may lead in a step. */
  private static final int ULPS = 8;

  static Stream<Row> rowsElementByElement() {
    return OptimizerTable.rows().filter(row -> !row.entry().is(Trait.SUMS_OVER_ELEMENTS));
  }

  static Stream<Row> rowsThatAccumulate() {
    return rowsElementByElement().filter(RowsTest::accumulates);
  }

  private static boolean accumulates(Row row) {
    return row.has("gradient_accumulation_steps");
  }

  private static boolean clipsByNorm(Row row) {
    return row.has("clipnorm") || row.has("global_clipnorm");
  }

  /** Tensors that consist of rows. */
  private record Tables(int[] rows, int[] widths) {
    TensorSpec[] specs() {
      return IntStream.range(0, rows.length)
          .mapToObj(i -> TensorSpec.of("layer" + i + "/table_bias", rows[i], widths[i]))
          .toArray(TensorSpec[]::new);
    }

    int[] lengths() {
      return IntStream.range(0, rows.length).map(i -> rows[i] * widths[i]).toArray();
    }

    double[][] parameters() {
      return this == LARGE ? Bits.copy(LARGE_PARAMETERS) : Bits.normal(1, lengths());
    }

    Optimizer optimizer(Row row) {
      return row.toldOptimizer(specs());
    }
  }

  private static final class Random extends java.util.Random {
    private static final long serialVersionUID = 1L;

    Random(long seed) {
      super(seed);
    }

    /** Rows of a table, some of them more than once, in no order. */
    int[] rows(int count, int of) {
      return ints(count, 0, of).toArray();
    }

    double[] values(int count) {
      return doubles(count).map(x -> nextGaussian()).toArray();
    }
  }

  @ParameterizedTest
  @MethodSource(ROWS)
  void rowsAreTheDenseGradientWithZerosElsewhere(Row row) {
    boolean mayLack = row.entry().isOf(Generation.KERAS_3);
    Random random = new Random(7);
    Optimizer byRows = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = SMALL.parameters();
    for (int step = 0; step < STEPS; step++) {
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        int count = random.nextInt(SMALL.rows[i]);
        gradients[i] =
            Gradient.rows(
                random.rows(count, SMALL.rows[i]), random.values(count * SMALL.widths[i]));
      }
      if (mayLack && step % 4 == 1) {
        gradients[step % 3] = null;
      }
      byRows.applyGradients(gradients, parameters);
      dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      Bits.assertSame(row + " after " + step, parameters, expected);
      Bits.assertSame(byRows.getState(), dense.getState());
    }
  }

  /** Each step beside a model that consists of the touched rows, from the state before it. */
  @ParameterizedTest
  @MethodSource(ROWS)
  void aLazyStepIsTheDenseStepOverTheTouchedRows(Row row) {
    Random random = new Random(8);
    Optimizer lazy = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    for (int step = 0; step < STEPS; step++) {
      // In an accumulation the same rows in every call; which others come in is tested elsewhere.
      Random sameRows = new Random(step / Math.max(1, (int) period(row)));
      int[][] touched = new int[3][];
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        touched[i] =
            sameRows.rows(sameRows.nextInt(SMALL.rows[i]), SMALL.rows[i]); // some more than once
        double[] values = random.values(touched[i].length * SMALL.widths[i]);
        gradients[i] = Gradient.lazyRows(touched[i], values);
        touched[i] = Arrays.stream(touched[i]).distinct().toArray();
      }
      SomeRows part = new SomeRows(SMALL.widths, touched);
      Optimizer small = tables(part).optimizer(row);
      small.setState(of(part, lazy.getState(), small.getState().config().get("build_config")));
      double[][] smallParameters = part.of(parameters);
      double[][] smallGradients = part.of(SomeRows.dense(gradients, SMALL.lengths()));
      double[][] before = Bits.copy(parameters);
      OptimizerState stateBefore = lazy.getState();

      lazy.applyGradients(gradients, parameters);
      if (step == 0) {
        averagesBeginAsParameters(stateBefore, before);
      }
      small.applyGradients(smallGradients, smallParameters);

      int ulps = clipsByNorm(row) ? ULPS : 0;
      String at = row + " after " + step;
      Bits.assertWithin(ulps, at, part.of(parameters), smallParameters);
      OptimizerState expected = small.getState();
      OptimizerState actual = of(part, lazy.getState(), null);
      assertThat(actual.iterations()).isEqualTo(expected.iterations());
      assertThat(actual.scalars()).isEqualTo(expected.scalars());
      expected
          .slots()
          .forEach(
              (name, slot) ->
                  Bits.assertWithin(ulps, at + " " + name, actual.slots().get(name), slot));

      SomeRows rest = part.complement(SMALL.rows);
      Bits.assertSame(at + " elsewhere", rest.of(parameters), rest.of(before));
      OptimizerState untouched = of(rest, lazy.getState(), null);
      boolean known = stateBefore.slots().values().stream().allMatch(slot -> slot.length > 0);
      if (known && (step > 0 || !row.entry().is(Trait.BEGINS_WITH_THE_PARAMETERS))) {
        of(rest, stateBefore, null)
            .slots()
            .forEach((name, slot) -> Bits.assertSame(at, untouched.slots().get(name), slot));
      }
    }
  }

  private static double period(Row row) {
    return row.setting("gradient_accumulation_steps");
  }

  private static void averagesBeginAsParameters(OptimizerState state, double[][] parameters) {
    double[][] averages = state.slots().get("average");
    for (int i = 0; averages != null && i < averages.length; i++) {
      System.arraycopy(parameters[i], 0, averages[i], 0, parameters[i].length);
    }
  }

  private static Tables tables(SomeRows part) {
    return new Tables(
        Arrays.stream(part.rows()).mapToInt(rows -> rows.length).toArray(), SMALL.widths);
  }

  private static OptimizerState of(SomeRows part, OptimizerState state, Object buildConfig) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    state.slots().forEach((name, tensors) -> slots.put(name, part.of(tensors)));
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    config.remove("build_config");
    if (buildConfig != null) {
      config.put("build_config", buildConfig);
    }
    return new OptimizerState(
        state.className(), config, state.iterations(), slots, state.scalars());
  }

  @ParameterizedTest
  @MethodSource(ROWS)
  void anyNumberOfThreadsGivesTheBitsOfADenseStep(Row row) {
    double[][] expected = LARGE.parameters();
    Optimizer dense = LARGE.optimizer(row);
    for (int step = 0; step < 3; step++) {
      dense.applyGradients(LARGE_DENSE, expected);
    }

    Bits.assertWithin(0, row + " by rows", train(row, Gradient::rows, 4), expected);
    double[][] lazy = train(row, Gradient::lazyRows, 1);
    if (!clipsByNorm(row)) {
      Bits.assertWithin(0, row + ", lazy", lazy, expected);
    }
    Bits.assertWithin(0, row + ", lazy", train(row, Gradient::lazyRows, 4), lazy);
  }

  private static double[][] train(
      Row row, BiFunction<int[], double[], Gradient> gradient, int threads) {
    Optimizer optimizer = LARGE.optimizer(row);
    optimizer.setParallelism(threads);
    double[][] parameters = LARGE.parameters();
    Gradient[] gradients = new Gradient[LARGE.rows.length];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = gradient.apply(LARGE_ROWS[i], LARGE_VALUES[i]);
    }
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(gradients, parameters);
    }
    return parameters;
  }

  // ---- Accumulation ---------------------------------------------------------------------------

  /** Every call touches others of some rows, and all of them together touch them all. */
  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void anAccumulationTouchesTheRowsOfAllItsCalls(Row row) {
    Random random = new Random(10);
    int period = (int) period(row);
    SomeRows part = new SomeRows(SMALL.widths, new int[][] {{11, 3, 0, 8, 5, 2}, {4, 6, 1}, {2}});
    Optimizer lazy = SMALL.optimizer(row);
    Optimizer small = tables(part).optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = part.of(parameters);
    for (int step = 0; step < 5 * period; step++) {
      Gradient[] gradients = new Gradient[3];
      for (int i = 0; i < 3; i++) {
        int call = step % period;
        int table = i;
        int[] rows =
            IntStream.range(0, part.rows()[i].length)
                .filter(j -> j % period == call || random.nextInt(3) == 0)
                .map(j -> part.rows()[table][j])
                .toArray();
        gradients[i] = Gradient.lazyRows(rows, random.values(rows.length * SMALL.widths[i]));
      }
      lazy.applyGradients(gradients, parameters);
      small.applyGradients(part.of(SomeRows.dense(gradients, SMALL.lengths())), expected);
      if ((step + 1) % period == 0) {
        int ulps = clipsByNorm(row) ? ULPS : 0;
        Bits.assertWithin(ulps, row + " after " + step, part.of(parameters), expected);
        OptimizerState actual = of(part, lazy.getState(), null);
        small
            .getState()
            .slots()
            .forEach((name, slot) -> Bits.assertWithin(ulps, name, actual.slots().get(name), slot));
      }
    }
    SomeRows rest = part.complement(SMALL.rows);
    Bits.assertSame("elsewhere", rest.of(parameters), rest.of(SMALL.parameters()));
  }

  /** As if the lazy gradients had been dense too. */
  @ParameterizedTest
  @MethodSource("rowsThatAccumulate")
  void anAccumulationWithADenseGradientTouchesEveryRow(Row row) {
    Random random = new Random(11);
    int period = (int) period(row);
    Optimizer mixed = SMALL.optimizer(row);
    Optimizer dense = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    double[][] expected = SMALL.parameters();
    for (int step = 0; step < 6 * period; step++) {
      Gradient[] gradients = lazyGradients(random, false);
      double[][] asDense = SomeRows.dense(gradients, SMALL.lengths());
      boolean whole = step % period == step / period % period;
      for (int i = 0; i < 3; i++) {
        gradients[i] = whole ? Gradient.dense(asDense[i]) : gradients[i];
      }
      mixed.applyGradients(gradients, parameters);
      dense.applyGradients(asDense, expected);
      if ((step + 1) % period == 0) {
        Bits.assertSame(row + " after " + step, parameters, expected);
        Bits.assertSame(mixed.getState(), dense.getState());
      }
    }
  }

  private static Gradient[] lazyGradients(Random random, boolean mayLack) {
    Gradient[] gradients = new Gradient[3];
    for (int i = 0; i < 3; i++) {
      int[] rows = random.rows(random.nextInt(SMALL.rows[i]), SMALL.rows[i]);
      gradients[i] = Gradient.lazyRows(rows, random.values(rows.length * SMALL.widths[i]));
    }
    if (mayLack && random.nextBoolean()) {
      gradients[random.nextInt(3)] = null;
    }
    return gradients;
  }

  // ---- State ----------------------------------------------------------------------------------

  /** A training with gradients of every kind. */
  private static final class Training {
    Optimizer optimizer;
    double[][] parameters = SMALL.parameters();
    private final boolean mayLack;
    private int step;

    Training(Row row) {
      optimizer = SMALL.optimizer(row);
      mayLack = row.entry().isOf(Generation.KERAS_3);
    }

    private Training(Training other, Optimizer optimizer, double[][] parameters) {
      this.optimizer = optimizer;
      this.parameters = parameters;
      this.mayLack = other.mayLack;
      this.step = other.step;
    }

    Training run(int steps) {
      for (int end = step + steps; step < end; step++) {
        Random random = new Random(step);
        Gradient[] gradients = lazyGradients(random, mayLack);
        int other = random.nextInt(3);
        if (gradients[other] != null) {
          gradients[other] =
              random.nextBoolean()
                  ? Gradient.dense(SomeRows.dense(gradients[other], SMALL.lengths()[other]))
                  : Gradient.rows(gradients[other].rows(), gradients[other].values());
        }
        optimizer.applyGradients(gradients, parameters);
      }
      return this;
    }

    Training saved() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Checkpoint.write(bytes, optimizer, parameters);
      Checkpoint read = Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
      return new Training(this, read.optimizer(), read.parameters());
    }

    Training copied() {
      return new Training(this, optimizer.copy(), Bits.copy(parameters));
    }

    void assertSameAs(Training other) {
      Bits.assertSame("parameters", parameters, other.parameters);
      Bits.assertSame(optimizer.getState(), other.optimizer.getState());
    }
  }

  static Stream<Row> rowsOfTheLibrary() {
    return rowsElementByElement().filter(row -> row.entry().isOfTheLibrary());
  }

  @ParameterizedTest
  @MethodSource("rowsOfTheLibrary")
  void goesOnFromACheckpointAndACopyBitForBit(Row row) throws IOException {
    Training whole = new Training(row).run(STEPS);
    Training stopped = new Training(row);
    for (int step = 1; step < STEPS; step++) {
      stopped.run(1);
      Training saved = stopped.saved();
      saved.assertSameAs(stopped);
      saved.run(STEPS - step).assertSameAs(whole);
      stopped.copied().run(STEPS - step).assertSameAs(whole);
    }
  }

  /** Of an accumulation of three calls, two of which have been, over 3 rows of 2 and 4 elements. */
  @ParameterizedTest
  @MethodSource("wrongTouchedRows")
  void refusesAStateWithOtherTouchedRows(List<?> wrong) {
    double[][] parameters = {{1., 2., 3., 4., 5., 6.}, {7., 8., 9., 10.}};
    Gradient[] gradients = {
      Gradient.lazyRows(new int[] {2}, new double[] {1., -1.}), Gradient.dense(new double[4])
    };
    Adam adam = Adam.builder().useEma(true).gradientAccumulationSteps(3).build();
    adam.applyGradients(gradients, parameters);
    adam.applyGradients(gradients, parameters);
    OptimizerState state = adam.getState();
    assertThat(state.config())
        .containsEntry(
            "build_config", Map.of("touched_rows", Arrays.asList(List.of(2L, 2L, 2L), null)));
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    config.put("build_config", Map.of("touched_rows", wrong));
    OptimizerState hostile =
        new OptimizerState(
            state.className(), config, state.iterations(), state.slots(), state.scalars());
    String message =
        "state must have touched_rows of the 2 calls since the last update, and of tensors of"
            + " lengths [6, 4], got others";

    assertThatThrownBy(() -> adam.setState(hostile))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    Bits.assertSame(adam.getState(), state);

    Adam restored = Adam.builder().useEma(true).gradientAccumulationSteps(3).build();
    assertThatThrownBy(() -> restored.setState(hostile)).hasMessage(message);
    assertThat(restored.getState().iterations()).isZero();
  }

  static Stream<List<?>> wrongTouchedRows() {
    return Stream.of(
        List.of(), // of no tensor
        Arrays.asList(List.of(2, 2, 2), null, null),
        List.of(List.of(0, 2, 2), List.of()), // touched by no call
        List.of(List.of(3, 2, 2), List.of()), // by more than there were
        List.of(List.of(Integer.MAX_VALUE, 2, 2), List.of()),
        List.of(List.of(-1, 2, 2), List.of()),
        List.of(List.of(2, 4, 0), List.of()), // 4 does not divide 6
        List.of(List.of(2, -2), List.of()),
        List.of(List.of(2, 0, 0), List.of()), // rows of no elements
        List.of(List.of(2, 2, 3), List.of()), // rows 0 to 2 alone
        List.of(List.of(2, 2, -1), List.of()));
  }

  @ParameterizedTest
  @MethodSource(ROWS)
  void refusesAStepBeforeItChangesAnything(Row row) {
    Training training = new Training(row).run(2);
    Training untouched = new Training(row).run(2);

    for (Map.Entry<String, Gradient[]> refused : refusedGradients(training.parameters).entrySet()) {
      assertThatThrownBy(
              () -> training.optimizer.applyGradients(refused.getValue(), training.parameters))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(refused.getKey());
    }

    training.assertSameAs(untouched);
    training.run(3).assertSameAs(untouched.run(3));
  }

  private static Map<String, Gradient[]> refusedGradients(double[][] parameters) {
    Gradient[] good = lazyGradients(new Random(1), false);
    Map<String, Gradient[]> refused = new LinkedHashMap<>();
    refused.put("gradients must be an array of gradients, got null", null);
    refused.put(
        "gradients must hold one for each of the 3 parameters, got 2", Arrays.copyOf(good, 2));
    refused.put(
        "gradients[1] must have the 7 elements of parameters[1], got 6",
        replaced(good, 1, Gradient.dense(new double[6])));
    refused.put(
        "gradients[2] must not be a parameter, got the array of parameters[0]",
        replaced(good, 2, Gradient.lazyRows(new int[48], parameters[0])));
    refused.put(
        "gradients[1] must not be a parameter, got the array of parameters[1]",
        replaced(good, 1, Gradient.dense(parameters[1])));
    refused.put(
        "rows[1] of gradients[0] must be one of the 12 rows of parameters[0], from 0, got 12",
        replaced(good, 0, Gradient.rows(new int[] {11, 12}, new double[8])));
    refused.put(
        "rows[0] of gradients[0] must be one of the 12 rows of parameters[0], from 0, got -1",
        replaced(good, 0, Gradient.lazyRows(new int[] {-1}, new double[4])));
    refused.put(
        "gradients[0] must have rows of a length that divides the 48 elements of parameters[0],"
            + " got 5",
        replaced(good, 0, Gradient.lazyRows(new int[] {0}, new double[5])));
    return refused;
  }

  private static Gradient[] replaced(Gradient[] gradients, int tensor, Gradient by) {
    Gradient[] replaced = gradients.clone();
    replaced[tensor] = by;
    return replaced;
  }

  @ParameterizedTest
  @MethodSource("rowsThatAreFinite")
  void refusesRowsThatAreNotFiniteWhereAsked(Row row) {
    double[][] parameters = {{1., 2., 3., 4.}};
    Optimizer optimizer = row.entry().optimizer(Map.of("error_if_non_finite", true), 4);
    Gradient[] gradients = {Gradient.rows(new int[] {1}, new double[] {0., Double.NaN})};

    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0][1] must be finite, got NaN");

    assertThat(parameters[0]).containsExactly(1., 2., 3., 4.);
    assertThat(optimizer.getIterations()).isZero();
  }

  static Stream<Row> rowsThatAreFinite() {
    return rowsElementByElement().filter(row -> row.config().isEmpty());
  }

  // ---- What a step costs ----------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource(ROWS)
  void aStepOnOneThreadAllocatesNothing(Row row) throws Exception {
    Optimizer optimizer = SMALL.optimizer(row);
    double[][] parameters = SMALL.parameters();
    Gradient[] lazy = lazyGradients(new Random(3), false);
    Gradient[] byRows = new Gradient[3];
    Arrays.setAll(byRows, i -> Gradient.rows(lazy[i].rows(), lazy[i].values()));
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5 && least >= 2_000; round++) {
      long before = Memory.allocatedBytes();
      for (int step = 0; step < 1_000; step++) {
        optimizer.applyGradients(lazy, parameters);
        optimizer.applyGradients(byRows, parameters);
      }
      least = Math.min(least, Memory.allocatedBytes() - before);
    }

    // Less than a byte a step: the measuring is in it.
    assertThat(least).isLessThan(2_000);
  }

  // ---- Norms that are no numbers ----------------------------------------------------------------

  @ParameterizedTest
  @MethodSource(ROWS)
  void rowsAreDenseWhereANormIsNoNumberToo(Row row) {
    for (double extreme : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e200}) {
      Gradient[] gradients = lazyGradients(new Random(12), false);
      gradients[0] = Gradient.rows(new int[] {3}, new double[] {1., extreme, 0., 0.});
      Arrays.setAll(gradients, i -> Gradient.rows(gradients[i].rows(), gradients[i].values()));
      double[][] parameters = SMALL.parameters();
      double[][] expected = SMALL.parameters();
      Optimizer byRows = SMALL.optimizer(row);
      Optimizer dense = SMALL.optimizer(row);
      for (int step = 0; step < 3; step++) {
        byRows.applyGradients(gradients, parameters);
        dense.applyGradients(SomeRows.dense(gradients, SMALL.lengths()), expected);
      }
      Bits.assertWithin(0, row + " with " + extreme, parameters, expected);
    }
  }

  /** Where nothing has accumulated, a gradient of zero is divided by zero. */
  @ParameterizedTest
  @ValueSource(strings = {"adagrad", "keras3.adagrad"})
  void rowsAreDenseWhereZerosAreNotIgnored(String name) {
    Map<String, Object> config = new LinkedHashMap<>(Map.of("epsilon", 0.));
    if (name.startsWith("keras3")) {
      config.put("initial_accumulator_value", 0.);
    }
    Map<String, Object> serialized = Map.of("class_name", name, "config", config);
    double[][] parameters = {{1., 2., 3.}};

    Optimizers.deserialize(serialized)
        .applyGradients(
            new Gradient[] {Gradient.rows(new int[] {1}, new double[] {0.5})}, parameters);

    double[][] expected = {{1., 2., 3.}};
    Optimizers.deserialize(serialized).applyGradients(new double[][] {{0., 0.5, 0.}}, expected);
    assertThat(expected[0][0]).isNaN();
    Bits.assertWithin(0, name, parameters, expected);
  }

  // ---- Those that need whole tensors
  // --------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"lamb", "adafactor", "muon"})
  void optimizersOfWholeTensorsRefuseRowsByName(String name) {
    BaseOptimizer optimizer = (BaseOptimizer) Optimizers.get(name);
    optimizer.build(TensorSpec.of("a", 2, 2));
    double[][] parameters = {{1., 2., 3., 4.}};
    Gradient[] gradients = {Gradient.lazyRows(new int[] {1}, new double[2])};

    assertThatThrownBy(() -> optimizer.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            optimizer.getClass().getSimpleName()
                + " takes dense gradients alone, got rows in gradients[0]");
    assertThat(optimizer.getIterations()).isZero();
  }

  @Test
  void aMultiOptimizerHandsRowsToThoseInside() {
    TensorSpec[] specs = {TensorSpec.of("table", 3, 2), TensorSpec.of("dense/kernel", 2, 2)};
    MultiOptimizer both =
        MultiOptimizer.builder()
            .add("table", Adam.builder().gradientAccumulationSteps(2).useEma(true).build())
            .otherwise(Muon.builder().build())
            .build();
    both.build(specs);
    Adam alone = Adam.builder().gradientAccumulationSteps(2).useEma(true).build();
    Muon muon = Muon.builder().build();
    muon.build(specs[1]);
    double[][] parameters = Bits.normal(1, 6, 4);
    double[][] table = {parameters[0].clone()};
    double[][] kernel = {parameters[1].clone()};
    for (int step = 0; step < 6; step++) {
      Gradient rows = Gradient.lazyRows(new int[] {step % 3}, new double[] {step, -1.});
      Gradient dense = Gradient.dense(Bits.normal(step, 4)[0]);
      both = (MultiOptimizer) both.copy();
      OptimizerState state = both.getState();
      both.setState(state);
      both.applyGradients(new Gradient[] {rows, dense}, parameters);
      alone.applyGradients(new Gradient[] {rows}, table);
      muon.applyGradients(new Gradient[] {dense}, kernel);
      Bits.assertSame("table", parameters[0], table[0]);
      Bits.assertSame("kernel", parameters[1], kernel[0]);
    }

    MultiOptimizer refusing = both;
    assertThatThrownBy(
            () ->
                refusing.applyGradients(
                    new Gradient[] {
                      Gradient.rows(new int[] {0}, new double[2]),
                      Gradient.rows(new int[] {0}, new double[2])
                    },
                    parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Muon takes dense gradients alone, got rows in gradients[1]");
    Bits.assertSame("table", parameters[0], table[0]);
  }

  // ---- Calls ------------------------------------------------------------------------------------

  @Test
  void anAverageBeginsAsACopyOfTheParameters() {
    Adam adam = Adam.builder().useEma(true).emaMomentum(0.5).emaOverwriteFrequency(3).build();
    double[][] parameters = {{1., 2., 3., 4.}};
    for (int step = 0; step < 5; step++) {
      adam.applyGradients(
          new Gradient[] {Gradient.lazyRows(new int[] {step % 2}, new double[] {1.})}, parameters);
    }
    adam.finalizeVariableValues(parameters);

    assertThat(parameters[0][0]).isLessThan(1.);
    assertThat(parameters[0][1]).isLessThan(2.);
    assertThat(parameters[0][2]).isEqualTo(3.);
    assertThat(parameters[0][3]).isEqualTo(4.);
  }

  @Test
  void minimizesALossThatGivesRows() {
    Optimizer adagrad = Optimizers.get("adagrad");
    Optimizer dense = Optimizers.get("adagrad");
    double[][] parameters = {{1., 2., 3., 4.}, {5.}};
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 4; step++) {
      int row = step % 2;
      double loss =
          adagrad.minimize(
              (double[][] p, Gradient[] g) -> {
                assertThat(g).containsOnlyNulls();
                g[0] = Gradient.rows(new int[] {row}, new double[] {p[0][2 * row], p[1][0]});
                g[1] = Gradient.dense(new double[] {p[1][0]});
                return p[0][2 * row];
              },
              parameters);
      double lossOfDense =
          dense.minimize(
              (p, g) -> {
                g[0][2 * row] = p[0][2 * row];
                g[0][2 * row + 1] = p[1][0];
                g[1][0] = p[1][0];
                return p[0][2 * row];
              },
              expected);
      assertThat(loss).isEqualTo(lossOfDense);
      Bits.assertSame("parameters", parameters, expected);
    }
  }

  @Test
  void aLossWithDenseGradientsIsOneThatGivesRows() {
    LossFunction square =
        (p, g) -> {
          g[0][0] = 2. * p[0][0];
          return p[0][0] * p[0][0];
        };
    RowLossFunction sameSquare = square;
    double[][] parameters = {{3.}};
    double[][] expected = {{3.}};

    assertThat(Optimizers.get("adam").minimize(sameSquare, parameters)).isEqualTo(9.);
    assertThat(Optimizers.get("adam").minimize(square, expected)).isEqualTo(9.);

    Bits.assertSame("parameters", parameters, expected);
  }

  @Test
  void refusesAMissingLossOrGradientByName() {
    double[][] parameters = {{1.}, {2.}};
    Optimizer sgd = Optimizers.get("sgd");

    assertThatThrownBy(() -> sgd.minimize((RowLossFunction) null, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lossFunction must be a function, got null");
    assertThatThrownBy(
            () ->
                sgd.minimize(
                    (double[][] p, Gradient[] g) -> {
                      g[0] = Gradient.dense(new double[1]);
                      return 0.;
                    },
                    parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[1] must be a gradient, got null");
    assertThatThrownBy(() -> Optimizers.get("adamw").applyGradients(new Gradient[2], parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients must hold one that is not null, got none among 2");
    assertThat(sgd.getIterations()).isZero();
  }

  @Test
  void refusesRowsOfAnotherLengthThanTold() {
    Adam adam = Adam.builder().gradientAccumulationSteps(2).build();
    double[][] parameters = {new double[12]};
    Gradient[] pairs = {Gradient.lazyRows(new int[] {0}, new double[2])};
    Gradient[] triples = {Gradient.lazyRows(new int[] {0}, new double[3])};
    adam.applyGradients(pairs, parameters);

    assertThatThrownBy(() -> adam.applyGradients(triples, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "gradients[0] must have rows of 2 elements, as before in this accumulation, got 3");

    adam.applyGradients(pairs, parameters);
    adam.applyGradients(triples, parameters);

    Adam told = new Adam();
    told.build(TensorSpec.of("table", 3, 2, 2));
    assertThatThrownBy(() -> told.applyGradients(triples, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0] must have rows of 4 elements, as its spec has it, got 3");
  }
}
