package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.builders.Rho;
import java.util.Map;

/**
 * Keras 3's Adadelta: divides each gradient by the root of a running mean of its squares, and
 * multiplies it by that of a running mean of past updates' squares.
 *
 * <pre>
 * a = rho * a + (1 - rho) * (g * g)
 * u = -((sqrt(d + epsilon) * g) / sqrt(a + epsilon))
 * d = rho * d + (1 - rho) * (u * u)
 * p = p + lr * u
 * </pre>
 *
 * <p>The same bits as {@link io.github.keras4j.optimizers.Adadelta Keras 2.2.4's Adadelta} at the
 * same learning rate. The paper has none, which is 1.
 *
 * <p>Slots: {@code accumulated_grad} a, the mean of the gradients' squares, and {@code
 * accumulated_delta_var} d, that of the updates'. Defaults: {@code learning_rate} 0.001, {@code
 * rho} 0.95, {@code epsilon} 1e-7; others as {@link BaseOptimizer} says.
 *
 * <p>Use it with a learning rate of 1 when none is to be chosen; with the default it hardly moves.
 *
 * <pre>{@code
 * Optimizer adadelta =
 *     io.github.keras4j.optimizers.keras3.Adadelta.builder().learningRate(1.0).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1212.5701">Zeiler, ADADELTA: An Adaptive Learning Rate
 *     Method, 2012</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adadelta.py">Keras
 *     3.15.1, adadelta.py</a>
 */
public final class Adadelta extends BaseOptimizer {
  private final double rho;
  private final double epsilon;
  private final int accumulatedGrad;
  private final int accumulatedDeltaVar;

  /** Adadelta with Keras's defaults. */
  public Adadelta() {
    this(Hyperparameters.defaults(Adadelta::new));
  }

  private Adadelta(Hyperparameters h) {
    super(h, 0.001);
    rho = h.unitInterval("rho", 0.95);
    epsilon = h.nonNegative("epsilon", 1e-7);
    accumulatedGrad = slot("accumulated_grad");
    accumulatedDeltaVar = slot("accumulated_delta_var");
    addsOnly();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(accumulatedGrad);
    double[] d = x.slot(accumulatedDeltaVar);
    double rate = 1. - rho;
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      a[i] = rho * a[i] + rate * (g * g);
      double u = -((Math.sqrt(d[i] + epsilon) * g) / Math.sqrt(a[i] + epsilon));
      d[i] = rho * d[i] + rate * (u * u);
      p[i] = x.decay(p[i]) + lr * u;
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

  /** Builds Adadelta by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Adadelta, Builder>
      implements Rho<Builder>, Epsilon<Builder> {
    private Builder() {
      super(Adadelta::new);
    }
  }
}
