package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random arguments give the same bits in both implementations. */
class PlainSchedulesTest {
  private static final int ARGUMENTS = 500;
  private static final int STEPS = 200;

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.ScheduleTable#all")
  void agreesWithThePlainFormula(ScheduleTable.Row row) {
    Random random = new Random(3);
    for (int i = 0; i < ARGUMENTS; i++) {
      LearningRateSchedule schedule = row.fromConfig(row.sample(random));
      Map<String, Object> config = schedule.getConfig();
      for (int j = 0; j < STEPS; j++) {
        long step = j < STEPS / 2 ? j : random.nextLong() >>> random.nextInt(11, 63);
        double expected = row.formula().at(config, step);
        assertThat(Double.doubleToLongBits(schedule.at(step)))
            .as("%s at %d: %s instead of %s", schedule, step, schedule.at(step), expected)
            .isEqualTo(Double.doubleToLongBits(expected));
      }
    }
  }
}
