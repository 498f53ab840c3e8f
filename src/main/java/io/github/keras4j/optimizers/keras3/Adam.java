package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Amsgrad;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
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
 * <p>Use it for most models, where no weight decay is wanted.
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
  private final AdamFormula formula;

  /** Adam with Keras's defaults. */
  public Adam() {
    this(Hyperparameters.defaults(Adam::new));
  }

  private Adam(Hyperparameters h) {
    super(h, 0.001);
    formula = new AdamFormula(h, step.memory);
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    return formula.alpha(lr, t);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    formula.update(lr, x, from, to);
  }

  @Override
  protected List<List<String>> weightsOrder() {
    return formula.weightsOrder(super.weightsOrder());
  }

  /** Makes Adam from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adam fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adam::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adam by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Adam, Builder>
      implements Betas<Builder>, Epsilon<Builder>, Amsgrad<Builder> {
    private Builder() {
      super(Adam::new);
    }
  }
}
