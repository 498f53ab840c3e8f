package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import java.util.Map;

/**
 * Lion, an optimizer written by a user: steps of one size, along the sign of a mean of gradients.
 *
 * <pre>
 * c = beta_1 * m + (1. - beta_1) * g
 * p = p - lr * sign(c)
 * m = beta_2 * m + (1. - beta_2) * g
 * </pre>
 *
 * <p>The paper's weight decay is left out. Decay of the learning rate, clipping, threads, weights,
 * state and configuration come from {@link Optimizer}.
 *
 * <p>Slot: {@code m}, the mean of gradients. Defaults: {@code lr} 1e-4, {@code beta_1} 0.9, {@code
 * beta_2} 0.99, {@code decay} 0.
 *
 * <pre>{@code
 * Optimizers.register("lion", Lion::fromConfig);
 * Optimizer lion = Optimizers.get("lion");
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/2302.06675">Chen et al., Symbolic Discovery of Optimization
 *     Algorithms, 2023</a>
 */
public final class Lion extends Optimizer {
  private final double beta1;
  private final double beta2;

  /** Lion with the paper's defaults. */
  public Lion() {
    this(Hyperparameters.defaults());
  }

  private Lion(Hyperparameters h) {
    super(h, 1e-4, "m");
    beta1 = h.openUnitInterval("beta_1", 0.9);
    beta2 = h.openUnitInterval("beta_2", 0.99);
  }

  @Override
  protected void update(double lr, double[] p, double[] grads, double[][] slots, int from, int to) {
    double[] m = slots[0];
    for (int i = from; i < to; i++) {
      double g = clip(grads[i]);
      double c = beta1 * m[i] + (1. - beta1) * g;
      p[i] = p[i] - lr * Math.signum(c);
      m[i] = beta2 * m[i] + (1. - beta2) * g;
    }
  }

  /**
   * Makes Lion from a configuration.
   *
   * @param config hyperparameters by name; absent ones take their defaults; never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static Lion fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Lion::new);
  }
}
