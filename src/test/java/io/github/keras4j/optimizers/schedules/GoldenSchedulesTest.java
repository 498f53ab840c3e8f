package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.support.Intrinsics;
import io.github.keras4j.optimizers.support.KerasJson;
import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every learning rate of Keras, bit for bit; where {@link Intrinsics} are missing, within some last
 * places.
 */
class GoldenSchedulesTest {
  private static final String ALL = "io.github.keras4j.optimizers.schedules.GoldenSchedules#all";

  @ParameterizedTest
  @MethodSource(ALL)
  void repeatsKerasFromItsArguments(GoldenSchedules.Table table) {
    assertRepeats(
        table,
        LearningRateSchedule.deserialize(
            Map.of("class_name", table.className(), "config", table.arguments())));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void repeatsKerasFromItsSerializedForm(GoldenSchedules.Table table) {
    assertRepeats(table, LearningRateSchedule.deserialize(table.serialized()));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void repeatsKerasThroughTheBuilder(GoldenSchedules.Table table) {
    LearningRateSchedule schedule = ScheduleTable.of(table.className()).build(table.arguments());

    assertRepeats(table, schedule);
    assertThat(schedule).isEqualTo(LearningRateSchedule.deserialize(table.serialized()));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void returnsTheSerializedFormOfKerasKeyForKey(GoldenSchedules.Table table) {
    LearningRateSchedule schedule =
        LearningRateSchedule.deserialize(
            Map.of("class_name", table.className(), "config", table.arguments()));

    assertThat(KerasJson.byValue(LearningRateSchedule.serialize(schedule)))
        .isEqualTo(KerasJson.byValue(table.serialized()));
  }

  @Test
  void holdsEveryScheduleOfKeras() {
    assertThat(GoldenSchedules.all().map(GoldenSchedules.Table::className).distinct())
        .containsExactlyInAnyOrderElementsOf(
            ScheduleTable.all()
                .map(ScheduleTable.Row::name)
                .filter(name -> !name.equals("WarmUp")) // which Keras does not have
                .toList());
    assertThat(GoldenSchedules.all()).allMatch(table -> table.values().length >= 10);
  }

  private static void assertRepeats(GoldenSchedules.Table table, LearningRateSchedule schedule) {
    for (double[] pair : table.values()) {
      double actual = schedule.at((long) pair[0]);
      if (!Intrinsics.present()) {
        if (!table.logarithmsDecide((long) pair[0])) {
          assertThat(actual)
              .as("step %.0f", pair[0])
              .isCloseTo(pair[1], within(table.limitForOtherMath(pair[1])));
        }
        continue;
      }
      assertThat(Double.doubleToLongBits(actual))
          .as("step %.0f: %s instead of %s", pair[0], actual, pair[1])
          .isEqualTo(Double.doubleToLongBits(pair[1]));
    }
  }
}
