package io.github.keras4j.optimizers.tables;

import static io.github.keras4j.optimizers.tables.Hyperparameter.FINITE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.FINITE_NUMBERS;
import static io.github.keras4j.optimizers.tables.Hyperparameter.INTEGER_FROM_1;
import static io.github.keras4j.optimizers.tables.Hyperparameter.NON_NEGATIVE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.NON_NEGATIVE_OR_NULL;
import static io.github.keras4j.optimizers.tables.Hyperparameter.OTHER_SCHEDULE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.POSITIVE;
import static io.github.keras4j.optimizers.tables.Hyperparameter.TEXT;
import static io.github.keras4j.optimizers.tables.Hyperparameter.between;
import static io.github.keras4j.optimizers.tables.Hyperparameter.flag;
import static io.github.keras4j.optimizers.tables.Hyperparameter.nullOr;
import static io.github.keras4j.optimizers.tables.Hyperparameter.oneOf;
import static io.github.keras4j.optimizers.tables.Hyperparameter.row;

import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.CosineDecayRestarts;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import io.github.keras4j.optimizers.schedules.InverseTimeDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.schedules.PiecewiseConstantDecay;
import io.github.keras4j.optimizers.schedules.PlainSchedules;
import io.github.keras4j.optimizers.schedules.PolynomialDecay;
import io.github.keras4j.optimizers.schedules.WarmUp;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the tests know of each schedule. One row makes a schedule take part in all of them, the
 * tests of optimizers that train with a schedule too.
 */
public final class ScheduleTable {
  private static final Function<Random, Object> RATE =
      random -> oneOf(0., 1, random.nextDouble()).apply(random);
  private static final Function<Random, Object> STEPS =
      random -> oneOf(1, random.nextInt(1, 150), random.nextDouble(0.5, 150.)).apply(random);
  private static final Function<Random, Object> FACTOR =
      random -> oneOf(0, 1., random.nextDouble(0., 1.5)).apply(random);

  private static final Hyperparameter INITIAL = row("initial_learning_rate", NON_NEGATIVE, RATE);
  private static final Hyperparameter DECAY_STEPS = row("decay_steps", POSITIVE, STEPS);
  private static final Hyperparameter DECAY_RATE = row("decay_rate", NON_NEGATIVE, FACTOR);
  private static final Hyperparameter ALPHA =
      row("alpha", NON_NEGATIVE, random -> oneOf(0, random.nextDouble()).apply(random));

  private static final List<Row> ROWS =
      List.of(
          schedule(ExponentialDecay.class, PlainSchedules::exponential)
              .needing(INITIAL, DECAY_STEPS, DECAY_RATE)
              .having(flag("staircase"))
              .training(
                  (random, rate) ->
                      Map.of(
                          "decay_rate", random.nextDouble(0.5, 1.1), "decay_steps", few(random))),
          schedule(InverseTimeDecay.class, PlainSchedules::inverseTime)
              .needing(INITIAL, DECAY_STEPS, DECAY_RATE)
              .having(flag("staircase"))
              .training(
                  (random, rate) ->
                      Map.of("decay_rate", random.nextDouble(), "decay_steps", few(random))),
          schedule(PolynomialDecay.class, PlainSchedules::polynomial)
              .needing(INITIAL, DECAY_STEPS)
              .having(
                  row("end_learning_rate", NON_NEGATIVE, between(0., 1.)),
                  row(
                      "power",
                      FINITE,
                      random -> oneOf(0.5, -1., 2, 0, random.nextDouble(-1., 4.)).apply(random)),
                  flag("cycle"))
              .training(
                  (random, rate) ->
                      Map.of(
                          "power",
                          oneOf(0.5, 1., 2, 1.7).apply(random),
                          "decay_steps",
                          few(random),
                          "end_learning_rate",
                          rate / 100.)),
          schedule(CosineDecay.class, PlainSchedules::cosine)
              .needing(INITIAL, DECAY_STEPS)
              .having(
                  ALPHA,
                  row("warmup_target", NON_NEGATIVE_OR_NULL, nullOr(RATE)),
                  row(
                      "warmup_steps",
                      NON_NEGATIVE,
                      random ->
                          oneOf(0, random.nextInt(80), 80 * random.nextDouble()).apply(random)))
              .training(
                  (random, rate) ->
                      with(
                          "warmup_target",
                          nullOr(same -> 2. * rate).apply(random),
                          Map.of(
                              "warmup_steps",
                              random.nextInt(6),
                              "decay_steps",
                              few(random),
                              "alpha",
                              0.1))),
          schedule(CosineDecayRestarts.class, PlainSchedules::restarts)
              .needing(INITIAL, row("first_decay_steps", POSITIVE, STEPS))
              .having(
                  row(
                      "t_mul",
                      NON_NEGATIVE,
                      random -> oneOf(0, 1, 2., 3, random.nextDouble(0., 3.)).apply(random)),
                  row("m_mul", NON_NEGATIVE, FACTOR),
                  ALPHA)
              .training(
                  (random, rate) ->
                      Map.of(
                          "t_mul",
                          oneOf(1., 1.5, 2).apply(random),
                          "m_mul",
                          oneOf(1., 0.8).apply(random),
                          "first_decay_steps",
                          few(random),
                          "alpha",
                          0.1)),
          schedule(PiecewiseConstantDecay.class, PlainSchedules::piecewise)
              .needing(
                  row("boundaries", FINITE_NUMBERS, ScheduleTable::boundaries),
                  row("values", FINITE_NUMBERS, ScheduleTable::values))
              .training(
                  (random, rate) -> {
                    int steps = few(random);
                    return Map.of(
                        "boundaries",
                        List.of(steps, steps + 4),
                        "values",
                        List.of(rate, rate / 2., rate / 10.));
                  }),
          schedule(WarmUp.class, PlainSchedules::warmUp)
              .needing(
                  row("steps", INTEGER_FROM_1, random -> oneOf(1, few(random), 90L).apply(random)),
                  row("schedule", OTHER_SCHEDULE, random -> otherSchedule(random, 0.1)))
              .having(row("start", NON_NEGATIVE, RATE))
              .training(
                  (random, rate) ->
                      Map.of(
                          "start",
                          oneOf(0., rate / 3.).apply(random),
                          "schedule",
                          otherSchedule(random, rate))));

  private static final int PIECES = 4;

  private static int few(Random random) {
    return random.nextInt(1, 20);
  }

  private static Map<String, Object> with(String name, Object value, Map<String, Object> others) {
    Map<String, Object> all = new LinkedHashMap<>(others);
    all.put(name, value);
    return all;
  }

  private static Object boundaries(Random random) {
    return Arrays.stream(random.ints(PIECES, 0, 150).sorted().toArray()).boxed().toList();
  }

  /** A number, or one of those above, since a table cannot draw from itself for ever. */
  private static Object otherSchedule(Random random, double rate) {
    int row = random.nextInt(ROWS.size());
    return row == ROWS.size() - 1 ? (Object) rate : ROWS.get(row).serialized(random, rate);
  }

  private static Object values(Random random) {
    return random.doubles(PIECES + 1).boxed().toList();
  }

  /** A learning rate straight from a complete configuration. */
  public interface Formula {
    double at(Map<String, ?> config, double step);
  }

  /** Arguments with which an optimizer trains, from the learning rate that it begins with. */
  public interface Training {
    Map<String, Object> arguments(Random random, double rate);
  }

  /**
   * A schedule.
   *
   * @param formula the formula once more
   * @param required arguments without a default
   * @param optional all others
   * @param training what differs from {@link #sample} where an optimizer trains with it
   */
  public record Row(
      Class<?> type,
      Formula formula,
      List<Hyperparameter> required,
      List<Hyperparameter> optional,
      Training training) {
    private Row needing(Hyperparameter... required) {
      return new Row(type, formula, List.of(required), optional, training);
    }

    private Row having(Hyperparameter... arguments) {
      return new Row(
          type,
          formula,
          required,
          Stream.concat(optional.stream(), Stream.of(arguments)).toList(),
          training);
    }

    private Row training(Training training) {
      return new Row(type, formula, required, optional, training);
    }

    /** What {@code class_name} says. */
    public String name() {
      return type.getSimpleName();
    }

    public Stream<Hyperparameter> arguments() {
      return Stream.concat(required.stream(), optional.stream());
    }

    /** Random values for all arguments. */
    public Map<String, Object> sample(Random random) {
      Map<String, Object> sample = new LinkedHashMap<>();
      arguments().forEach(argument -> sample.put(argument.name(), argument.sample(random)));
      return sample;
    }

    /** A serialized schedule that begins about here and stays a learning rate. */
    Map<String, Object> serialized(Random random, double rate) {
      Map<String, Object> config = sample(random);
      config.replace("initial_learning_rate", rate);
      config.putAll(training.arguments(random, rate));
      return Map.of("module", "keras.optimizers.schedules", "class_name", name(), "config", config);
    }

    public LearningRateSchedule fromConfig(Map<String, ?> config) {
      return LearningRateSchedule.deserialize(Map.of("class_name", name(), "config", config));
    }

    /** Sets each argument by its method of the builder, except null, which none takes. */
    public LearningRateSchedule build(Map<String, ?> arguments) {
      try {
        Object builder = type.getMethod("builder").invoke(null);
        for (Map.Entry<String, ?> argument : arguments.entrySet()) {
          if (argument.getValue() != null) {
            Object returned = set(builder, argument.getKey(), argument.getValue());
            if (returned != builder) {
              throw new AssertionError(argument.getKey() + " must return the builder");
            }
          }
        }
        return (LearningRateSchedule) builder.getClass().getMethod("build").invoke(builder);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }

    /** The names in a configuration of what the builder has methods for. */
    public Stream<String> settable() {
      try {
        return setters(type.getMethod("builder").invoke(null)).map(Method::getName);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public String toString() {
      return name();
    }
  }

  private ScheduleTable() {}

  /** All rows. */
  public static Stream<Row> all() {
    return ROWS.stream();
  }

  /** One of them for an optimizer, as a configuration holds it, that begins about here. */
  static Map<String, Object> random(Random random, double rate) {
    return ROWS.get(random.nextInt(ROWS.size())).serialized(random, rate);
  }

  public static Row of(String className) {
    return all().filter(row -> row.name().equals(className)).findFirst().orElseThrow();
  }

  private static Row schedule(Class<?> type, Formula formula) {
    return new Row(
        type,
        formula,
        List.of(),
        List.of(row("name", TEXT.takingNull(), random -> "n" + random.nextInt(10))),
        (random, rate) -> Map.of());
  }

  private static Stream<Method> setters(Object builder) {
    return Stream.of(builder.getClass().getMethods())
        .filter(method -> method.getDeclaringClass() != Object.class)
        .filter(method -> !method.getName().equals("build"));
  }

  /** Calls the method of that name that takes the value. */
  private static Object set(Object builder, String argument, Object value)
      throws ReflectiveOperationException {
    for (Method setter :
        setters(builder).filter(m -> m.getName().equals(methodName(argument))).toList()) {
      Object converted = converted(value, setter.getParameterTypes()[0]);
      if (converted != null) {
        return setter.invoke(builder, converted);
      }
    }
    throw new AssertionError("no method for " + argument + " that takes " + value);
  }

  /** {@code decay_steps} to {@code decaySteps}. */
  public static String methodName(String argument) {
    return Pattern.compile("_(.)")
        .matcher(argument)
        .replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
  }

  /** A value of a configuration as a parameter of a type, or null where it cannot be one. */
  @SuppressWarnings("unchecked")
  private static Object converted(Object value, Class<?> type) {
    if (value instanceof Number number) {
      return type == double.class
          ? (Object) number.doubleValue()
          : type == long.class ? (Object) number.longValue() : null;
    }
    if (value instanceof Map<?, ?> map) {
      return type == LearningRateSchedule.class
          ? LearningRateSchedule.deserialize((Map<String, ?>) map)
          : null;
    }
    return value instanceof List<?> list
        ? list.stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray()
        : value;
  }
}
