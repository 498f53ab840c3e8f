package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static io.github.keras4j.optimizers.contract.Training.gradients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A call that is rejected, whatever rejects it, leaves the whole state as it was. */
class UnchangedContractTest {
  /** What a caller's object throws. */
  private static final class Thrown extends Error {
    private static final long serialVersionUID = 1L;

    Thrown() {
      super("thrown by the caller's object");
    }
  }

  /** Looks at a caller's object, of which one throws. */
  private static final class Looks {
    private int left;

    Looks(int left) {
      this.left = left;
    }

    void look() {
      if (left-- == 0) {
        throw new Thrown();
      }
    }
  }

  private static <T> List<T> watched(List<T> list, Looks looks) {
    return new AbstractList<>() {
      @Override
      public T get(int index) {
        looks.look();
        return list.get(index);
      }

      @Override
      public int size() {
        looks.look();
        return list.size();
      }
    };
  }

  private static <V> Map<String, V> watched(Map<String, V> map, Looks looks) {
    return new AbstractMap<>() {
      @Override
      public Set<Entry<String, V>> entrySet() {
        looks.look();
        return map.entrySet();
      }
    };
  }

  private static List<double[]> plusOne(List<double[]> weights) {
    List<double[]> changed = new ArrayList<>();
    for (double[] array : weights) {
      double[] more = array.clone();
      for (int i = 0; i < more.length; i++) {
        more[i] += 1.;
      }
      changed.add(more);
    }
    return changed;
  }

  static Stream<Row> rowsOfKeras2() {
    return OptimizerTable.rows().filter(row -> row.entry().isOf(Generation.KERAS_2));
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras2")
  void anErrorOfTheCallersWeightsChangesNothing(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Contents before = contents(training);
    List<double[]> weights = plusOne(training.optimizer.getWeights());
    Throwable thrown = new Thrown();

    for (int looks = 0; thrown != null; looks++) {
      List<double[]> watched = watched(weights, new Looks(looks));
      thrown = catchThrowable(() -> training.optimizer.setWeights(watched));
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(Thrown.class);
        assertThat(contents(training)).as("look %d", looks).isEqualTo(before);
      }
    }

    assertThat(contents(training)).isNotEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void anErrorOfTheCallersStateChangesNothing(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Contents before = contents(training);
    OptimizerState state = new Training(row.optimizer(LENGTHS)).run(3).optimizer.getState();
    Throwable thrown = new Thrown();

    for (int looks = 0; thrown != null; looks++) {
      Looks left = new Looks(Integer.MAX_VALUE);
      OptimizerState watched =
          new OptimizerState(
              state.className(),
              watched(state.config(), left),
              state.iterations(),
              watched(state.slots(), left),
              watched(state.scalars(), left));
      left.left = looks;
      thrown = catchThrowable(() -> training.optimizer.setState(watched));
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(Thrown.class);
        assertThat(contents(training)).as("look %d", looks).isEqualTo(before);
      }
    }

    assertThat(training.optimizer.getState()).isEqualTo(state);
  }

  private static Contents contents(Training training) {
    return Contents.of(training.optimizer, training.parameters);
  }

  private static Map<String, double[][]> longer(Map<String, double[][]> slots, int tensor) {
    Map<String, double[][]> changed = new LinkedHashMap<>(slots);
    changed.replaceAll(
        (name, tensors) -> {
          double[][] longer = tensors.clone();
          if (tensor < longer.length) {
            longer[tensor] = new double[longer[tensor].length + 1];
          }
          return longer;
        });
    return changed;
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void aRejectedStateChangesNothing(Row row) {
    Training training = new Training(row.optimizer(LENGTHS)).run(2);
    Training untouched = new Training(row.optimizer(LENGTHS)).run(2);
    Contents before = contents(training);
    OptimizerState state = new Training(row.optimizer(LENGTHS)).run(3).optimizer.getState();
    List<OptimizerState> wrong = new ArrayList<>();
    for (String name : state.config().keySet()) {
      Map<String, Object> config = new LinkedHashMap<>(state.config());
      config.remove(name);
      wrong.add(with(state, config, state.slots()));
    }
    Map<String, Object> more = new LinkedHashMap<>(state.config());
    more.put("no such", 1.);
    wrong.add(with(state, more, state.slots()));
    for (int tensor = 0; tensor < LENGTHS.length && !state.slots().isEmpty(); tensor++) {
      wrong.add(with(state, state.config(), longer(state.slots(), tensor)));
    }

    for (OptimizerState misfit : wrong) {
      assertThatThrownBy(() -> training.optimizer.setState(misfit))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(contents(training)).isEqualTo(before);
    }

    training.run(2).assertSameAs(untouched.run(2));
  }

  private static OptimizerState with(
      OptimizerState state, Map<String, Object> config, Map<String, double[][]> slots) {
    return new OptimizerState(
        state.className(), config, state.iterations(), slots, state.scalars());
  }

  static Stream<Row> rowsOfKeras3() {
    return OptimizerTable.rows().filter(row -> row.entry().isOf(Generation.KERAS_3));
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void aRejectedBuildChangesNothing(Row row) {
    for (boolean told : new boolean[] {false, true}) {
      BaseOptimizer optimizer =
          (BaseOptimizer)
              (told ? row.toldOptimizer(LENGTHS) : row.entry().factory().apply(row.config()));
      Contents before = Contents.of(optimizer);
      TensorSpec[] withNull = OptimizerTable.specs(LENGTHS);
      withNull[4] = null;

      for (TensorSpec[] specs : new TensorSpec[][] {null, {}, withNull}) {
        assertThatThrownBy(() -> optimizer.build(specs))
            .isInstanceOf(IllegalArgumentException.class);
        assertThat(Contents.of(optimizer)).isEqualTo(before);
      }

      optimizer.build(OptimizerTable.specs(LENGTHS));
      OptimizerTable.exclude(optimizer, row.excluded());
      new Training(optimizer).run(3).assertSameAs(new Training(row.toldOptimizer(LENGTHS)).run(3));
    }
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3")
  void aRejectedBuildAfterAStepChangesNothing(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(1);
    Contents before = contents(training);

    assertThatThrownBy(
            () -> ((BaseOptimizer) training.optimizer).build(OptimizerTable.specs(LENGTHS)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("build must come before the first step, got it after 1");

    assertThat(contents(training)).isEqualTo(before);
  }

  /** A step that is rejected makes slots that nobody sees, also where others are then wanted. */
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void aRejectedFirstStepChangesNothing(Row row) {
    Training training = new Training(row.optimizer(LENGTHS));
    Contents before = contents(training);
    double[][] wrong = gradients(0);
    wrong[2] = new double[16];
    Gradient[] rows = Stream.of(gradients(0)).map(Gradient::dense).toArray(Gradient[]::new);
    rows[2] = Gradient.rows(new int[] {17}, new double[] {1.});

    assertThatThrownBy(() -> training.optimizer.applyGradients(wrong, training.parameters))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> training.optimizer.applyGradients(rows, training.parameters))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                training.optimizer.minimize(
                    (p, g) -> {
                      g[2] = wrong[2];
                      return 0.;
                    },
                    training.parameters))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(contents(training)).isEqualTo(before);

    training.run(2).assertSameAs(new Training(row.optimizer(LENGTHS)).run(2));
  }

  /** The slots have been made when the numbers are looked at. */
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS_OF_ONE)
  void aFirstStepRejectedForItsNumbersChangesNothing(Row row) {
    Map<String, Boolean> asked = Map.of("error_if_non_finite", true);
    Training training = new Training(row.optimizerWith(asked, LENGTHS));
    Contents before = contents(training);
    double[][] wrong = gradients(0);
    wrong[4][7] = Double.NaN;
    Gradient[] rows = Stream.of(wrong).map(Gradient::dense).toArray(Gradient[]::new);

    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> training.optimizer.applyGradients(wrong, training.parameters))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gradients[4][7] must be finite, got NaN");
      assertThatThrownBy(() -> training.optimizer.applyGradients(rows, training.parameters))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(contents(training)).isEqualTo(before);
    }

    if (!row.entry().is(Trait.NEEDS_BUILD) && row.excluded() == null) {
      // Over tensors of other lengths: nothing is fixed yet.
      Optimizer other = row.optimizerWith(asked, 2, 2);
      double[][] parameters = Bits.normal(1, 2, 2);
      double[][] expected = Bits.normal(1, 2, 2);
      training.optimizer.applyGradients(Bits.normal(2, 2, 2), parameters);
      other.applyGradients(Bits.normal(2, 2, 2), expected);
      assertThat(Contents.of(training.optimizer, parameters))
          .isEqualTo(Contents.of(other, expected));
    } else {
      training.run(2).assertSameAs(new Training(row.optimizerWith(asked, LENGTHS)).run(2));
    }
  }

  /** A rate of 0.1 that throws when it is told to. */
  private static final class Rate implements LearningRateSchedule {
    private boolean throwing;

    @Override
    public double at(long step) {
      if (throwing) {
        throw new Thrown();
      }
      return 0.1;
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("rate", 0.1);
    }
  }

  static Stream<Row> rowsOfKeras3Alone() {
    return rowsOfKeras3().filter(row -> !row.entry().is(Trait.CONSISTS_OF_OTHERS));
  }

  @ParameterizedTest
  @MethodSource("rowsOfKeras3Alone")
  void anErrorOfTheSchedulesChangesNothing(Row row) {
    Rate rate = new Rate();
    Training training = new Training(row.toldOptimizer(LENGTHS));
    Training untouched = new Training(row.toldOptimizer(LENGTHS));
    ((BaseOptimizer) training.optimizer).setLearningRate(rate);
    ((BaseOptimizer) untouched.optimizer).setLearningRate(new Rate());

    for (int step = 0; step < 4; step++) {
      Contents before = contents(training);
      rate.throwing = true;
      assertThatThrownBy(() -> training.optimizer.applyGradients(gradients(9), training.parameters))
          .isInstanceOf(Thrown.class);
      assertThatThrownBy(
              () ->
                  training.optimizer.applyGradients(
                      Stream.of(gradients(9)).map(Gradient::dense).toArray(Gradient[]::new),
                      training.parameters))
          .isInstanceOf(Thrown.class);
      rate.throwing = false;
      assertThat(contents(training)).isEqualTo(before);
      training.run(1).assertSameAs(untouched.run(1));
    }
  }
}
