package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Scalar;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.List;
import java.util.Map;

/**
 * Keras 3's Nadam: Adam with Nesterov momentum, whose momentum warms up by a schedule.
 *
 * <pre>
 * w = (w * beta_1) * (1 - 0.5 * pow(0.96, t))                  w = 1 before the first step
 * c0 = beta_1 * (1 - 0.5 * pow(0.96, t))
 * c1 = beta_1 * (1 - 0.5 * pow(0.96, t + 1))
 * w1 = w * c1
 * m = m + (g - m) * (1 - beta_1)
 * v = v + (g * g - v) * (1 - beta_2)
 * n = (c1 * m) / (1 - w1) + ((1 - c0) * g) / (1 - w)
 * s = v / (1 - pow(beta_2, t))
 * p = p - (n * lr) / (sqrt(s) + epsilon)
 * </pre>
 *
 * <p>The exponents are whole numbers, where {@link io.github.keras4j.optimizers.Nadam Keras 2.2.4's
 * Nadam} multiplies them by a {@code schedule_decay}: another trajectory.
 *
 * <p>Slots: {@code momentum} m and {@code velocity} v; scalar: {@code variable} w, the last of the
 * weights, by the name that Keras gives it. Defaults: {@code learning_rate} 0.001, {@code beta_1}
 * 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-7; others as {@link BaseOptimizer} says.
 *
 * <p>Use it where Adam works, to add Nesterov momentum.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.Nadam;
 *
 * Nadam nadam = Nadam.builder().beta1(0.8).build();
 * }</pre>
 *
 * @see <a href="https://cs229.stanford.edu/proj2015/054_report.pdf">Dozat, Incorporating Nesterov
 *     Momentum into Adam, 2015</a>
 * @see <a href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/nadam.py">
 *     Keras 3.15.1, nadam.py</a>
 */
public final class Nadam extends BaseOptimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int momentum;
  private final int velocity;
  private final Powers powersOfBeta2;
  private final Powers powersOfWarmUp = new Powers(0.96);
  private final Scalar product = scalar("variable", 1.);

  // This step's
  private double c0;
  private double c1;
  private double w;
  private double w1;
  private double correction;

  /** Nadam with Keras's defaults. */
  public Nadam() {
    this(Hyperparameters.defaults(Nadam::new));
  }

  private Nadam(Hyperparameters h) {
    super(h, 0.001);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    powersOfBeta2 = new Powers(beta2);
    momentum = slot("momentum");
    velocity = slot("velocity");
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    double warmUp = 1. - 0.5 * powersOfWarmUp.pow(t);
    c0 = beta1 * warmUp;
    c1 = beta1 * (1. - 0.5 * powersOfWarmUp.pow(t + 1));
    w = (product.get() * beta1) * warmUp;
    w1 = w * c1;
    product.set(w);
    correction = 1. - powersOfBeta2.pow(t);
    return lr;
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(momentum);
    double[] v = x.slot(velocity);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      double n = (c1 * m[i]) / (1. - w1) + ((1. - c0) * g) / (1. - w);
      p[i] = x.decay(p[i]) - (n * lr) / (Math.sqrt(v[i] / correction) + epsilon);
    }
  }

  @Override
  List<Scalar> lastWeights() {
    return List.of(product);
  }

  /** Makes Nadam from a configuration, by Keras's names; absent ones take their defaults. */
  public static Nadam fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Nadam::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Nadam by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Nadam, Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {
      super(Nadam::new);
    }
  }
}
