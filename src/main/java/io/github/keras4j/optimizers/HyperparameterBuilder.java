package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects hyperparameters by name, for a builder to build from.
 *
 * <p>A builder extends a base that has what all of its kind have, as {@link Optimizer.Builder}, and
 * implements the interfaces of {@link io.github.keras4j.optimizers.builders} for what else it has.
 *
 * <p>Nothing is checked before {@code build}. Not thread-safe. A builder may build any number of
 * times.
 *
 * @param <B> the class of the builder itself
 */
public abstract class HyperparameterBuilder<B> {
  private final Map<String, Object> config = new LinkedHashMap<>();

  /** Starts with every hyperparameter at its default. */
  protected HyperparameterBuilder() {}

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

  /** Returns what has been set, for {@code build}: by the names in the configuration. */
  protected final Map<String, Object> config() {
    return config;
  }
}
