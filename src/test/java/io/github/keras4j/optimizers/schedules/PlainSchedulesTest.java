package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random arguments give the same bits in both implementations. */
class PlainSchedulesTest {
  private static final int ARGUMENTS = 500;
  private static final int STEPS = 200;

  @ParameterizedTest
  @MethodSource("names")
  void agreesWithThePlainFormula(String className) {
    Random random = new Random(3);
    for (int i = 0; i < ARGUMENTS; i++) {
      LearningRateSchedule schedule =
          LearningRateSchedule.deserialize(
              Map.of("class_name", className, "config", arguments(className, random)));
      Map<String, Object> config = schedule.getConfig();
      for (int j = 0; j < STEPS; j++) {
        long step = j < STEPS / 2 ? j : random.nextLong() >>> random.nextInt(1, 63);
        double expected = PlainSchedules.at(className, config, step);
        assertThat(Double.doubleToLongBits(schedule.at(step)))
            .as("%s at %d: %s instead of %s", schedule, step, schedule.at(step), expected)
            .isEqualTo(Double.doubleToLongBits(expected));
      }
    }
  }

  private static Stream<String> names() {
    return Schedules.names().stream().sorted();
  }

  private static Map<String, Object> arguments(String className, Random random) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    if (className.equals("PiecewiseConstantDecay")) {
      int pieces = random.nextInt(1, 6);
      arguments.put(
          "boundaries",
          Arrays.stream(random.ints(pieces, 0, 150).sorted().toArray()).boxed().toList());
      arguments.put("values", random.doubles(pieces + 1L).boxed().toList());
      return arguments;
    }
    arguments.put("initial_learning_rate", pick(random, 0., 1, random.nextDouble()));
    Object steps = pick(random, 1, random.nextInt(1, 150), random.nextDouble(0.5, 150.));
    switch (className) {
      case "ExponentialDecay", "InverseTimeDecay" -> {
        arguments.put("decay_steps", steps);
        arguments.put("decay_rate", pick(random, 0, 1., random.nextDouble(0.5, 1.5)));
        arguments.put("staircase", random.nextBoolean());
      }
      case "PolynomialDecay" -> {
        arguments.put("decay_steps", steps);
        arguments.put("end_learning_rate", random.nextDouble());
        arguments.put("power", pick(random, 0.5, -1., 2, 0, random.nextDouble(-1., 4.)));
        arguments.put("cycle", random.nextBoolean());
      }
      case "CosineDecay" -> {
        arguments.put("decay_steps", steps);
        arguments.put("alpha", pick(random, 0, random.nextDouble()));
        arguments.put("warmup_target", pick(random, null, 0, random.nextDouble()));
        arguments.put(
            "warmup_steps", pick(random, 0, random.nextInt(80), 80 * random.nextDouble()));
      }
      default -> {
        arguments.put("first_decay_steps", steps);
        arguments.put("t_mul", pick(random, 0, 1, 2., 3, random.nextDouble(0., 3.)));
        arguments.put("m_mul", pick(random, 0, 1, random.nextDouble(0., 1.5)));
        arguments.put("alpha", pick(random, 0., random.nextDouble()));
      }
    }
    return arguments;
  }

  private static Object pick(Random random, Object... values) {
    return values[random.nextInt(values.length)];
  }
}
