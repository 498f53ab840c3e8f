package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Amsgrad;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.List;
import java.util.Map;

/**
 * Adam: steps along a running mean of gradients, divided by the root of a running mean of their
 * squares, or, with AMSGrad, of the largest such mean so far.
 *
 * <pre>
 * lr_t = lr * (sqrt(1. - pow(beta_2, t)) / (1. - pow(beta_1, t)))        t = iterations + 1
 * m = beta_1 * m + (1. - beta_1) * g
 * v = beta_2 * v + (1. - beta_2) * (g * g)
 * p = p - lr_t * m / (sqrt(v) + epsilon)           without amsgrad
 * vhat = max(vhat, v)
 * p = p - lr_t * m / (sqrt(vhat) + epsilon)        with amsgrad
 * </pre>
 *
 * <p>The bias correction is in {@code lr_t}, so {@code epsilon} is the paper's epsilon hat: PyTorch
 * and Optax correct {@code v} itself before the root, where the same {@code epsilon} counts for
 * less in the first steps. With amsgrad Keras takes the maximum of the uncorrected {@code v}.
 *
 * <p>Slots: {@code m}, the mean of gradients, {@code v}, that of their squares, and with amsgrad
 * {@code vhat}; without amsgrad {@link #getWeights()} has an array of one zero in the place of each
 * {@code vhat}. Defaults: {@code lr} 0.001, {@code beta_1} 0.9, {@code beta_2} 0.999, {@code
 * epsilon} 1e-7, {@code decay} 0, {@code amsgrad} false.
 *
 * <p>Use it for most models.
 *
 * <pre>{@code
 * Optimizer adam = Adam.builder().lr(0.001).amsgrad(true).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba, Adam: A Method for Stochastic
 *     Optimization, 2014</a>
 * @see <a href="https://openreview.net/forum?id=ryQu7f-RZ">Reddi, Kale and Kumar, On the
 *     Convergence of Adam and Beyond, 2018</a>
 */
public final class Adam extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final Powers beta1Powers;
  private final Powers beta2Powers;
  private final double epsilon;
  private final boolean amsgrad;
  private final int m;
  private final int v;
  private final int vhat; // with amsgrad alone

  /** Adam with Keras's defaults. */
  public Adam() {
    this(Hyperparameters.defaults(Adam::new));
  }

  private Adam(Hyperparameters h) {
    super(h, 0.001, false);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    readDecay();
    beta1Powers = new Powers(beta1);
    beta2Powers = new Powers(beta2);
    epsilon = h.epsilon();
    amsgrad = h.flag("amsgrad", false);
    m = slot("m");
    v = slot("v");
    vhat = amsgrad ? slot("vhat") : 0;
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    return lr * (Math.sqrt(1. - beta2Powers.pow(t)) / (1. - beta1Powers.pow(t)));
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    if (amsgrad) {
      updateAmsgrad(lr, x, from, to);
    } else {
      updatePlain(lr, x, from, to);
    }
  }

  private void updatePlain(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    double[] v = x.slot(this.v);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = beta1 * m[i] + (1. - beta1) * g;
      v[i] = beta2 * v[i] + (1. - beta2) * (g * g);
      p[i] = p[i] - lr * m[i] / (Math.sqrt(v[i]) + epsilon);
    }
  }

  private void updateAmsgrad(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    double[] v = x.slot(this.v);
    double[] vhat = x.slot(this.vhat);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = beta1 * m[i] + (1. - beta1) * g;
      v[i] = beta2 * v[i] + (1. - beta2) * (g * g);
      vhat[i] = Math.max(vhat[i], v[i]);
      p[i] = p[i] - lr * m[i] / (Math.sqrt(vhat[i]) + epsilon);
    }
  }

  @Override
  KerasWeights weightsLayout() {
    return new KerasWeights(true, List.of("m", "v", "vhat"), length -> 1);
  }

  /** Makes Adam from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adam fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adam::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adam by hyperparameters; {@code lr} is 0.001 unless set. */
  public static final class Builder extends Optimizer.Builder<Adam, Builder>
      implements Betas<Builder>, Epsilon<Builder>, Decay<Builder>, Amsgrad<Builder> {
    private Builder() {
      super(Adam::new);
    }
  }
}
