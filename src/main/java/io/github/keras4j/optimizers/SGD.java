package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Momentum;
import io.github.keras4j.optimizers.builders.Nesterov;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent, with momentum, Nesterov's or plain.
 *
 * <pre>
 * v = momentum * m - lr * g
 * m = v
 * p = p + v                            without nesterov
 * p = p + momentum * v - lr * g        with nesterov
 * </pre>
 *
 * <p>With momentum 0 this is {@code p = p - lr * g}; the velocity would have no influence, so none
 * is kept, and {@link #getWeights()} returns zeros in place of {@code m}. This is the one
 * difference from Keras, which multiplies the velocity by 0: one that has become infinite makes
 * every later parameter NaN there, and a parameter that is a negative zero may become a positive
 * one. PyTorch keeps {@code v = momentum * m + g} and steps by {@code lr * v}: another sequence
 * once the learning rate changes.
 *
 * <p>Slot: {@code m}, the velocity. Defaults: {@code lr} 0.01, {@code momentum} 0, {@code decay} 0,
 * {@code nesterov} false.
 *
 * <p>Use it when there is time to tune the learning rate, or when memory is short.
 *
 * <pre>{@code
 * Optimizer sgd = SGD.builder().lr(0.01).decay(1e-6).momentum(0.9).nesterov(true).build();
 * }</pre>
 *
 * @see <a href="https://www.cs.toronto.edu/~hinton/absps/momentum.pdf">Sutskever et al., On the
 *     importance of initialization and momentum in deep learning, 2013</a>
 */
public final class SGD extends Optimizer {
  private final double momentum;
  private final boolean nesterov;
  private final int m; // with momentum alone

  /** SGD with Keras's defaults. */
  public SGD() {
    this(Hyperparameters.defaults(SGD::new));
  }

  private SGD(Hyperparameters h) {
    super(h, 0.01, false);
    momentum = h.nonNegative("momentum", 0.);
    readDecay();
    nesterov = h.flag("nesterov", false);
    m = momentum > 0. ? slot("m") : 0;
    if (!nesterov) { // (p + momentum * v) - lr * g: two additions, each rounded
      addsOnly();
    }
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    if (momentum == 0.) {
      descend(lr, x, from, to);
    } else {
      descendWithMomentum(lr, x, from, to);
    }
  }

  private void descend(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      p[i] = p[i] - lr * g;
    }
  }

  private void descendWithMomentum(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      double v = momentum * m[i] - lr * g;
      m[i] = v;
      p[i] = nesterov ? p[i] + momentum * v - lr * g : p[i] + v;
    }
  }

  @Override
  public boolean ignoresZeros() {
    return momentum == 0.;
  }

  @Override
  KerasWeights weightsLayout() {
    return new KerasWeights(true, List.of("m"), length -> length);
  }

  /** Makes SGD from a configuration, by Keras's names; absent ones take their defaults. */
  public static SGD fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, SGD::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds SGD by hyperparameters; {@code lr} is 0.01 unless set. */
  public static final class Builder extends Optimizer.Builder<SGD, Builder>
      implements Decay<Builder>, Momentum<Builder>, Nesterov<Builder> {
    private Builder() {
      super(SGD::new);
    }
  }
}
