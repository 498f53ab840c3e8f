package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Text.NOTHING;
import static io.github.keras4j.optimizers.text.Text.mismatch;
import static io.github.keras4j.optimizers.text.Text.require;

import io.github.keras4j.optimizers.configuration.Configurations;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
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
 * <p>A constructor reads each hyperparameter with its default and its range. That one line is all
 * there is to declare: it checks the value, makes the name known to {@link #build}, which rejects
 * every other, and puts the value into {@link Optimizer#getConfig()}.
 *
 * <pre>{@code
 * public AdaBelief() {
 *   this(Hyperparameters.defaults(AdaBelief::new));
 * }
 *
 * private AdaBelief(Hyperparameters h) {
 *   super(h, 0.001);
 *   beta1 = h.decayRate("beta_1", 0.9);
 *   beta2 = h.decayRate("beta_2", 0.999);
 *   epsilon = h.nonNegative("epsilon", 1e-16);
 *   slot("m");
 *   slot("s");
 * }
 *
 * public static AdaBelief fromConfig(Map<String, ?> config) {
 *   return Hyperparameters.build(config, AdaBelief::new);
 * }
 * }</pre>
 *
 * <p>A reading method takes the name, and the value that holds where the configuration does not
 * have that name; without such a default the configuration must have it. A number may be any {@link
 * Number}, so that what a JSON reader makes of {@code 1} and of {@code 1.0} both serve. Every
 * method throws an {@link IllegalArgumentException} where the value is of another type or out of
 * range, with a message that names it, or where the name is not of letters, digits and {@code _.-}.
 *
 * <p>Not thread-safe; to be read in the constructor alone.
 */
public final class Hyperparameters {
  /** What {@code K.epsilon()} returns. */
  private static final double KERAS_EPSILON = 1e-7;

  private static final Range FINITE = new Range("a finite number", Double::isFinite);
  private static final Range NON_NEGATIVE =
      new Range("a finite number >= 0", x -> x >= 0. && x < Double.POSITIVE_INFINITY);
  private static final Range POSITIVE =
      new Range("a finite number > 0", x -> x > 0. && x < Double.POSITIVE_INFINITY);

  private record Range(String allowed, DoublePredicate test) {}

  private final Map<String, Object> given = new LinkedHashMap<>();
  private volatile Map<String, Object> values = new LinkedHashMap<>();
  private final Set<String> known = new TreeSet<>();
  private final Function<? super Hyperparameters, ?> constructor;

  private Hyperparameters(Map<String, ?> config, Function<? super Hyperparameters, ?> constructor) {
    this.constructor = constructor;
    checkArgument(constructor != null, "constructor must be a function, got null");
    checkArgument(
        config != null, "config must be a map from hyperparameter names to values, got null");
    Configurations.check(config);
    given.putAll(config);
  }

  /**
   * Builds an optimizer or a schedule from a configuration.
   *
   * @param config hyperparameters by Keras's names; never changed
   * @param constructor reads the hyperparameters it knows
   * @return what the constructor makes
   * @throws IllegalArgumentException if an argument is null, {@code constructor} returns null, or
   *     {@code config} has keys other than strings, is nested deeper than 32, or holds a name that
   *     the constructor did not read
   */
  public static <T> T build(
      Map<String, ?> config, Function<? super Hyperparameters, T> constructor) {
    Hyperparameters hyperparameters = new Hyperparameters(config, constructor);
    T built = constructor.apply(hyperparameters);
    checkArgument(built != null, "constructor must make an object, got null");
    UnknownHyperparameters.reject(
        hyperparameters.given, hyperparameters.known, built.getClass().getSimpleName());
    return built;
  }

  /**
   * The hyperparameters for a constructor without arguments: none is given.
   *
   * @param constructor the one that takes hyperparameters, by which copies are made
   */
  public static Hyperparameters defaults(Function<? super Hyperparameters, ?> constructor) {
    return new Hyperparameters(Map.of(), constructor);
  }

  /**
   * Builds one more optimizer by the constructor that these hyperparameters were read by.
   *
   * @param config hyperparameters by name
   * @param changes those that are to be others; null for a default
   * @throws IllegalArgumentException as {@link #build}, and if {@code changes} is null or holds
   *     {@code build_config}
   */
  public Optimizer another(Map<String, ?> config, Map<String, ?> changes) {
    checkArgument(
        changes != null, "changes must be a map from hyperparameter names to values, got null");
    Configurations.check(changes);
    checkArgument(
        !changes.containsKey("build_config"),
        "changes must be without build_config, which resize and build change, got it");
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changes.forEach(
        (name, value) -> {
          if (value == null && known.contains(name)) {
            changed.remove(name);
          } else {
            changed.put(name, value);
          }
        });
    return (Optimizer) build(changed, constructor);
  }

  // ---- Numbers --------------------------------------------------------------------------------

  /** Reads a finite number that is at least 0. */
  public double nonNegative(String name, double defaultValue) {
    return read(name, defaultValue, NON_NEGATIVE);
  }

  /** Reads a finite number that is at least 0 and has no default. */
  public double nonNegative(String name) {
    return read(name, required(name, NON_NEGATIVE.allowed), NON_NEGATIVE);
  }

  /** Reads a finite number that is at least 0, or null, which the default may be, too. */
  public Double nonNegativeOrNull(String name, Double defaultValue) {
    return readOrNull(name, defaultValue, NON_NEGATIVE);
  }

  /** Reads a finite number above 0. */
  public double positive(String name, double defaultValue) {
    return read(name, defaultValue, POSITIVE);
  }

  /** Reads a finite number above 0 that has no default. */
  public double positive(String name) {
    return read(name, required(name, POSITIVE.allowed), POSITIVE);
  }

  /** Reads a finite number of either sign. */
  public double finite(String name, double defaultValue) {
    return read(name, defaultValue, FINITE);
  }

  /** Reads a number from 0 to 1, both included. */
  public double unitInterval(String name, double defaultValue) {
    return number(name, defaultValue, "from 0 to 1", x -> x >= 0. && x <= 1.);
  }

  /** Reads a number between 0 and 1, both excluded. */
  public double openUnitInterval(String name, double defaultValue) {
    return number(name, defaultValue, "above 0 and below 1", x -> x > 0. && x < 1.);
  }

  /** Reads the share of a running mean that a step keeps: from 0, included, to 1, excluded. */
  public double decayRate(String name, double defaultValue) {
    return number(name, defaultValue, "from 0 to below 1", x -> x >= 0. && x < 1.);
  }

  /**
   * Reads {@code epsilon}, the small number that prevents division by zero, as Keras 2.2.4 does: a
   * finite number that is at least 0, or null, which stands for {@code K.epsilon()}, 1e-7.
   */
  public double epsilon() {
    given.remove("epsilon", null);
    return nonNegative("epsilon", KERAS_EPSILON);
  }

  /**
   * Reads a number in another range.
   *
   * @param allowed the range in words, as the message has it after "must be"
   * @param range whether a number is in it
   */
  public double number(String name, double defaultValue, String allowed, DoublePredicate range) {
    return read(name, defaultValue, new Range(allowed, range));
  }

  /** Reads a number in another range that has no default. */
  public double number(String name, String allowed, DoublePredicate range) {
    return read(name, required(name, allowed), new Range(allowed, range));
  }

  /** Reads a number in another range, or null, which the default may be, too. */
  public Double numberOrNull(
      String name, Double defaultValue, String allowed, DoublePredicate range) {
    return readOrNull(name, defaultValue, new Range(allowed, range));
  }

  /** Reads an integer from 0 to {@code max}. */
  public int integer(String name, int defaultValue, int max) {
    Range range =
        new Range("an integer from 0 to " + max, x -> x >= 0. && x <= max && x == (int) x);
    return record(name, (long) check(name, givenOr(name, defaultValue), range)).intValue();
  }

  /** Reads an integer from 0 to 2<sup>53</sup>, or null, which the default may be, too. */
  public Long integerOrNull(String name, Long defaultValue) {
    Range range = new Range("an integer >= 0", x -> x >= 0. && x <= 0x1p53 && x == Math.rint(x));
    Double value = readOrNull(name, defaultValue, range);
    return record(name, value == null ? null : Long.valueOf(value.longValue()));
  }

  /** Reads a list of finite numbers that has no default, into a new array. */
  public double[] finiteNumbers(String name) {
    List<?> elements = list(name, required(name, "a list of finite numbers"), "finite numbers");
    double[] numbers = new double[elements.size()];
    Arrays.setAll(numbers, i -> check(name + "[" + i + "]", elements.get(i), FINITE));
    record(name, Arrays.stream(numbers).boxed().toList());
    return numbers;
  }

  private double read(String name, Object defaultValue, Range range) {
    return record(name, check(name, givenOr(name, defaultValue), range));
  }

  private Double readOrNull(String name, Object defaultValue, Range range) {
    Object value = givenOr(name, defaultValue);
    Range orNull = new Range(range.allowed + " or null", range.test);
    return record(name, value == null ? null : Double.valueOf(check(name, value, orNull)));
  }

  private static double check(String name, Object value, Range range) {
    if (value instanceof Number number) {
      double x = number.doubleValue(); // once: it may be another next time
      if (range.test.test(x)) {
        return x;
      }
    }
    throw mismatch(name, range.allowed, value);
  }

  static double checkNonNegative(String name, Object value) {
    return check(name, value, NON_NEGATIVE);
  }

  // ---- Other values ---------------------------------------------------------------------------

  /** Reads true or false. */
  public boolean flag(String name, boolean defaultValue) {
    return record(name, require(name, givenOr(name, defaultValue), Boolean.class, "true or false"));
  }

  /** Reads a string. */
  public String string(String name, String defaultValue) {
    return record(name, require(name, givenOr(name, defaultValue), String.class, "a string"));
  }

  /** Reads a list of strings, or null; returns an empty list for null and where it is absent. */
  public List<String> strings(String name) {
    given.remove(name, null);
    List<String> strings = new ArrayList<>();
    for (Object element : list(name, List.of(), "strings")) {
      strings.add(require(name + "[" + strings.size() + "]", element, String.class, "a string"));
    }
    return record(name, List.copyOf(strings));
  }

  /** Reads a value of any type, null included, which the caller checks. */
  public Object object(String name, Object defaultValue) {
    return record(name, givenOr(name, defaultValue));
  }

  /** Reads a value of any type that has no default; {@code allowed} is for the message. */
  public Object required(String name, String allowed) {
    Object value = givenOr(name, NOTHING);
    if (value == NOTHING) {
      throw UnknownHyperparameters.missing(name, allowed, given.keySet(), known);
    }
    return record(name, value);
  }

  /** Reads a value of any type that {@link #values} leaves out; null where it is absent. */
  public Object unrecorded(String name) {
    return givenOr(name, null);
  }

  /** Reads a number that is 0, and no part of the configuration, unless given. */
  double nonNegativeIfGiven(String name) {
    return givenOr(name, NOTHING) == NOTHING ? 0. : nonNegative(name);
  }

  /**
   * Reads a flag that is false, and no part of the configuration, unless given: for what Keras does
   * not have.
   */
  public boolean flagIfTrue(String name) {
    boolean value = flag(name, false);
    if (!value) {
      values.remove(name);
    }
    return value;
  }

  /** What {@code getConfig} returns: a new map of the values as read, in the order of reading. */
  public Map<String, Object> values() {
    return new LinkedHashMap<>(values);
  }

  /** Changes a value that was read, such as a learning rate, for {@link #values}. */
  public void replace(String name, Object value) {
    Map<String, Object> replaced = values(); // a new map, since others may be reading the old one
    replaced.put(name, value);
    values = replaced;
  }

  private List<?> list(String name, Object defaultValue, String elements) {
    String allowed = "a list of " + elements;
    return Arrays.asList(require(name, givenOr(name, defaultValue), List.class, allowed).toArray());
  }

  private Object givenOr(String name, Object defaultValue) {
    Text.checkName("hyperparameter", name);
    known.add(name);
    return given.containsKey(name) ? given.get(name) : defaultValue;
  }

  private <V> V record(String name, V value) {
    values.put(name, value);
    return value;
  }
}
