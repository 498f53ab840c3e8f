package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.Map;

/**
 * Nadam: Adam with Nesterov momentum, whose momentum warms up by a schedule.
 *
 * <pre>
 * c0 = beta_1 * (1. - 0.5 * pow(0.96, t * schedule_decay))               t = iterations + 1
 * c1 = beta_1 * (1. - 0.5 * pow(0.96, (t + 1) * schedule_decay))
 * s0 = m_schedule * c0
 * s1 = m_schedule * c0 * c1
 * m_schedule = s0
 * m = beta_1 * m + (1. - beta_1) * g
 * v = beta_2 * v + (1. - beta_2) * (g * g)
 * g' = g / (1. - s0)
 * m' = m / (1. - s1)
 * v' = v / (1. - pow(beta_2, t))
 * mbar = (1. - c0) * g' + c1 * m'
 * p = p - lr * mbar / (sqrt(v') + epsilon)
 * </pre>
 *
 * <p>There is no {@code decay}. PyTorch's {@code momentum_decay} is {@code schedule_decay}, and its
 * formula agrees except for the order of operations. The powers of 0.96 have exponents that are no
 * whole numbers and come from {@link Math#pow}: their last place may differ from one JVM or
 * processor to another, where all else is the same everywhere.
 *
 * <p>Slots: {@code m}, the mean of gradients, and {@code v}, that of their squares; scalar: {@code
 * m_schedule}, the product of all {@code c0}, which Keras loses on save: {@link #setWeights
 * setWeights} computes it again from the iterations. Defaults: {@code lr} 0.002, {@code beta_1}
 * 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-7, {@code schedule_decay} 0.004.
 *
 * <p>Use it where Adam works, to add Nesterov momentum.
 *
 * <pre>{@code
 * Optimizer nadam = Nadam.builder().lr(0.002).scheduleDecay(0.004).build();
 * }</pre>
 *
 * @see <a href="https://cs229.stanford.edu/proj2015/054_report.pdf">Dozat, Incorporating Nesterov
 *     Momentum into Adam, 2015</a>
 */
public final class Nadam extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final Powers beta2Powers;
  private final double epsilon;
  private final int m;
  private final int v;
  private final double scheduleDecay;
  private final Scalar mSchedule = scalar("m_schedule", 1.);

  // This step's
  private double c0;
  private double c1;
  private double s0;
  private double s1;
  private double vCorrection;

  /** Nadam with Keras's defaults. */
  public Nadam() {
    this(Hyperparameters.defaults(Nadam::new));
  }

  private Nadam(Hyperparameters h) {
    super(h, 0.002, false);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    beta2Powers = new Powers(beta2);
    epsilon = h.epsilon();
    m = slot("m");
    v = slot("v");
    scheduleDecay = h.nonNegative("schedule_decay", 0.004);
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    c0 = momentum(t);
    c1 = momentum(t + 1);
    s0 = mSchedule.get() * c0;
    s1 = mSchedule.get() * c0 * c1;
    mSchedule.set(s0);
    vCorrection = 1. - beta2Powers.pow(t);
    return lr;
  }

  private double momentum(long t) {
    return beta1 * (1. - 0.5 * Math.pow(0.96, t * scheduleDecay));
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] m = x.slot(this.m);
    double[] v = x.slot(this.v);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = beta1 * m[i] + (1. - beta1) * g;
      v[i] = beta2 * v[i] + (1. - beta2) * (g * g);
      double mbar = (1. - c0) * (g / (1. - s0)) + c1 * (m[i] / (1. - s1));
      p[i] = p[i] - lr * mbar / (Math.sqrt(v[i] / vCorrection) + epsilon);
    }
  }

  /** Multiplies the schedule up again, until it is too small to change any more. */
  @Override
  void weightsRestored(long iterations) {
    double product = 1.;
    double before = 0.;
    for (long t = 1; t <= iterations && product != before; t++) {
      before = product;
      product *= momentum(t);
    }
    mSchedule.set(product);
  }

  /** Makes Nadam from a configuration, by Keras's names; absent ones take their defaults. */
  public static Nadam fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Nadam::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Nadam by hyperparameters; {@code lr} is 0.002 unless set. */
  public static final class Builder extends Optimizer.Builder<Nadam, Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {
      super(Nadam::new);
    }

    /** Sets how fast the momentum warms up. Finite and at least 0; default 0.004. */
    public Builder scheduleDecay(double scheduleDecay) {
      return set("schedule_decay", scheduleDecay);
    }
  }
}
