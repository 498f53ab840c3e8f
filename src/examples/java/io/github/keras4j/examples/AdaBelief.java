package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Variable;
import java.util.Map;

/**
 * AdaBelief, an optimizer written by a user: Adam, but divided by the root of a running mean of how
 * far gradients are from what was expected, the mean of gradients, not from zero.
 *
 * <pre>
 * m = beta_1 * m + (1. - beta_1) * g
 * s = beta_2 * s + (1. - beta_2) * ((g - m) * (g - m)) + epsilon
 * p = p - lr * (m / (1. - pow(beta_1, t))) / (sqrt(s / (1. - pow(beta_2, t))) + epsilon)
 * </pre>
 *
 * <p>with {@code t = iterations + 1}. Weight decay and rectification, which the authors' own code
 * adds, are left out. Decay of the learning rate, clipping, threads, weights, state and
 * configuration come from {@link Optimizer}.
 *
 * <p>Slots: {@code m}, the mean of gradients, and {@code s}, that of squared distances to it.
 * Defaults: {@code lr} 0.001, {@code beta_1} 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-16, as
 * in the authors' code, {@code decay} 0.
 *
 * <pre>{@code
 * Optimizers.register("adabelief", AdaBelief::fromConfig);
 * Optimizer adaBelief = Optimizers.get("adabelief");
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/2010.07468">Zhuang et al., AdaBelief Optimizer: Adapting
 *     Stepsizes by the Belief in Observed Gradients, 2020</a>
 */
public final class AdaBelief extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int m;
  private final int s;

  // This step's
  private double mCorrection;
  private double sCorrection;

  /** AdaBelief with the defaults of the authors' code. */
  public AdaBelief() {
    this(Hyperparameters.defaults(AdaBelief::new));
  }

  private AdaBelief(Hyperparameters h) {
    super(h, 0.001);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-16);
    m = slot("m");
    s = slot("s");
  }

  @Override
  protected double beginStep(double lr, long t) {
    mCorrection = 1. - Math.pow(beta1, t);
    sCorrection = 1. - Math.pow(beta2, t);
    return lr;
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    double[] s = x.slot(this.s);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = beta1 * m[i] + (1. - beta1) * g;
      s[i] = beta2 * s[i] + (1. - beta2) * ((g - m[i]) * (g - m[i])) + epsilon;
      p[i] = p[i] - lr * (m[i] / mCorrection) / (Math.sqrt(s[i] / sCorrection) + epsilon);
    }
  }

  /** Makes AdaBelief from a configuration; absent hyperparameters take their defaults. */
  public static AdaBelief fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, AdaBelief::new);
  }
}
