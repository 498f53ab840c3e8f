package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Adamax: Adam with the infinity norm, a running maximum, in place of the root of the second
 * moment.
 *
 * <pre>
 * lr_t = lr / (1. - pow(beta_1, t))        t = iterations + 1
 * m = beta_1 * m + (1. - beta_1) * g
 * u = max(beta_2 * u, abs(g))
 * p = p - lr_t * m / (u + epsilon)
 * </pre>
 *
 * <p>PyTorch adds {@code epsilon} to {@code abs(g)} inside the maximum instead.
 *
 * <p>Slots: {@code m}, the mean of gradients, and {@code u}, their running maximum. Defaults:
 * {@code lr} 0.002, {@code beta_1} 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-7, {@code decay}
 * 0.
 *
 * <p>Use it in Adam's place where rare gradients are far larger than the rest.
 *
 * <pre>{@code
 * Optimizer adamax = new Adamax();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba, Adam: A Method for Stochastic
 *     Optimization, 2014, section 7.1</a>
 */
public final class Adamax extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final Powers beta1Powers;
  private final double epsilon;
  private final int m;
  private final int u;

  /** Adamax with Keras's defaults. */
  public Adamax() {
    this(Hyperparameters.defaults(Adamax::new));
  }

  private Adamax(Hyperparameters h) {
    super(h, 0.002, false);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    readDecay();
    beta1Powers = new Powers(beta1);
    epsilon = h.epsilon();
    m = slot("m");
    u = slot("u");
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    return lr / (1. - beta1Powers.pow(t));
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    double[] u = x.slot(this.u);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = beta1 * m[i] + (1. - beta1) * g;
      u[i] = Math.max(beta2 * u[i], Math.abs(g));
      p[i] = p[i] - lr * m[i] / (u[i] + epsilon);
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

  /** Builds Adamax by hyperparameters; {@code lr} is 0.002 unless set. */
  public static final class Builder extends Optimizer.Builder<Adamax, Builder>
      implements Betas<Builder>, Epsilon<Builder>, Decay<Builder> {
    private Builder() {
      super(Adamax::new);
    }
  }
}
