package io.github.keras4j.optimizers.tables;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A hyperparameter: what it must be, in the words of the message, what lies outside, and how to
 * draw a value that training uses. Written here independently of what the constructors check.
 *
 * @param range what it must be
 * @param sampler draws a value
 */
public record Hyperparameter(String name, Range range, Function<Random, Object> sampler) {
  /** What a hyperparameter must be, in words, and what is rejected. */
  public record Range(String allowed, List<Rejected> rejected) {
    public Range but(Object value, String message) {
      return new Range(
          allowed,
          Stream.concat(rejected.stream(), Stream.of(new Rejected(value, message))).toList());
    }

    /** The same, except for null. */
    public Range takingNull() {
      return new Range(allowed, rejected.stream().filter(bad -> bad.value != null).toList());
    }
  }

  /** A value outside and the message, from "must be" on. */
  public record Rejected(Object value, String message) {}

  // ---- Ranges ---------------------------------------------------------------------------------

  private static final double INFINITY = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;
  private static final double LEAST = Double.MIN_VALUE;

  public static final Range FINITE = number("a finite number", NAN, INFINITY, -INFINITY);
  public static final Range NON_NEGATIVE =
      number("a finite number >= 0", -1., -1, -LEAST, NAN, INFINITY, -INFINITY);
  public static final Range POSITIVE =
      number("a finite number > 0", 0, 0., -0., -LEAST, NAN, INFINITY);
  public static final Range NOT_POSITIVE = number("a finite number <= 0", 1, LEAST, NAN, -INFINITY);
  public static final Range UNIT = number("from 0 to 1", -0.1, 1.0000000000000002, 2, NAN);
  public static final Range DECAY_RATE = number("from 0 to below 1", 1, 1., -0.1, -LEAST, 1.5, NAN);
  public static final Range OPEN_UNIT = number("above 0 and below 1", 0, 1, -0., 1., -LEAST, NAN);
  public static final Range ABOVE_0_TO_1 = number("above 0 and at most 1", 0, 0., -0.1, 1.1, NAN);
  public static final Range FLAG = of("true or false", null, 1, 0., "yes", List.of());
  public static final Range TEXT = of("a string", null, 1, true, List.of());
  public static final Range WHOLE = number("an integer from 0 to 1000", -1, 0.5, 1001, NAN);
  public static final Range INTEGER_FROM_1 =
      number("an integer >= 1", 0, -1, 0.5, 1.5, NAN, INFINITY, 0x1p53 + 2.);
  public static final Range OTHER_SCHEDULE =
      number("a schedule, its configuration or a finite number >= 0", -1., -LEAST, NAN, INFINITY);
  public static final Range FINITE_NUMBERS = of("a list of finite numbers", null, 1, "0.5", true);
  public static final Range NON_NEGATIVE_OR_NULL = orNull("a finite number >= 0", -1., -LEAST, NAN);
  public static final Range POSITIVE_OR_NULL =
      orNull("a finite number > 0", 0., -1., NAN, INFINITY);
  public static final Range WHOLE_OR_NULL = orNull("an integer >= 0", -1, 0.5, NAN, 0x1p53 + 2.);

  /** Of Keras 3, where a schedule may stand for the number. */
  public static final Range LEARNING_RATE =
      new Range("a number, a schedule or its configuration", List.of())
          .but(-1., "a finite number >= 0, got -1.0")
          .but(NAN, "a finite number >= 0, got NaN")
          .but(INFINITY, "a finite number >= 0, got Infinity")
          .but(null, "a number, a schedule or its configuration, got null")
          .but("0.5", "a number, a schedule or its configuration, got \"0.5\"")
          .but(true, "a number, a schedule or its configuration, got true");

  public static final Range POSITIVE_LEARNING_RATE =
      LEARNING_RATE.but(0., "a finite number > 0 for Ftrl, got 0.0");

  public static final Range DECAY_OF_ADAMW =
      NON_NEGATIVE_OR_NULL.but(null, "a finite number >= 0, got null");

  public static final Range ACCUMULATION_STEPS =
      WHOLE_OR_NULL.but(1, "a whole number >= 2, or 0 or null for none, got 1");

  public static final Range TEXTS = of("a list of strings", "bias", 1, true).takingNull();

  private static Range number(String allowed, Object... outside) {
    return of(allowed, Stream.concat(Stream.of(outside), Stream.of(null, "0.5", true)).toArray());
  }

  private static Range orNull(String allowed, Object... outside) {
    return number(allowed + " or null", outside).takingNull();
  }

  private static Range of(String allowed, Object... outside) {
    return new Range(
        allowed,
        Arrays.stream(outside)
            .map(value -> new Rejected(value, allowed + ", got " + shown(value)))
            .toList());
  }

  private static String shown(Object value) {
    if (value instanceof String) {
      return "\"" + value + "\"";
    }
    return value instanceof List ? "a value of class ListN" : String.valueOf(value);
  }

  // ---- What training uses ---------------------------------------------------------------------

  /** Evenly spread. */
  public static Function<Random, Object> between(double from, double to) {
    return random -> from + (to - from) * random.nextDouble();
  }

  /** The powers of ten evenly spread. */
  public static Function<Random, Object> powerOfTen(double from, double to) {
    return random -> Math.pow(10., from + (to - from) * random.nextDouble());
  }

  /** Often 0, for what is off there. */
  public static Function<Random, Object> zeroOr(Function<Random, Object> sampler) {
    return random -> random.nextInt(3) == 0 ? 0. : sampler.apply(random);
  }

  public static Function<Random, Object> nullOr(Function<Random, Object> sampler) {
    return random -> random.nextInt(3) == 0 ? null : sampler.apply(random);
  }

  public static Function<Random, Object> oneOf(Object... values) {
    return random -> values[random.nextInt(values.length)];
  }

  /** A power of ten, from which a schedule begins sometimes. */
  public static Function<Random, Object> numberOrSchedule(double from, double to) {
    Function<Random, Object> rate = powerOfTen(from, to);
    return random ->
        random.nextInt(3) == 0
            ? ScheduleTable.random(random, (Double) rate.apply(random))
            : rate.apply(random);
  }

  public static Function<Random, Object> wholeNumber(int from, int to) {
    return random -> from + random.nextInt(to - from + 1);
  }

  private static final Function<Random, Object> EITHER = Random::nextBoolean;

  // ---- Those that several optimizers have -----------------------------------------------------

  /**
   * Hyperparameters of every optimizer, whether its configuration always has them or only where
   * set.
   */
  public static final List<Hyperparameter> OF_KERAS_2 =
      List.of(
          row("clipnorm", NON_NEGATIVE, powerOfTen(-2., 2.)),
          row("clipvalue", NON_NEGATIVE, between(0.001, 1.)),
          row("error_if_non_finite", FLAG, EITHER),
          row("lr", NON_NEGATIVE, powerOfTen(-5., -1.)));

  public static final List<Hyperparameter> OF_SOME_OF_KERAS_2 =
      List.of(
          row("decay", NON_NEGATIVE, zeroOr(between(0., 0.1))),
          row("epsilon", NON_NEGATIVE.takingNull(), powerOfTen(-9., -2.)),
          row("momentum", NON_NEGATIVE, zeroOr(between(0., 1.))));

  /** Likewise. */
  public static final List<Hyperparameter> OF_KERAS_3 =
      List.of(
          row("name", TEXT, random -> "name" + random.nextInt(10)),
          row("learning_rate", LEARNING_RATE, numberOrSchedule(-5., -1.)),
          row("weight_decay", NON_NEGATIVE_OR_NULL, nullOr(between(0., 0.1))),
          row("clipnorm", NON_NEGATIVE_OR_NULL, powerOfTen(-2., 2.)),
          row("global_clipnorm", NON_NEGATIVE_OR_NULL, powerOfTen(-2., 2.)),
          row("clipvalue", NON_NEGATIVE_OR_NULL, between(0.001, 1.)),
          row("use_ema", FLAG, EITHER),
          row("ema_momentum", UNIT, zeroOr(between(0., 1.))),
          row("ema_overwrite_frequency", WHOLE_OR_NULL, oneOf(null, 1, 3)),
          // Powers of two, so that the squares of gradients still add without rounding.
          row("loss_scale_factor", POSITIVE_OR_NULL, oneOf(null, 1, 0.5, 8.)),
          row("gradient_accumulation_steps", ACCUMULATION_STEPS, oneOf(null, 0, 2, 4)),
          row("error_if_non_finite", FLAG, EITHER));

  public static final List<Hyperparameter> OF_SOME_OF_KERAS_3 =
      List.of(
          row("epsilon", NON_NEGATIVE, powerOfTen(-9., -2.)),
          row("momentum", UNIT, zeroOr(between(0., 1.))),
          row("initial_accumulator_value", NON_NEGATIVE, between(0.01, 1.)));

  public static final List<Hyperparameter> OF_SOME =
      List.of(
          row("rho", UNIT, between(0.5, 0.999)),
          row("beta_1", DECAY_RATE, between(0.5, 0.999)),
          row("beta_2", DECAY_RATE, between(0.5, 0.999)),
          row("nesterov", FLAG, EITHER),
          row("amsgrad", FLAG, EITHER));

  public static Hyperparameter row(String name, Range range, Function<Random, Object> sampler) {
    return new Hyperparameter(name, range, sampler);
  }

  /** A flag. */
  public static Hyperparameter flag(String name) {
    return row(name, FLAG, EITHER);
  }

  /** A number from 0 on. */
  public static Hyperparameter nonNegative(String name, double to) {
    return row(name, NON_NEGATIVE, between(0., to));
  }

  public Object sample(Random random) {
    return sampler.apply(random);
  }

  @Override
  public String toString() {
    return name;
  }
}
