package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkNonNegative;
import static io.github.keras4j.optimizers.text.Errors.checkState;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.step.Rate;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** A learning rate: a number, or a schedule of the calls made so far. */
final class LearningRate implements Rate {
  private static final String NAME = "learning_rate";

  private final Hyperparameters hyperparameters;
  private double number;
  private LearningRateSchedule schedule; // null for the number

  LearningRate(Hyperparameters h, double defaultValue) {
    hyperparameters = h;
    set(parse(h.object(NAME, defaultValue)));
  }

  /** A number as a Double, a schedule as it is, its configuration as the schedule it stands for. */
  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  private static Object parse(Object given) {
    if (given instanceof LearningRateSchedule) {
      return given;
    }
    if (given instanceof Map) {
      return LearningRateSchedule.deserialize((Map<String, ?>) given);
    }
    if (given instanceof Number number) {
      return check(number.doubleValue());
    }
    throw illegalArgument(
        "learning_rate must be a number, a schedule or its configuration, got %s",
        Text.describe(given));
  }

  static Double check(double number) {
    return checkNonNegative(NAME, number);
  }

  /** Takes over a number or a schedule that has been checked. */
  void set(Object checked) {
    schedule = checked instanceof LearningRateSchedule its ? its : null;
    number = schedule == null ? (Double) checked : 0.;
    hyperparameters.replace(NAME, checked);
  }

  /** Sets a number that has been checked in the place of a number. */
  void setNumber(double number) {
    checkState(
        !isSchedule(), "learning_rate must be set to a schedule, since it is one, got %s", number);
    set(number);
  }

  boolean isSchedule() {
    return schedule != null;
  }

  Object serialized() {
    return schedule == null ? (Object) number : LearningRateSchedule.serialize(schedule);
  }

  @Override
  public double at(long calls) {
    if (schedule == null) {
      return number;
    }
    double rate = schedule.at(calls);
    if (Double.isNaN(rate)) {
      throw illegalState(
          "learning_rate must be a number, got NaN from the schedule at step %s", calls);
    }
    return rate;
  }

  @Override
  public Runnable prepare(Map<String, ?> config) {
    Object given = config.get(NAME);
    // A custom schedule may be known only to who made this optimizer.
    boolean same = isSchedule() && serialized().equals(given);
    Object rate = same ? schedule : parse(given);
    return () -> set(rate);
  }

  @Override
  public Runnable prepareChange(DoubleUnaryOperator change) {
    checkState(
        !isSchedule(),
        "learning_rate must be a number to be changed, got the schedule %s",
        schedule);
    double changed = check(change.applyAsDouble(number));
    return () -> set(changed);
  }
}
