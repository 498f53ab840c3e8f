package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Keras 3's schedule-free AdamW: averages its steps in the place of a learning rate schedule, and
 * takes gradients between the average and the newest point.
 *
 * <pre>
 * lr = lr * min(t / warmup_steps, 1)                           where warmup_steps &gt; 0
 * v = v + (g * g - v) * (1 - beta_2)
 * d = sqrt(v / (1 - pow(beta_2, t))) + epsilon
 * z' = z - (lr * g) / d                                        z = p before the first step
 * k = 1 / t
 * x = (p - (1 - beta_1) * z) / beta_1
 * x' = (1 - k) * x + k * z'
 * p = (1 - beta_1) * z' + beta_1 * x'
 * z = z'
 * </pre>
 *
 * <p>The average x is not kept but computed from p and z: what else changes the parameters, as
 * weight decay and overwriting by a moving average, shifts it. The parameters are the point
 * between, at the end of a training too: {@link #averagedParameters averagedParameters} has x.
 *
 * <p>Slots: {@code momentum} z, a copy of the parameters as they are when the first step begins,
 * until then 0, and {@code velocity} v. Defaults: {@code learning_rate} 0.0025, {@code beta_1} 0.9,
 * which may not be 0, {@code beta_2} 0.999, {@code epsilon} 1e-8, {@code warmup_steps} 0; others as
 * {@link BaseOptimizer} says: {@code weight_decay} is null here too.
 *
 * <p>Use it where the length of the training is not known.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.ScheduleFreeAdamW;
 *
 * ScheduleFreeAdamW scheduleFree = ScheduleFreeAdamW.builder().warmupSteps(100).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/2405.15682">Defazio et al., The Road Less Scheduled, 2024</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/schedule_free_adamw.py">Keras
 *     3.15.1, schedule_free_adamw.py</a>
 */
public final class ScheduleFreeAdamW extends BaseOptimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int momentum;
  private final int velocity;
  private final Long warmupSteps; // null or 0 for none
  private final Powers powersOfBeta2;

  // This step's
  private double correction;
  private double share;

  /** Schedule-free AdamW with Keras's defaults. */
  public ScheduleFreeAdamW() {
    this(Hyperparameters.defaults(ScheduleFreeAdamW::new));
  }

  private ScheduleFreeAdamW(Hyperparameters h) {
    super(h, 0.0025);
    beta1 = h.openUnitInterval("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-8);
    warmupSteps = h.integerOrNull("warmup_steps", 0L);
    powersOfBeta2 = new Powers(beta2);
    momentum = slotLikeParameters("momentum");
    velocity = slot("velocity");
  }

  @Override
  protected double beginStep(double lr, long t) {
    correction = 1. - powersOfBeta2.pow(t);
    share = 1. / t;
    boolean warmingUp = warmupSteps != null && t < warmupSteps;
    return warmingUp ? lr * ((double) t / warmupSteps) : lr;
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] z = x.slot(momentum);
    double[] v = x.slot(velocity);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      double d = Math.sqrt(v[i] / correction) + epsilon;
      double newest = z[i] - (lr * g) / d;
      double average = (x.decay(p[i]) - (1. - beta1) * z[i]) / beta1;
      average = (1. - share) * average + share * newest;
      p[i] = (1. - beta1) * newest + beta1 * average;
      z[i] = newest;
    }
  }

  @Override
  double[][] averages(double[][] parameters) {
    double[][] averages = super.averages(parameters);
    if (averages == null) {
      averages = Averages.copies(parameters);
      for (int tensor = 0; calls() > 0 && tensor < averages.length; tensor++) {
        double[] x = averages[tensor];
        double[] z = step.memory.slots().arrays()[tensor][momentum];
        for (int i = 0; i < z.length; i++) {
          x[i] = (x[i] - (1. - beta1) * z[i]) / beta1;
        }
      }
    }
    return averages;
  }

  /** Makes one from a configuration, by Keras's names; absent ones take their defaults. */
  public static ScheduleFreeAdamW fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, ScheduleFreeAdamW::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds ScheduleFreeAdamW by hyperparameters; {@code learning_rate} is 0.0025 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<ScheduleFreeAdamW, Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {
      super(ScheduleFreeAdamW::new);
    }

    /** Sets in how many steps the learning rate rises to its value. At least 0; default 0. */
    public Builder warmupSteps(int warmupSteps) {
      return set("warmup_steps", warmupSteps);
    }
  }
}
