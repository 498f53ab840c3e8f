package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Collects hyperparameters by name; {@link #build} checks them and makes an object.
 *
 * <p>A builder extends a base that has what all of its kind have, as {@link Optimizer.Builder}, and
 * implements the interfaces of {@link io.github.keras4j.optimizers.builders} for what else it has.
 *
 * <p>Nothing is checked before {@code build}. Not thread-safe. A builder may build any number of
 * times.
 *
 * @param <T> the class of what it builds
 * @param <B> the class of the builder itself
 */
public abstract class HyperparameterBuilder<T, B> {
  private final Map<String, Object> config = new LinkedHashMap<>();
  private final Function<? super Hyperparameters, T> constructor;

  /**
   * Starts with every hyperparameter at its default.
   *
   * @param constructor as {@link Hyperparameters#build Hyperparameters.build} takes it
   */
  protected HyperparameterBuilder(Function<? super Hyperparameters, T> constructor) {
    this.constructor = constructor;
  }

  /** Sets a hyperparameter by its name in the configuration. */
  @SuppressWarnings("unchecked")
  public final B set(String name, Object value) {
    config.put(name, value);
    return (B) this;
  }

  /**
   * Sets whether a step rejects gradients that hold NaN or an infinity, before anything is changed;
   * default false, where a step computes with them as Keras does. Costs one pass over the
   * gradients, which the {@code clipnorm} of Keras 2.2.4 makes anyway. Keras does not have it: it
   * is in the configuration, as {@code error_if_non_finite}, only if it is true.
   */
  public final B errorIfNonFinite(boolean errorIfNonFinite) {
    return set("error_if_non_finite", errorIfNonFinite);
  }

  /**
   * Makes what is built, from what has been set.
   *
   * @throws IllegalArgumentException if a hyperparameter is out of its range; the message names it,
   *     its value and what is allowed
   */
  public T build() {
    return Hyperparameters.build(config, constructor);
  }
}
