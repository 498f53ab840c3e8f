package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.builders.Rho;
import java.util.Map;

/**
 * Adadelta: as RMSprop, with the root of a running mean of past updates' squares as learning rate.
 *
 * <pre>
 * a = rho * a + (1. - rho) * (g * g)
 * u = g * sqrt(d + epsilon) / sqrt(a + epsilon)
 * p = p - lr * u
 * d = rho * d + (1. - rho) * (u * u)
 * </pre>
 *
 * <p>{@code lr} is 1, as in the paper; Keras 3 and TensorFlow 1 default to 0.001. {@code epsilon}
 * also decides how fast the first steps are, since {@code d} starts at 0.
 *
 * <p>Slots: {@code a}, the mean of gradients' squares, and {@code d}, that of updates. Defaults:
 * {@code lr} 1.0, {@code rho} 0.95, {@code decay} 0, {@code epsilon} 1e-7.
 *
 * <p>Use it when no learning rate is to be chosen; it starts slowly.
 *
 * <pre>{@code
 * Optimizer adadelta = new Adadelta();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1212.5701">Zeiler, ADADELTA: An Adaptive Learning Rate
 *     Method, 2012</a>
 */
public final class Adadelta extends Optimizer {
  private final double rho;
  private final double epsilon;
  private final int a;
  private final int d;

  /** Adadelta with Keras's defaults. */
  public Adadelta() {
    this(Hyperparameters.defaults(Adadelta::new));
  }

  private Adadelta(Hyperparameters h) {
    super(h, 1., false);
    rho = h.unitInterval("rho", 0.95);
    readDecay();
    epsilon = h.epsilon();
    a = slot("a");
    d = slot("d");
    addsOnly();
    omitIterationsFromWeights();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(this.a);
    double[] d = x.slot(this.d);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      a[i] = rho * a[i] + (1. - rho) * (g * g);
      double u = g * Math.sqrt(d[i] + epsilon) / Math.sqrt(a[i] + epsilon);
      p[i] = p[i] - lr * u;
      d[i] = rho * d[i] + (1. - rho) * (u * u);
    }
  }

  /** Makes Adadelta from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adadelta fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adadelta::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adadelta by hyperparameters; {@code lr} is 1.0 unless set. */
  public static final class Builder extends Optimizer.Builder<Adadelta, Builder>
      implements Rho<Builder>, Epsilon<Builder>, Decay<Builder> {
    private Builder() {
      super(Adadelta::new);
    }
  }
}
