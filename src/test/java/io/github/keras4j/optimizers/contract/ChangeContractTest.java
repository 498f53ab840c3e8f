package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.examples.AdaBelief;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Hyperparameter;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A copy with other hyperparameters and the same state. */
class ChangeContractTest {
  /** Between two updates, whatever accumulates. */
  private static final int FIRST_STEPS = 12;

  private static final int STEPS = 5;

  /** Each row next to some others of its optimizer. */
  static Stream<Arguments> pairs() {
    return OptimizerTable.optimizers()
        .flatMap(
            entry -> {
              List<Row> rows = entry.rows().toList();
              int count = rows.size();
              return IntStream.range(0, 3 * count)
                  .mapToObj(
                      i -> Arguments.of(rows.get(i / 3), rows.get((i / 3 + i % 3 + 1) % count)));
            });
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void goesOnWithTheHyperparametersOfAnother(Row from, Row to) throws IOException {
    Training training = new Training(from.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    Contents before = Contents.of(training.optimizer, training.parameters);
    OptimizerState state = training.optimizer.getState();
    Map<String, Object> changes = new LinkedHashMap<>(from.config());
    changes.replaceAll((name, value) -> null);
    changes.putAll(to.config());

    Optimizer changed = training.optimizer.copy(changes);

    assertThat(Contents.of(training.optimizer, training.parameters)).isEqualTo(before);
    assertThat(changed).isExactlyInstanceOf(training.optimizer.getClass());
    Map<String, Object> config = new LinkedHashMap<>(to.config());
    config.values().removeIf(Objects::isNull); // which stand for defaults
    Optimizer fresh = to.entry().factory().apply(config);
    assertThat(changed.getConfig()).isEqualTo(fresh.getConfig());
    assertThat(changed.getIterations()).isEqualTo(training.optimizer.getIterations());
    from.told(fresh, OptimizerTable.specs(LENGTHS));
    fresh.setState(expected(state, changed, fresh, to));
    goOnAlike(changed, fresh, training);
  }

  private static OptimizerState expected(
      OptimizerState state, Optimizer changed, Optimizer fresh, Row to) {
    int steps = (int) Math.max(1., to.setting("gradient_accumulation_steps"));
    Map<String, Object> config = new LinkedHashMap<>(fresh.getState().config());
    Map<String, double[][]> slots = new LinkedHashMap<>();
    fresh
        .getState()
        .slots()
        .keySet()
        .forEach(
            name -> {
              double[][] zeros =
                  IntStream.of(LENGTHS)
                      .mapToObj(length -> new double[name.equals("average") ? 0 : length])
                      .toArray(double[][]::new);
              double[][] known = state.slots().get(name);
              slots.put(name, known == null ? zeros : sized(known, changed, name));
            });
    Map<String, Double> scalars = new LinkedHashMap<>(fresh.getState().scalars());
    scalars.putAll(state.scalars());
    return new OptimizerState(
        state.className(), config, changed.getIterations() * steps, slots, scalars);
  }

  /** Which tensors of Muon have velocities depends on what it excludes. */
  private static double[][] sized(double[][] known, Optimizer changed, String name) {
    double[][] now = changed.getState().slots().get(name);
    return IntStream.range(0, known.length)
        .mapToObj(i -> Arrays.copyOf(known[i], now[i].length))
        .toArray(double[][]::new);
  }

  private static void goOnAlike(Optimizer changed, Optimizer expected, Training training)
      throws IOException {
    Bits.assertSame(changed.getState(), expected.getState());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, changed, training.parameters);
    Checkpoint saved =
        Checkpoint.read(
            new ByteArrayInputStream(bytes.toByteArray()),
            Map.of("AdaBelief", AdaBelief::fromConfig));
    Training plain = new Training(expected, training).run(STEPS);
    new Training(changed, training).run(STEPS).assertSameAs(plain);
    Training resumed = new Training(saved.optimizer(), training);
    resumed.parameters = saved.parameters();
    resumed.run(STEPS).assertSameAs(plain);
    new Training(changed.copy(), plain).run(1).assertSameAs(plain.run(1));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void withoutChangesIsACopy(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(3);

    Training copied = new Training(training.optimizer.copy(Map.of()), training);
    Map<String, Object> config = new LinkedHashMap<>(training.optimizer.getConfig());
    config.values().removeIf(Objects::isNull); // which would be defaults
    config.remove("optimizer_map");
    Training same = new Training(training.optimizer.copy(config), training);

    training.run(STEPS);
    copied.run(STEPS).assertSameAs(training);
    same.run(STEPS).assertSameAs(training);
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS_OF_ONE)
  void takesNullForTheDefault(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    for (Hyperparameter hyperparameter : row.entry().hyperparameters()) {
      Map<String, Object> without = new LinkedHashMap<>(row.config());
      without.remove(hyperparameter.name());

      Optimizer changed =
          training.optimizer.copy(Collections.singletonMap(hyperparameter.name(), null));

      assertThat(changed.getConfig()).isEqualTo(row.entry().factory().apply(without).getConfig());
    }
  }

  // ---- What is rejected -----------------------------------------------------------------------

  private static void assertRejected(Training training, Map<String, ?> changes, String message) {
    Contents before = Contents.of(training.optimizer, training.parameters);
    assertThatThrownBy(() -> training.optimizer.copy(changes))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
    assertThat(Contents.of(training.optimizer, training.parameters)).isEqualTo(before);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // as a caller without types may have it
  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsOtherNames(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    String unknown = "unknown hyperparameter \"no such\" for " + row.entry().type().getSimpleName();

    assertRejected(
        training, null, "changes must be a map from hyperparameter names to values, got null");
    assertRejected(training, Map.of("no such", 1.), unknown);
    assertRejected(training, Collections.singletonMap("no such", null), unknown);
    assertRejected(
        training,
        Map.of("build_config", Map.of()),
        "changes must be without build_config, which resize and build change, got it");
    assertRejected(
        training, (Map) new TreeMap<>(Map.of(1, 2)), "config must have names as keys, got 1");

    Training untouched = new Training(row.toldOptimizer(LENGTHS)).run(FIRST_STEPS);
    training.run(STEPS).assertSameAs(untouched.run(STEPS));
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ENTRIES)
  void rejectsOtherValues(Entry entry) {
    Training training = new Training(entry.optimizer(Map.of(), LENGTHS)).run(FIRST_STEPS);
    for (Hyperparameter hyperparameter : entry.hyperparameters()) {
      String name = hyperparameter.name();
      hyperparameter.range().rejected().stream()
          .filter(bad -> bad.value() != null)
          .forEach(
              bad ->
                  assertRejected(
                      training, Map.of(name, bad.value()), name + " must be " + bad.message()));
    }
  }

  @ParameterizedTest
  @MethodSource(OptimizerTable.ROWS)
  void rejectsACopyDuringAStep(Row row) {
    Training training = new Training(row.toldOptimizer(LENGTHS)).run(1);
    Contents before = Contents.of(training.optimizer, training.parameters);

    assertThatThrownBy(
            () ->
                training.optimizer.minimize(
                    (p, g) -> {
                      training.optimizer.copy(Map.of());
                      return 0.;
                    },
                    training.parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("optimizer must serve one call at a time");

    assertThat(Contents.of(training.optimizer, training.parameters)).isEqualTo(before);
  }
}
