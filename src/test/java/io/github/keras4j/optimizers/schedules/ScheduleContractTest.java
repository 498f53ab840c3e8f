package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.tables.Hyperparameter;
import io.github.keras4j.optimizers.tables.ScheduleTable;
import io.github.keras4j.optimizers.tables.ScheduleTable.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every schedule of the table. */
class ScheduleContractTest {
  private static final String ALL = "io.github.keras4j.optimizers.tables.ScheduleTable#all";
  private static final int SAMPLES = 50;

  // ---- Configuration and builder --------------------------------------------------------------

  @Test
  void theTableHasEverySchedule() {
    assertThatThrownBy(() -> LearningRateSchedule.deserialize(Map.of("class_name", "Unknown")))
        .hasMessage(
            "unknown schedule \"Unknown\", known are %s",
            String.join(", ", ScheduleTable.all().map(Row::name).sorted().toList()));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void hasABuilderMethodForEveryArgument(Row row) {
    assertThat(row.settable().distinct())
        .containsExactlyInAnyOrderElementsOf(
            row.arguments().map(a -> ScheduleTable.methodName(a.name())).toList());
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void isTheSameByBuilderByConfigurationAndBySerializedForm(Row row) {
    Random random = new Random(5);
    for (int i = 0; i < SAMPLES; i++) {
      Map<String, Object> sample = row.sample(random);
      LearningRateSchedule schedule = row.fromConfig(sample);

      assertThat(row.build(sample)).isEqualTo(schedule).hasSameHashCodeAs(schedule);
      assertThat(LearningRateSchedule.deserialize(LearningRateSchedule.serialize(schedule)))
          .isEqualTo(schedule)
          .isInstanceOf(row.type());
      assertThat(schedule.getConfig().keySet()).isEqualTo(sample.keySet());
      assertThat(schedule.toString())
          .startsWith(row.name() + "{")
          .contains("name=" + sample.get("name"));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void differsWhereAnArgumentDiffers(Row row) {
    Random random = new Random(6);
    Map<String, Object> sample = row.sample(random);
    LearningRateSchedule schedule = row.fromConfig(sample);
    for (Hyperparameter argument : row.arguments().toList()) {
      Object other =
          Stream.generate(() -> argument.sample(random))
              .filter(value -> value != null && !same(value, sample.get(argument.name())))
              .findFirst()
              .orElseThrow();

      assertThat(row.fromConfig(with(sample, argument.name(), other)))
          .as(argument.name())
          .isNotEqualTo(schedule);
    }
    assertThat(schedule).isNotEqualTo(null).isNotEqualTo(sample);
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void neverChangesAndNeverChangesItsArguments(Row row) {
    Map<String, Object> sample = row.sample(new Random(7));
    Map<String, Object> before = new LinkedHashMap<>(sample);
    LearningRateSchedule schedule = row.fromConfig(sample);
    Map<String, Object> config = schedule.getConfig();

    schedule.getConfig().clear();
    assertThat(schedule.getConfig()).isEqualTo(config);
    assertThat(sample).isEqualTo(before);
  }

  // ---- Rejections -------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("badInput")
  void isRejectedByName(BadInput bad) {
    assertThatThrownBy(bad.call())
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(bad.message());
  }

  private record BadInput(String message, ThrowingCallable call) {
    @Override
    public String toString() {
      return message;
    }
  }

  private static Stream<BadInput> badInput() {
    return ScheduleTable.all().flatMap(ScheduleContractTest::badInput);
  }

  private static Stream<BadInput> badInput(Row row) {
    Map<String, Object> sample = row.sample(new Random(8));
    List<BadInput> bad = new ArrayList<>();
    bad.add(
        new BadInput(
            String.format(
                "unknown hyperparameter \"lr\" for %s, known are %s",
                row, String.join(", ", sample.keySet().stream().sorted().toList())),
            () -> row.fromConfig(with(sample, "lr", 0.1))));
    bad.add(new BadInput("step must be at least 0, got -1", () -> row.fromConfig(sample).at(-1)));
    row.arguments()
        .forEach(
            argument ->
                argument
                    .range()
                    .rejected()
                    .forEach(
                        rejected ->
                            bad.add(
                                new BadInput(
                                    argument.name() + " must be " + rejected.message(),
                                    () ->
                                        row.fromConfig(
                                            with(sample, argument.name(), rejected.value()))))));
    row.required()
        .forEach(
            argument ->
                bad.add(
                    new BadInput(
                        String.format(
                            "%s must be %s, got nothing",
                            argument.name(), argument.range().allowed()),
                        () -> row.fromConfig(without(sample, argument.name())))));
    return bad.stream();
  }

  private static boolean same(Object a, Object b) {
    return a instanceof Number x && b instanceof Number y
        ? x.doubleValue() == y.doubleValue()
        : a.equals(b);
  }

  private static Map<String, Object> with(Map<String, Object> config, String name, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changed.put(name, value);
    return changed;
  }

  private static Map<String, Object> without(Map<String, Object> config, String name) {
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changed.remove(name);
    return changed;
  }
}
