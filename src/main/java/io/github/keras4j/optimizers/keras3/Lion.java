package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Betas;
import java.util.Map;

/**
 * Keras 3's Lion, evolved sign momentum: steps of one size in every coordinate, along the sign of a
 * mean of gradients.
 *
 * <pre>
 * p = p - lr * sign(m * beta_1 + g * (1 - beta_1))             sign(0) = sign(-0) = 0
 * m = m * beta_2 + g * (1 - beta_2)
 * </pre>
 *
 * <p>Slot: {@code momentum} m. Defaults: {@code learning_rate} 0.001, {@code beta_1} 0.9, which may
 * be 1 but not 0, {@code beta_2} 0.99; others as {@link BaseOptimizer} says.
 *
 * <p>Use it for large models and large batches, with less memory than Adam.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.Lion;
 *
 * Lion lion = Lion.builder().learningRate(1e-4).weightDecay(0.1).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/2302.06675">Chen et al., Symbolic Discovery of Optimization
 *     Algorithms, 2023</a>
 * @see <a href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/lion.py">
 *     Keras 3.15.1, lion.py</a>
 */
public final class Lion extends BaseOptimizer {
  /** Twice this times, every number but 0 is at least 1. */
  private static final double LARGE = 0x1p600;

  private final double beta1;
  private final double beta2;
  private final int momentum;

  /** Lion with Keras's defaults. */
  public Lion() {
    this(Hyperparameters.defaults(Lion::new));
  }

  private Lion(Hyperparameters h) {
    super(h, 0.001);
    beta1 = h.number("beta_1", 0.9, "above 0 and at most 1", x -> x > 0. && x <= 1.);
    beta2 = h.decayRate("beta_2", 0.99);
    momentum = slot("momentum");
    addsOnly();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(momentum);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      p[i] = x.decay(p[i]) - lr * sign(m[i] * beta1 + g * (1. - beta1));
      m[i] = m[i] * beta2 + g * (1. - beta2);
    }
  }

  /**
   * -1, 0, 1 or NaN. Not by {@link Math#signum}, which keeps the sign of -0, and makes the loop
   * nearly twice as slow on Java 17.
   */
  private static double sign(double x) {
    return Math.min(Math.max(x * LARGE * LARGE, -1.), 1.) + 0.;
  }

  /** Makes Lion from a configuration, by Keras's names; absent ones take their defaults. */
  public static Lion fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Lion::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Lion by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Lion, Builder>
      implements Betas<Builder> {
    private Builder() {
      super(Lion::new);
    }
  }
}
