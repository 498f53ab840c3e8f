package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;

/** A learning rate: a number, or a schedule of the calls made so far. */
final class LearningRate {
  private Object value; // a Double or a LearningRateSchedule

  LearningRate(Object given) {
    value = parse(given);
  }

  /** A number as a Double, a schedule as it is, its configuration as the schedule it stands for. */
  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  static Object parse(Object given) {
    if (given instanceof LearningRateSchedule) {
      return given;
    }
    if (given instanceof Map) {
      return LearningRateSchedule.deserialize((Map<String, ?>) given);
    }
    if (given instanceof Number) {
      return check(((Number) given).doubleValue());
    }
    throw new IllegalArgumentException(
        format(
            "learning_rate must be a number, a schedule or its configuration, got %s",
            Text.describe(given)));
  }

  static Double check(double number) {
    if (!(number >= 0. && number < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "learning_rate must be a finite number >= 0, got " + number);
    }
    return number;
  }

  Object value() {
    return value;
  }

  void set(Object parsed) {
    value = parsed;
  }

  /** Sets a number that has been checked, in the place of a number. */
  void setNumber(double number) {
    if (isSchedule()) {
      throw new IllegalStateException(
          "learning_rate must be set to a schedule, since it is one, got " + number);
    }
    value = number;
  }

  boolean isSchedule() {
    return value instanceof LearningRateSchedule;
  }

  /** The configuration's form. */
  Object serialized() {
    return isSchedule() ? LearningRateSchedule.serialize((LearningRateSchedule) value) : value;
  }

  double at(long calls) {
    if (!isSchedule()) {
      return (Double) value;
    }
    double rate = ((LearningRateSchedule) value).at(calls);
    if (Double.isNaN(rate)) {
      throw new IllegalStateException(
          "learning_rate must be a number, got NaN from the schedule at step " + calls);
    }
    return rate;
  }
}
