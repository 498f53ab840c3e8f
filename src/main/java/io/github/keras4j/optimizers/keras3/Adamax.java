package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Keras 3's Adamax: Adam with the infinity norm, a running maximum, in place of the root of the
 * second moment.
 *
 * <pre>
 * m = m + (g - m) * (1 - beta_1)
 * u = max(beta_2 * u, abs(g))
 * p = p - (lr * m) / ((1 - pow(beta_1, t)) * (u + epsilon))
 * </pre>
 *
 * <p>Where {@link io.github.keras4j.optimizers.Adamax Keras 2.2.4's Adamax} divides the learning
 * rate by {@code 1 - pow(beta_1, t)} first, so that the last places differ.
 *
 * <p>Slots: {@code momentum} m and {@code norm} u. Defaults: {@code learning_rate} 0.001, {@code
 * beta_1} 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-7; others as {@link BaseOptimizer} says.
 *
 * <p>Use it in Adam's place where rare gradients are far larger than the rest.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.Adamax;
 *
 * Adamax adamax = Adamax.builder().beta1(0.8).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba, Adam: A Method for Stochastic
 *     Optimization, 2014, section 7.1</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adamax.py">Keras
 *     3.15.1, adamax.py</a>
 */
public final class Adamax extends BaseOptimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int momentum;
  private final int norm;
  private final Powers powersOfBeta1;

  // This step's
  private double correction;

  /** Adamax with Keras's defaults. */
  public Adamax() {
    this(Hyperparameters.defaults(Adamax::new));
  }

  private Adamax(Hyperparameters h) {
    super(h, 0.001);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    powersOfBeta1 = new Powers(beta1);
    momentum = slot("momentum");
    norm = slot("norm");
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    correction = 1. - powersOfBeta1.pow(t);
    return lr;
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(momentum);
    double[] u = x.slot(norm);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      u[i] = Math.max(beta2 * u[i], Math.abs(g));
      p[i] = x.decay(p[i]) - (lr * m[i]) / (correction * (u[i] + epsilon));
    }
  }

  /** Makes Adamax from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adamax fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adamax::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adamax by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Adamax, Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {
      super(Adamax::new);
    }
  }
}
