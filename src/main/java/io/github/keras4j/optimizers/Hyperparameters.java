package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * private AdaBelief(Hyperparameters h) {
 *   super(h, 0.001, "m", "s");
 *   beta1 = h.decayRate("beta_1", 0.9);
 *   beta2 = h.decayRate("beta_2", 0.999);
 *   epsilon = h.nonNegative("epsilon", 1e-16);
 * }
 *
 * public static AdaBelief fromConfig(Map<String, ?> config) {
 *   return Hyperparameters.build(config, AdaBelief::new);
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
  private volatile Map<String, Object> values = new LinkedHashMap<>();
  private final Set<String> known = new TreeSet<>();
  private Function<? super Hyperparameters, ?>
      constructor; // null where a default constructor reads

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
   * @return what the constructor makes
   * @throws IllegalArgumentException if an argument is null, {@code constructor} answers null, or
   *     {@code config} holds a name that the constructor did not read, or a value of the wrong type
   *     or out of range; the message names it, the value and what is allowed
   */
  public static <T> T build(
      Map<String, ?> config, Function<? super Hyperparameters, T> constructor) {
    if (constructor == null) {
      throw new IllegalArgumentException("constructor must be a function, got null");
    }
    Hyperparameters hyperparameters = new Hyperparameters(config);
    hyperparameters.constructor = constructor;
    T built = constructor.apply(hyperparameters);
    if (built == null) {
      throw new IllegalArgumentException("constructor must make an object, got null");
    }
    for (String name : hyperparameters.given.keySet()) {
      if (!hyperparameters.known.contains(name)) {
        throw hyperparameters.unknown(name, built.getClass().getSimpleName());
      }
    }
    return built;
  }

  private IllegalArgumentException unknown(String name, String className) {
    return new IllegalArgumentException(
        format(
            "unknown hyperparameter %s for %s, known are %s%s",
            Text.quote(name), className, String.join(", ", known), hint(name)));
  }

  /** What a name of another generation of Keras says about its configuration. */
  private String hint(String name) {
    if (Set.of("jit_compile", "is_legacy_optimizer").contains(name)) {
      return "; it is of a configuration of tf.keras 2.11 to 2.15, which is neither Keras 2.2.4's"
          + " nor Keras 3's";
    }
    if (known.contains("lr") && given.containsKey("learning_rate")) {
      return "; with learning_rate it is a configuration of Keras 3, for the optimizers of package"
          + " keras3, as in Optimizers.get(\"keras3.adam\")";
    }
    if (known.contains("learning_rate") && given.containsKey("lr")) {
      return "; with lr it is a configuration of Keras 2.2.4, for the optimizers without keras3 in"
          + " their name";
    }
    return "";
  }

  /** One more optimizer of the making of the one that these hyperparameters were read for. */
  public Optimizer another(Map<String, ?> config) {
    return (Optimizer) build(config, constructor);
  }

  public static Hyperparameters defaults(Function<? super Hyperparameters, ?> constructor) {
    Hyperparameters h = new Hyperparameters(Map.of());
    h.constructor = constructor;
    return h;
  }

  public void replace(String name, Object value) {
    Map<String, Object> replaced = new LinkedHashMap<>(values);
    replaced.put(name, value);
    values = replaced;
  }

  public Object unrecorded(String name) {
    return givenOr(name, null);
  }

  public int integer(String n, int d, int m) {
    return wholeNumber(n, d, m);
  }

  public List<String> strings(String n) {
    return texts(n);
  }

  public double positive(String n, double d) {
    return number(n, d, "a finite number > 0", x -> x > 0. && x < Double.POSITIVE_INFINITY);
  }

  public Double nonNegativeOrNull(String n, Double d) {
    return numberOrNull(n, d, "a finite number >= 0", x -> x >= 0. && x < Double.POSITIVE_INFINITY);
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
          format("%s must be a list of finite numbers, got %s", name, describe(value)));
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
   * Reads a number in a range of its own.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @param allowed the range in words, for the message
   * @param range whether a number is in it
   * @return the value
   * @throws IllegalArgumentException if it is no number or out of range
   */
  public double number(String name, double defaultValue, String allowed, DoublePredicate range) {
    return put(name, check(name, givenOr(name, defaultValue), allowed, range));
  }

  /**
   * Reads a number in a range of its own, or null.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it, which may be null
   * @param allowed the range in words, for the message
   * @param range whether a number is in it
   * @return the value, which may be null
   * @throws IllegalArgumentException if it is neither null nor a number in the range
   */
  public Double numberOrNull(
      String name, Double defaultValue, String allowed, DoublePredicate range) {
    Object value = givenOr(name, defaultValue);
    return put(
        name,
        value == null ? null : Double.valueOf(check(name, value, allowed + " or null", range)));
  }

  /**
   * Reads a whole number from 0 on, or null.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it, which may be null
   * @return the value, which may be null
   * @throws IllegalArgumentException if it is neither null nor a whole number from 0 to
   *     2<sup>53</sup>
   */
  public Long wholeNumberOrNull(String name, Long defaultValue) {
    Object value = givenOr(name, defaultValue);
    return put(
        name,
        value == null
            ? null
            : Long.valueOf(
                (long)
                    check(
                        name,
                        value,
                        "a whole number >= 0 or null",
                        x -> x >= 0. && x <= 0x1p53 && x == Math.rint(x))));
  }

  /**
   * Reads a whole number from 0 on.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @param max the largest allowed
   * @return the value
   * @throws IllegalArgumentException if it is no whole number from 0 to {@code max}
   */
  public int wholeNumber(String name, int defaultValue, int max) {
    double value =
        check(
            name,
            givenOr(name, defaultValue),
            "a whole number from 0 to " + max,
            x -> x >= 0. && x <= max && x == (int) x);
    put(name, Long.valueOf((long) value)); // which Keras reads as a whole number too
    return (int) value;
  }

  /**
   * Reads a list of texts.
   *
   * @param name the hyperparameter's name
   * @return the texts; none where the configuration has null or does not name it
   * @throws IllegalArgumentException if it is no list, or one of its elements is no text
   */
  public List<String> texts(String name) {
    Object value = givenOr(name, null);
    if (value != null && !(value instanceof List)) {
      throw new IllegalArgumentException(
          format("%s must be a list of texts, got %s", name, describe(value)));
    }
    Object[] elements = value == null ? new Object[0] : ((List<?>) value).toArray();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < elements.length; i++) {
      texts.add(checkText(name + "[" + i + "]", elements[i]));
    }
    return put(name, List.copyOf(texts));
  }

  /**
   * Reads a value of any type, for the caller to check.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value as it was given, which may be null
   */
  public Object object(String name, Object defaultValue) {
    return put(name, givenOr(name, defaultValue));
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
    return put(name, checkText(name, givenOr(name, defaultValue)));
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
   * Reads an exponential decay rate, as {@code beta_1}: the share of a running mean that a step
   * keeps.
   *
   * @param name the hyperparameter's name
   * @param defaultValue its value where the configuration does not name it
   * @return the value, from 0, which is included, to 1, which is not
   * @throws IllegalArgumentException if it is no number or out of range
   */
  public double decayRate(String name, double defaultValue) {
    return put(
        name,
        check(name, givenOr(name, defaultValue), "from 0 to below 1", x -> x >= 0. && x < 1.));
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
          format("%s must be true or false, got %s", name, describe(value)));
    }
    return put(name, (Boolean) value);
  }

  /** Reads a number that is 0, and no part of the configuration, unless given. */
  double nonNegativeIfGiven(String name) {
    known.add(name);
    return given.containsKey(name) ? nonNegative(name, 0.) : 0.;
  }

  /** Reads a flag that is no part of the configuration unless it is true. */
  boolean flagIfTrue(String name) {
    boolean value = flag(name, false);
    if (!value) {
      values.remove(name);
    }
    return value;
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

  /** Whether two values of a configuration mean the same, whatever kind of number they hold. */
  static boolean same(Object a, Object b) {
    if (a instanceof Number && b instanceof Number) {
      return ((Number) a).doubleValue() == ((Number) b).doubleValue();
    }
    if (a instanceof List && b instanceof List) {
      Iterator<?> others = ((List<?>) b).iterator();
      return ((List<?>) a).size() == ((List<?>) b).size()
          && ((List<?>) a).stream().allMatch(element -> same(element, others.next()));
    }
    if (a instanceof Map && b instanceof Map) {
      Map<?, ?> other = (Map<?, ?>) b;
      return ((Map<?, ?>) a).keySet().equals(other.keySet())
          && ((Map<?, ?>) a)
              .entrySet().stream()
                  .allMatch(entry -> same(entry.getValue(), other.get(entry.getKey())));
    }
    return Objects.equals(a, b);
  }

  private static double check(String name, Object value, String allowed, DoublePredicate range) {
    if (value instanceof Number) {
      double number = ((Number) value).doubleValue(); // once: it may answer otherwise next time
      if (range.test(number)) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        format("%s must be %s, got %s", name, allowed, describe(value)));
  }

  private static String checkText(String name, Object value) {
    if (!(value instanceof String)) {
      throw new IllegalArgumentException(
          format("%s must be a text, got %s", name, describe(value)));
    }
    return (String) value;
  }

  private Object givenOr(String name, Object defaultValue) {
    known.add(name);
    return given.containsKey(name) ? given.get(name) : defaultValue;
  }

  private <V> V put(String name, V value) {
    Text.checkName("hyperparameter", name);
    values.remove(name); // read again, it takes the place of the last reading
    values.put(name, value);
    return value;
  }

  /** A value as messages show it. */
  static String describe(Object value) {
    return value == ABSENT ? "nothing" : Text.describe(value);
  }
}
