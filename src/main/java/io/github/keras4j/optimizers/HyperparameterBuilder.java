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

  /**
   * Sets a hyperparameter.
   *
   * @param name its name in the configuration
   * @param value its value
   * @return this builder
   */
  @SuppressWarnings("unchecked")
  public final B set(String name, Object value) {
    config.put(name, value);
    return (B) this;
  }

  /**
   * Refuses a step whose gradients hold NaN or an infinity, before anything is changed. Costs one
   * pass over the gradients, which the {@code clipnorm} of Keras 2.2.4 makes anyway. Not in Keras:
   * in the configuration, as {@code error_if_non_finite}, only when on.
   *
   * @param errorIfNonFinite whether to refuse; false, the default, computes on as Keras does
   * @return this builder
   */
  public final B errorIfNonFinite(boolean errorIfNonFinite) {
    return set("error_if_non_finite", errorIfNonFinite);
  }

  /**
   * What has been set, for {@code build}.
   *
   * @return the hyperparameters by their names in the configuration
   */
  protected final Map<String, Object> config() {
    return config;
  }
}
