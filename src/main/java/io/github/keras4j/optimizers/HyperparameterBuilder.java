package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects hyperparameters by name, for a builder to build from; and the builder methods that
 * several builders share, each written once.
 *
 * <p>A builder extends a base that has what all of its kind have, as {@link Optimizer.Builder}, and
 * implements the interfaces of what else it has, as {@link Betas} and {@link Epsilon}.
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

  /**
   * What the interfaces below set by.
   *
   * @param <B> the class of the builder
   */
  public interface Setter<B> {
    /**
     * Sets a hyperparameter.
     *
     * @param name its name in the configuration
     * @param value its value
     * @return this builder
     */
    B set(String name, Object value);
  }

  /**
   * Has the decay rates of two moments.
   *
   * @param <B> the class of the builder
   */
  public interface Betas<B> extends Setter<B> {
    /**
     * Sets the exponential decay rate of the first moment, the share of it that a step keeps.
     *
     * @param beta1 from 0 to below 1, unless the class says otherwise
     * @return this builder
     */
    default B beta1(double beta1) {
      return set("beta_1", beta1);
    }

    /**
     * Sets the exponential decay rate of the second moment, the share of it that a step keeps.
     *
     * @param beta2 from 0 to below 1
     * @return this builder
     */
    default B beta2(double beta2) {
      return set("beta_2", beta2);
    }
  }

  /**
   * Has a small number that prevents division by zero.
   *
   * @param <B> the class of the builder
   */
  public interface Epsilon<B> extends Setter<B> {
    /**
     * Sets the small number that prevents division by zero.
     *
     * @param epsilon finite and at least 0; default 1e-7, unless the class says otherwise
     * @return this builder
     */
    default B epsilon(double epsilon) {
      return set("epsilon", epsilon);
    }
  }

  /**
   * Has the learning rate decay of Keras 2.2.4.
   *
   * @param <B> the class of the builder
   */
  public interface Decay<B> extends Setter<B> {
    /**
     * Sets the learning rate decay: a step uses {@code lr / (1 + decay * iterations)}.
     *
     * @param decay finite and at least 0; default 0
     * @return this builder
     */
    default B decay(double decay) {
      return set("decay", decay);
    }
  }

  /**
   * Has the decay rate of a running mean.
   *
   * @param <B> the class of the builder
   */
  public interface Rho<B> extends Setter<B> {
    /**
     * Sets the exponential decay rate of the running mean, the share of it that a step keeps.
     *
     * @param rho from 0 to 1
     * @return this builder
     */
    default B rho(double rho) {
      return set("rho", rho);
    }
  }

  /**
   * Has a momentum.
   *
   * @param <B> the class of the builder
   */
  public interface Momentum<B> extends Setter<B> {
    /**
     * Sets the momentum, the share of the velocity that is kept from step to step.
     *
     * @param momentum at least 0, and at most what the class says; default 0, for none, unless the
     *     class says otherwise
     * @return this builder
     */
    default B momentum(double momentum) {
      return set("momentum", momentum);
    }
  }

  /**
   * Has Nesterov momentum.
   *
   * @param <B> the class of the builder
   */
  public interface Nesterov<B> extends Setter<B> {
    /**
     * Sets whether to use Nesterov momentum.
     *
     * @param nesterov whether to; default false, unless the class says otherwise
     * @return this builder
     */
    default B nesterov(boolean nesterov) {
      return set("nesterov", nesterov);
    }
  }

  /**
   * Has AMSGrad.
   *
   * @param <B> the class of the builder
   */
  public interface Amsgrad<B> extends Setter<B> {
    /**
     * Sets whether to use AMSGrad: to divide by the root of the largest second moment so far.
     *
     * @param amsgrad whether to; default false
     * @return this builder
     */
    default B amsgrad(boolean amsgrad) {
      return set("amsgrad", amsgrad);
    }
  }
}
