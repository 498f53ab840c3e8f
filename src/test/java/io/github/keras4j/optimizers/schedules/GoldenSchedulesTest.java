package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.support.Intrinsics;
import io.github.keras4j.optimizers.support.KerasJson;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
  void repeatsKerasThroughTheBuilder(GoldenSchedules.Table table)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName(getClass().getPackageName() + "." + table.className());
    Object builder = type.getMethod("builder").invoke(null);
    for (Map.Entry<String, Object> argument : table.arguments().entrySet()) {
      Method setter =
          Stream.of(builder.getClass().getMethods())
              .filter(method -> method.getName().equals(camelCase(argument.getKey())))
              .findFirst()
              .orElseThrow();
      Object value = argument.getValue();
      if (value instanceof Number number) {
        setter.invoke(builder, number.doubleValue());
      } else if (value instanceof List<?> list) {
        setter.invoke(
            builder, list.stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray());
      } else {
        setter.invoke(builder, value);
      }
    }
    LearningRateSchedule schedule =
        (LearningRateSchedule) builder.getClass().getMethod("build").invoke(builder);

    assertRepeats(table, schedule);
    assertThat(schedule).isEqualTo(LearningRateSchedule.deserialize(table.serialized()));
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void answersTheSerializedFormOfKerasKeyForKey(GoldenSchedules.Table table) {
    LearningRateSchedule schedule =
        LearningRateSchedule.deserialize(
            Map.of("class_name", table.className(), "config", table.arguments()));

    assertThat(KerasJson.byValue(LearningRateSchedule.serialize(schedule)))
        .isEqualTo(KerasJson.byValue(table.serialized()));
  }

  @Test
  void holdsEverySchedule() {
    assertThat(GoldenSchedules.all().map(GoldenSchedules.Table::className).distinct())
        .containsExactlyInAnyOrder(Schedules.names().toArray(String[]::new));
    assertThat(GoldenSchedules.all().mapToInt(table -> table.values().length).sum())
        .isEqualTo(1968);
  }

  private static String camelCase(String name) {
    return Pattern.compile("_(.)")
        .matcher(name)
        .replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
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
