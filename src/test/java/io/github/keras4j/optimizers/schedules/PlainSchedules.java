package io.github.keras4j.optimizers.schedules;

import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.util.List;
import java.util.Map;

/** The schedules once more: one expression each, straight from a configuration. */
public final class PlainSchedules {
  private PlainSchedules() {}

  /** The learning rate of a step, from the class's name and a complete configuration. */
  public static double at(String className, Map<String, ?> config, long step) {
    return ScheduleTable.of(className).formula().at(config, step);
  }

  public static double exponential(Map<String, ?> config, double step) {
    return number(config, "initial_learning_rate")
        * pow(number(config, "decay_rate"), quotient(config, step));
  }

  public static double inverseTime(Map<String, ?> config, double step) {
    return number(config, "initial_learning_rate")
        / (1 + number(config, "decay_rate") * quotient(config, step));
  }

  private static double quotient(Map<String, ?> config, double step) {
    double quotient = step / number(config, "decay_steps");
    return (Boolean) config.get("staircase") ? Math.floor(quotient) : quotient;
  }

  /** As Keras does it: the values of all the pieces, each times 0 or 1, summed. */
  public static double piecewise(Map<String, ?> config, double step) {
    List<?> boundaries = (List<?>) config.get("boundaries");
    List<?> values = (List<?>) config.get("values");
    double sum = 0;
    for (int i = 0; i < values.size(); i++) {
      boolean after = i == 0 || step > number(boundaries.get(i - 1));
      boolean before = i == boundaries.size() || step <= number(boundaries.get(i));
      sum += (after && before ? 1 : 0) * number(values.get(i));
    }
    return sum;
  }

  public static double polynomial(Map<String, ?> config, double step) {
    double steps = number(config, "decay_steps");
    double end = number(config, "end_learning_rate");
    double left =
        (Boolean) config.get("cycle")
            ? 1 - step / (steps * (step == 0 ? 1 : Math.ceil(step / steps)))
            : 1 - (step < steps ? step : steps) / steps;
    return (number(config, "initial_learning_rate") - end) * pow(left, number(config, "power"))
        + end;
  }

  public static double cosine(Map<String, ?> config, double step) {
    double steps = number(config, "decay_steps");
    double alpha = number(config, "alpha");
    double from = number(config, "initial_learning_rate");
    double warmup = 0;
    if (config.get("warmup_target") != null) {
      double target = number(config, "warmup_target");
      warmup = number(config, "warmup_steps");
      if (step < warmup) {
        return (target - from) * (step / warmup) + from;
      }
      from = target;
    }
    // The end first, where the sum of the two lengths may have been rounded.
    double done = step > steps + warmup ? steps + warmup - warmup : step - warmup;
    return from * ((1 - alpha) * (0.5 * (1 + Math.cos(Math.PI * (done / steps)))) + alpha);
  }

  /** Of a number, or of another schedule of the table. */
  public static double warmUp(Map<String, ?> config, double step) {
    double steps = number(config, "steps");
    double start = number(config, "start");
    return step < steps
        ? (other(config, 0) - start) * (step / steps) + start
        : other(config, step - steps);
  }

  @SuppressWarnings("unchecked")
  private static double other(Map<String, ?> config, double step) {
    return config.get("schedule") instanceof Map<?, ?> other
        ? ScheduleTable.of((String) other.get("class_name"))
            .formula()
            .at((Map<String, ?>) other.get("config"), step)
        : number(config, "schedule");
  }

  public static double restarts(Map<String, ?> config, double step) {
    double t = number(config, "t_mul");
    double alpha = number(config, "alpha");
    double fraction = step / number(config, "first_decay_steps");
    double period;
    if (t == 1) {
      period = Math.floor(fraction);
      fraction -= period;
    } else {
      period = Math.floor(Math.log(1 - fraction * (1 - t)) / Math.log(t));
      double power = pow(t, period);
      fraction = (fraction - (1 - power) / (1 - t)) / power;
    }
    double height = 0.5 * pow(number(config, "m_mul"), period);
    return number(config, "initial_learning_rate")
        * ((1 - alpha) * (height * (1 + Math.cos(Math.PI * fraction))) + alpha);
  }

  private static double pow(double base, double exponent) {
    if (exponent == 2) {
      return base * base;
    } else if (exponent == 0.5) {
      return Math.sqrt(base);
    } else if (exponent == -1) {
      return 1 / base;
    }
    return Math.pow(base, exponent);
  }

  private static double number(Map<String, ?> config, String name) {
    return number(config.get(name));
  }

  private static double number(Object value) {
    return ((Number) value).doubleValue();
  }
}
