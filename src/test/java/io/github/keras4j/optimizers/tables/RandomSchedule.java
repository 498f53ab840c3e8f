package io.github.keras4j.optimizers.tables;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Seeded schedules, as an optimizer's configuration holds them. */
public final class RandomSchedule {
  private RandomSchedule() {}

  /** One of the six, that begins about here. */
  public static Map<String, Object> of(Random random, double rate) {
    int steps = random.nextInt(1, 20);
    return switch (random.nextInt(6)) {
      case 0 ->
          schedule(
              "ExponentialDecay",
              Map.of("decay_rate", random.nextDouble(0.5, 1.1), "staircase", random.nextBoolean()),
              Map.of("initial_learning_rate", rate, "decay_steps", steps));
      case 1 ->
          schedule(
              "InverseTimeDecay",
              Map.of("decay_rate", random.nextDouble(), "staircase", random.nextBoolean()),
              Map.of("initial_learning_rate", rate, "decay_steps", steps));
      case 2 ->
          schedule(
              "PiecewiseConstantDecay",
              Map.of("boundaries", List.of(steps, steps + 4)),
              Map.of("values", List.of(rate, rate / 2., rate / 10.)));
      case 3 ->
          schedule(
              "PolynomialDecay",
              Map.of("power", pick(random, 0.5, 1., 2, 1.7), "cycle", random.nextBoolean()),
              Map.of(
                  "initial_learning_rate",
                  rate,
                  "decay_steps",
                  steps,
                  "end_learning_rate",
                  rate / 100.));
      case 4 -> {
        Map<String, Object> warmup = new TreeMap<>();
        warmup.put("warmup_target", pick(random, null, 2. * rate));
        warmup.put("warmup_steps", random.nextInt(6));
        yield schedule(
            "CosineDecay",
            warmup,
            Map.of("initial_learning_rate", rate, "decay_steps", steps, "alpha", 0.1));
      }
      default ->
          schedule(
              "CosineDecayRestarts",
              Map.of("t_mul", pick(random, 1., 1.5, 2), "m_mul", pick(random, 1., 0.8)),
              Map.of("initial_learning_rate", rate, "first_decay_steps", steps, "alpha", 0.1));
    };
  }

  private static Map<String, Object> schedule(
      String className, Map<String, ?> some, Map<String, ?> others) {
    Map<String, Object> config = new TreeMap<>(some);
    config.putAll(others);
    return Map.of(
        "module", "keras.optimizers.schedules", "class_name", className, "config", config);
  }

  private static Object pick(Random random, Object... values) {
    return values[random.nextInt(values.length)];
  }
}
