package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import java.util.function.Function;

/**
 * The hyperparameters that one optimizer or schedule is built from: Keras's configuration map, read
 * name by name.
 *
 * <p>An optimizer's constructor reads each hyperparameter with its default and its range. That one
 * line is all there is to declare: it checks the value, makes the name known to {@link #build},
 * which refuses every other, and puts the value into {@link Optimizer#getConfig()}.
 *
 * <pre>{@code
 * private Lion(Hyperparameters h) {
 *   super(h, 1e-4, "m");
 *   beta1 = h.openUnitInterval("beta_1", 0.9);
 *   beta2 = h.openUnitInterval("beta_2", 0.99);
 * }
 *
 * public static Lion fromConfig(Map<String, ?> config) {
 *   return Hyperparameters.build(config, Lion::new);
 * }
 * }</pre>
 *
 * <p>A number may be given as any {@link Number}, so that what a JSON reader makes of {@code 1} and
 * of {@code 1.0} both serve. A name that is absent takes its default.
 *
 * <p>Not thread-safe; to be read in the constructor alone.
 */
public final class Hyperparameters {
  /** What Keras's {@code K.epsilon()} answers. */
  private static final double KERAS_EPSILON = 1e-7;

  /** In place of a value that has no default and is not given. */
  private static final Object ABSENT = new Object();

  private final Map<String, Object> given = new LinkedHashMap<>();
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Set<String> known = new TreeSet<>();

  private Hyperparameters(Map<String, ?> config) {
    if (config == null) {
      throw new IllegalArgumentException(
          "config must be a map from hyperparameter names to values, got null");
    }
    // A map that came through raw types may hold keys of any type.
    for (Map.Entry<?, ?> entry : ((Map<?, ?>) config).entrySet()) {
      if (!(entry.getKey() instanceof String)) {
        throw new IllegalArgumentException(
            "config must have names as keys, got " + describe(entry.getKey()));
      }
      given.put((String) entry.getKey(), entry.getValue());
    }
  }

  /**
   * Builds an optimizer or a schedule from a configuration.
   *
   * @param <T> its class
   * @param config hyperparameters by Keras's names; absent ones take their defaults; never changed
   * @param constructor reads the hyperparameters it knows
   * @return what the constructor made
   * @throws IllegalArgumentException if {@code config} is null, holds a name that the constructor
   *     did not read, or a value of the wrong type or out of range; the message names it, the value
   *     and what is allowed
   */
  public static <T> T build(Map<String, ?> config, Function<Hyperparameters, T> constructor) {
    Hyperparameters hyperparameters = new Hyperparameters(config);
    T built = constructor.apply(hyperparameters);
    for (String name : hyperparameters.given.keySet()) {
      if (!hyperparameters.known.contains(name)) {
        throw new IllegalArgumentException(
            String.format(
                "unknown hyperparameter %s for %s, known are %s",
                name, built.getClass().getSimpleName(), String.join(", ", hyperparameters.known)));
      }
    }
    return built;
  }

  /**
   * The hyperparameters of an optimizer with all of them at their defaults, for a constructor
   * without arguments.
   *
   * @return hyperparameters of which none is given
   */
  public static Hyperparameters defaults() {
    return new Hyperparameters(Map.of());
  }

  /**
   * Reads a finite number that is at least 0.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is no finite number or is below 0
   */
  public double nonNegative(String name, double defaultValue) {
    return put(name, checkNonNegative(name, givenOr(name, defaultValue)));
  }

  /**
   * Reads a finite number that is at least 0 and has no default.
   *
   * @param name the hyperparameter's name
   * @return the value
   * @throws IllegalArgumentException if it is absent, no finite number or below 0
   */
  public double nonNegative(String name) {
    return put(name, checkNonNegative(name, givenOr(name, ABSENT)));
  }

  /**
   * Reads a finite number that is at least 0, or null.
   *
   * @param name the hyperparameter's name
   * @return the value; null where the configuration has null or does not name it
   * @throws IllegalArgumentException if it is neither null nor a finite number, or below 0
   */
  public Double nonNegativeOrNull(String name) {
    Object value = givenOr(name, null);
    return put(name, value == null ? null : Double.valueOf(checkNonNegative(name, value)));
  }

  /**
   * Reads a finite number above 0 that has no default.
   *
   * @param name the hyperparameter's name
   * @return the value
   * @throws IllegalArgumentException if it is absent, no finite number or not above 0
   */
  public double positive(String name) {
    return put(
        name,
        check(
            name,
            givenOr(name, ABSENT),
            "a finite number > 0",
            x -> x > 0. && x < Double.POSITIVE_INFINITY));
  }

  /**
   * Reads a finite number of either sign.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is no finite number
   */
  public double finite(String name, double defaultValue) {
    return put(name, check(name, givenOr(name, defaultValue), "a finite number", Double::isFinite));
  }

  /**
   * Reads a list of finite numbers that has no default.
   *
   * @param name the hyperparameter's name
   * @return the numbers, in an array of their own
   * @throws IllegalArgumentException if it is absent, no list, or one of its elements is no finite
   *     number
   */
  public double[] finiteNumbers(String name) {
    Object value = givenOr(name, ABSENT);
    if (!(value instanceof List)) {
      throw new IllegalArgumentException(
          String.format("%s must be a list of finite numbers, got %s", name, describe(value)));
    }
    Object[] elements = ((List<?>) value).toArray();
    double[] numbers = new double[elements.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = check(name + "[" + i + "]", elements[i], "a finite number", Double::isFinite);
    }
    put(name, Arrays.stream(numbers).boxed().toList());
    return numbers;
  }

  /**
   * Reads a text.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is no text
   */
  public String text(String name, String defaultValue) {
    Object value = givenOr(name, defaultValue);
    if (!(value instanceof String)) {
      throw new IllegalArgumentException(
          String.format("%s must be a text, got %s", name, describe(value)));
    }
    return put(name, (String) value);
  }

  /**
   * Reads a number from 0 to 1, both included.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is no number or out of range
   */
  public double unitInterval(String name, double defaultValue) {
    return put(
        name, check(name, givenOr(name, defaultValue), "from 0 to 1", x -> x >= 0. && x <= 1.));
  }

  /**
   * Reads a number between 0 and 1, both excluded.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is no number or out of range
   */
  public double openUnitInterval(String name, double defaultValue) {
    return put(
        name,
        check(name, givenOr(name, defaultValue), "above 0 and below 1", x -> x > 0. && x < 1.));
  }

  /**
   * Reads {@code epsilon}, the small number that prevents division by zero.
   *
   * @return a finite number that is at least 0; 1e-7, Keras's {@code K.epsilon()}, where the
   *     configuration has null or does not name it
   * @throws IllegalArgumentException if it is no finite number or is below 0
   */
  public double epsilon() {
    given.remove("epsilon", null);
    return nonNegative("epsilon", KERAS_EPSILON);
  }

  /**
   * Reads true or false.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value
   * @throws IllegalArgumentException if it is neither
   */
  public boolean flag(String name, boolean defaultValue) {
    Object value = givenOr(name, defaultValue);
    if (!(value instanceof Boolean)) {
      throw new IllegalArgumentException(
          String.format("%s must be true or false, got %s", name, describe(value)));
    }
    return put(name, (Boolean) value);
  }

  /** Reads a limit that is off, and no part of the configuration, unless given. */
  double limit(String name) {
    known.add(name);
    return given.containsKey(name) ? nonNegative(name, 0.) : 0.;
  }

  /** Reads a switch that is no part of the configuration unless it is on. */
  boolean option(String name) {
    boolean on = flag(name, false);
    if (!on) {
      values.remove(name);
    }
    return on;
  }

  /**
   * What {@code getConfig} answers: every value as it was read, in the order it was read.
   *
   * @return a new map
   */
  public Map<String, Object> values() {
    return new LinkedHashMap<>(values);
  }

  static double checkNonNegative(String name, Object value) {
    return check(name, value, "a finite number >= 0", x -> x >= 0. && x < Double.POSITIVE_INFINITY);
  }

  /** Whether two values of a configuration mean the same, whatever kind of number they are. */
  static boolean same(Object a, Object b) {
    return a instanceof Number && b instanceof Number
        ? ((Number) a).doubleValue() == ((Number) b).doubleValue()
        : a.equals(b);
  }

  private static double check(String name, Object value, String allowed, DoublePredicate range) {
    if (value instanceof Number && range.test(((Number) value).doubleValue())) {
      return ((Number) value).doubleValue();
    }
    throw new IllegalArgumentException(
        String.format("%s must be %s, got %s", name, allowed, describe(value)));
  }

  private Object givenOr(String name, Object defaultValue) {
    known.add(name);
    return given.containsKey(name) ? given.get(name) : defaultValue;
  }

  private <V> V put(String name, V value) {
    values.put(name, value);
    return value;
  }

  /** A value as error messages show it: of objects, which may be huge or cyclic, the class. */
  static String describe(Object value) {
    if (value == ABSENT) {
      return "nothing";
    }
    if (value instanceof String) {
      return '"' + (String) value + '"';
    }
    return value == null || value instanceof Number || value instanceof Boolean
        ? String.valueOf(value)
        : "a value of class " + value.getClass().getSimpleName();
  }
}
