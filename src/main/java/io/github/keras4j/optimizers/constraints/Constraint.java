package io.github.keras4j.optimizers.constraints;

import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.configuration.Factories;
import java.util.Map;
import java.util.function.Function;

/**
 * What a tensor of parameters is made to keep to after every step, as Keras's {@code Constraint}:
 * bounds, a norm, any projection.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.constraints.Constraint;
 * import io.github.keras4j.optimizers.constraints.MaxNorm;
 * import java.util.Map;
 *
 * Constraint constraint = MaxNorm.of(2., 0);
 * double[] kernel = {3., 0.6, 4., 0.8}; // of shape 2, 2: columns of norm 5 and 1
 * constraint.apply(kernel, 2, 2); // the first has norm 2 now
 * Map<String, Object> config = Constraint.serialize(constraint);
 * Constraint same = Constraint.deserialize(config);
 * Constraint bounds =
 *     (values, shape) -> {
 *       for (int i = 0; i < values.length; i++) {
 *         values[i] = Math.min(Math.max(values[i], 0.), 1.);
 *       }
 *     };
 * }</pre>
 *
 * <p>The constraints of this package never change and may be used by any number of threads. An
 * optimizer applies one constraint after another, in the thread of its caller.
 *
 * @see <a href="https://keras.io/api/layers/constraints/">Keras, Layer weight constraints</a>
 */
@FunctionalInterface
public interface Constraint {
  /**
   * Changes the values in place to those that are allowed. Called by a step after it has written,
   * so it must not throw: what is written stays written.
   *
   * @param values a whole tensor, or some of its rows one after another
   * @param shape its dimensions, the last one varying fastest; never to be changed
   */
  void apply(double[] values, int... shape);

  /**
   * Whether each row, which is what one index of the first dimension selects, is constrained by
   * itself. A step with {@code Gradient.lazyRows} then constrains the touched rows alone; where it
   * is false, it rejects such rows. Asked before the first step.
   *
   * @param shape that of the tensor
   * @return false, unless overridden
   * @throws IllegalArgumentException if a tensor of this shape cannot be constrained
   */
  default boolean takesRows(int... shape) {
    return false;
  }

  /**
   * Returns the arguments by Keras's names, in Keras's order, from which the class's {@code
   * fromConfig} makes a constraint like this one, in a new map.
   *
   * @throws IllegalStateException unless overridden: a lambda has none, and cannot be saved
   */
  default Map<String, Object> getConfig() {
    throw illegalState(
        "constraint must be of a class that overrides getConfig, got %s, a lambda or a class that"
            + " does not",
        getClass().getName());
  }

  /**
   * Returns the configuration from which {@link #deserialize(Map) deserialize} makes a constraint
   * like this one, in Keras 3's form.
   *
   * @return a new map of {@code module}, {@code class_name}, the simple name of its class, {@code
   *     config}, its {@link #getConfig()}, and {@code registered_name}, null; the module is {@code
   *     keras.constraints}, for a custom class its package
   * @throws IllegalArgumentException if it is null, its class has no name, or one that a class of
   *     this package has
   * @throws IllegalStateException if it has no configuration
   */
  static Map<String, Object> serialize(Constraint constraint) {
    return Constraints.KERAS.serialize(constraint, Constraint::getConfig);
  }

  /**
   * Makes a constraint from its configuration, as Keras 2.2.4 and Keras 3 write it.
   *
   * @param config a map of {@code class_name}, in upper and lower case as Keras writes it, and
   *     {@code config}, which may be absent or null where the class needs no argument; {@code
   *     module}, {@code registered_name}, {@code build_config}, {@code compile_config} and {@code
   *     shared_object_id} are ignored; the map is never changed
   * @throws IllegalArgumentException if the map is null, nested deeper than 32 or has another key,
   *     the class is not known, or an argument is not known or not valid; the message names it
   */
  static Constraint deserialize(Map<String, ?> config) {
    return deserialize(config, Map.of());
  }

  /**
   * Makes a constraint from its configuration, which may name a custom class.
   *
   * @param config as for {@link #deserialize(Map) deserialize}
   * @param customObjects by the names of the classes, what makes a constraint of each from the
   *     inner {@code config}; they come before the classes of this package
   * @throws IllegalArgumentException as {@link #deserialize(Map) deserialize}, and if {@code
   *     customObjects} is null, holds anything but names and functions, or does not make a
   *     constraint
   */
  static Constraint deserialize(
      Map<String, ?> config,
      Map<String, ? extends Function<? super Map<String, ?>, ?>> customObjects) {
    return Constraints.KERAS.deserialize(config, new Factories(customObjects));
  }
}
