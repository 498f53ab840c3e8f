package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.builders.Amsgrad;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.List;
import java.util.Map;

/**
 * Keras 3's Adam: steps along a running mean of gradients, divided by the root of a running mean of
 * their squares, or, with AMSGrad, of the largest such mean so far.
 *
 * <pre>
 * alpha = (lr * sqrt(1 - pow(beta_2, t))) / (1 - pow(beta_1, t))
 * m = m + (g - m) * (1 - beta_1)
 * v = v + (g * g - v) * (1 - beta_2)
 * p = p - (m * alpha) / (sqrt(v) + epsilon)        without amsgrad
 * h = max(h, v)
 * p = p - (m * alpha) / (sqrt(h) + epsilon)        with amsgrad
 * </pre>
 *
 * <p>Where {@link io.github.keras4j.optimizers.Adam Keras 2.2.4's Adam} has {@code beta_1 * m + (1
 * - beta_1) * g}, so that the last places differ.
 *
 * <p>Slots: {@code momentum} m, {@code velocity} v, and with amsgrad {@code velocity_hat} h.
 * Defaults: {@code learning_rate} 0.001, {@code beta_1} 0.9, {@code beta_2} 0.999, {@code epsilon}
 * 1e-7, {@code amsgrad} false; others as {@link BaseOptimizer} says.
 *
 * <pre>{@code
 * Optimizer adam = io.github.keras4j.optimizers.keras3.Adam.builder().learningRate(0.01).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba, Adam: A Method for Stochastic
 *     Optimization, 2014</a>
 * @see <a href="https://openreview.net/forum?id=ryQu7f-RZ">Reddi, Kale and Kumar, On the
 *     Convergence of Adam and Beyond, 2018</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adam.py">Keras
 *     3.15.1, adam.py</a>
 */
public final class Adam extends BaseOptimizer {
  /** {@link #weightsOrder} with amsgrad. */
  static final List<List<String>> WEIGHTS_ORDER_AMSGRAD =
      List.of(List.of("momentum", "velocity"), List.of("velocity_hat"));

  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final boolean amsgrad;
  private final Powers powersOfBeta1;
  private final Powers powersOfBeta2;

  /** Adam with Keras's defaults. */
  public Adam() {
    this(Hyperparameters.defaults());
  }

  private Adam(Hyperparameters h) {
    super(h, 0.001, slots(h));
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    amsgrad = h.flag("amsgrad", false);
    powersOfBeta1 = new Powers(beta1);
    powersOfBeta2 = new Powers(beta2);
  }

  /** The slots, of which {@code velocity_hat} is for amsgrad alone. */
  static String[] slots(Hyperparameters h) {
    return h.flag("amsgrad", false)
        ? new String[] {"momentum", "velocity", "velocity_hat"}
        : new String[] {"momentum", "velocity"};
  }

  @Override
  protected double beginStep(double lr, long t) {
    return alpha(lr, powersOfBeta1.pow(t), powersOfBeta2.pow(t));
  }

  /** The learning rate with both bias corrections, from the powers of the betas. */
  static double alpha(double lr, double beta1ToT, double beta2ToT) {
    return (lr * Math.sqrt(1. - beta2ToT)) / (1. - beta1ToT);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    update(lr, beta1, beta2, epsilon, amsgrad, x, from, to);
  }

  /** Adam's update, for all who have it: {@code lr} is {@link #alpha alpha}. */
  static void update(
      double lr,
      double beta1,
      double beta2,
      double epsilon,
      boolean amsgrad,
      Variable x,
      int from,
      int to) {
    if (amsgrad) {
      updateAmsgrad(lr, 1. - beta1, 1. - beta2, epsilon, x, from, to);
    } else {
      updatePlain(lr, 1. - beta1, 1. - beta2, epsilon, x, from, to);
    }
  }

  private static void updatePlain(
      double lr, double rate1, double rate2, double epsilon, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(0);
    double[] v = x.slot(1);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * rate1;
      v[i] = v[i] + (g * g - v[i]) * rate2;
      p[i] = x.decay(p[i]) - (m[i] * lr) / (Math.sqrt(v[i]) + epsilon);
    }
  }

  private static void updateAmsgrad(
      double lr, double rate1, double rate2, double epsilon, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(0);
    double[] v = x.slot(1);
    double[] h = x.slot(2);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * rate1;
      v[i] = v[i] + (g * g - v[i]) * rate2;
      h[i] = Math.max(h[i], v[i]);
      p[i] = x.decay(p[i]) - (m[i] * lr) / (Math.sqrt(h[i]) + epsilon);
    }
  }

  @Override
  protected List<List<String>> weightsOrder() {
    return amsgrad ? WEIGHTS_ORDER_AMSGRAD : super.weightsOrder();
  }

  /**
   * Makes Adam from a configuration.
   *
   * @param config hyperparameters by Keras's names; absent ones take their defaults; never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static Adam fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adam::new);
  }

  /**
   * Starts a builder.
   *
   * @return a builder with every hyperparameter at its default
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adam by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Builder>
      implements Betas<Builder>, Epsilon<Builder>, Amsgrad<Builder> {
    private Builder() {}

    @Override
    public Adam build() {
      return fromConfig(config());
    }
  }
}
