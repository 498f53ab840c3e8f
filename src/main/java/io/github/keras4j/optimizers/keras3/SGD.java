package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Momentum;
import io.github.keras4j.optimizers.builders.Nesterov;
import java.util.Map;

/**
 * Keras 3's SGD: stochastic gradient descent, plain, with momentum, or with Nesterov's.
 *
 * <pre>
 * p = p - g * lr                               with momentum 0
 * m = m * momentum - g * lr
 * p = p + m                                    without nesterov
 * p = p + (m * momentum - g * lr)              with nesterov
 * </pre>
 *
 * <p>The same bits as {@link io.github.keras4j.optimizers.SGD Keras 2.2.4's SGD}, but with {@code
 * nesterov}, where that has {@code (p + momentum * m) - lr * g}. With momentum 0 {@code nesterov}
 * has no effect.
 *
 * <p>Slot: {@code momentum} m, the velocity; none with momentum 0. Defaults: {@code learning_rate}
 * 0.01, {@code momentum} 0, which may be from 0 to 1, {@code nesterov} false; others as {@link
 * BaseOptimizer} says.
 *
 * <p>Use it when there is time to tune the learning rate, or when memory is short.
 *
 * <pre>{@code
 * Optimizer sgd =
 *     io.github.keras4j.optimizers.keras3.SGD.builder().momentum(0.9).nesterov(true).build();
 * }</pre>
 *
 * @see <a href="https://www.cs.toronto.edu/~hinton/absps/momentum.pdf">Sutskever et al., On the
 *     importance of initialization and momentum in deep learning, 2013</a>
 * @see <a href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/sgd.py">Keras
 *     3.15.1, sgd.py</a>
 */
public final class SGD extends BaseOptimizer {
  private final double momentum;
  private final boolean nesterov;
  private final int velocity; // with momentum alone

  /** SGD with Keras's defaults. */
  public SGD() {
    this(Hyperparameters.defaults(SGD::new));
  }

  private SGD(Hyperparameters h) {
    super(h, 0.01);
    momentum = h.unitInterval("momentum", 0.);
    nesterov = h.flag("nesterov", false);
    velocity = momentum > 0. ? slot("momentum") : 0;
    addsOnly();
  }

  @Override
  public boolean ignoresZeros() {
    return momentum == 0.;
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    if (momentum == 0.) {
      updatePlain(lr, x, from, to);
    } else if (nesterov) {
      updateNesterov(lr, x, from, to);
    } else {
      updateMomentum(lr, x, from, to);
    }
  }

  private void updatePlain(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      p[i] = x.decay(p[i]) - g * lr;
    }
  }

  private void updateMomentum(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(velocity);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] * momentum - g * lr;
      p[i] = x.decay(p[i]) + m[i];
    }
  }

  private void updateNesterov(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(velocity);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] * momentum - g * lr;
      p[i] = x.decay(p[i]) + (m[i] * momentum - g * lr);
    }
  }

  /** Makes SGD from a configuration, by Keras's names; absent ones take their defaults. */
  public static SGD fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, SGD::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds SGD by hyperparameters; {@code learning_rate} is 0.01 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<SGD, Builder>
      implements Momentum<Builder>, Nesterov<Builder> {
    private Builder() {
      super(SGD::new);
    }
  }
}
