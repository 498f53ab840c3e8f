package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.builders.Momentum;
import io.github.keras4j.optimizers.builders.Rho;
import java.util.List;
import java.util.Map;

/**
 * Keras 3's RMSprop: divides each gradient by the root of a running mean of its squares, or,
 * centered, by an estimate of its standard deviation; with momentum, if that is set.
 *
 * <pre>
 * v = rho * v + (1 - rho) * (g * g)
 * d = v + epsilon                              without centered
 * a = rho * a + (1 - rho) * g                  with centered
 * d = (v - a * a) + epsilon                    with centered
 * u = (lr * g) / sqrt(d)
 * p = p - u                                    with momentum 0
 * m = momentum * m + u                         with momentum above 0
 * p = p - m                                    with momentum above 0
 * </pre>
 *
 * <p>{@code epsilon} stands inside the root; in {@link io.github.keras4j.optimizers.RMSprop Keras
 * 2.2.4's RMSprop} it stands outside. Centered, rounding may take {@code d} below 0, whose root is
 * NaN; a larger {@code epsilon} prevents it.
 *
 * <p>Slots: {@code velocity} v, with momentum {@code momentum} m, and with centered {@code
 * average_gradient} a. Defaults: {@code learning_rate} 0.001, {@code rho} 0.9, {@code momentum} 0,
 * which may be any finite number from 0 on, {@code epsilon} 1e-7, {@code centered} false; others as
 * {@link BaseOptimizer} says.
 *
 * <p>Use it for recurrent networks, and where the size of the gradients changes during training.
 *
 * <pre>{@code
 * Optimizer rmsprop =
 *     io.github.keras4j.optimizers.keras3.RMSprop.builder().rho(0.95).centered(true).build();
 * }</pre>
 *
 * @see <a href="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf">Tieleman
 *     and Hinton, Lecture 6.5: rmsprop, 2012</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/rmsprop.py">Keras
 *     3.15.1, rmsprop.py</a>
 */
public final class RMSprop extends BaseOptimizer {
  private final double rho;
  private final double momentum;
  private final double epsilon;
  private final boolean centered;
  private final int v;
  private final int m; // with momentum alone
  private final int a; // with centered alone

  /** RMSprop with Keras's defaults. */
  public RMSprop() {
    this(Hyperparameters.defaults(RMSprop::new));
  }

  private RMSprop(Hyperparameters h) {
    super(h, 0.001);
    rho = h.unitInterval("rho", 0.9);
    momentum = h.nonNegative("momentum", 0.);
    epsilon = h.nonNegative("epsilon", 1e-7);
    centered = h.flag("centered", false);
    v = slot("velocity");
    m = momentum > 0. ? slot("momentum") : 0;
    a = centered ? slot("average_gradient") : 0;
    addsOnly();
  }

  // A loop each: one that asks more than clipping does is not vectorized.
  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    if (momentum > 0. && centered) {
      updateMomentumCentered(lr, x, from, to);
    } else if (momentum > 0.) {
      updateMomentum(lr, x, from, to);
    } else if (centered) {
      updateCentered(lr, x, from, to);
    } else {
      updatePlain(lr, x, from, to);
    }
  }

  private void updatePlain(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] v = x.slot(this.v);
    double rate = 1. - rho;
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      v[i] = rho * v[i] + rate * (g * g);
      p[i] = x.decay(p[i]) - (lr * g) / Math.sqrt(v[i] + epsilon);
    }
  }

  private void updateCentered(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] v = x.slot(this.v);
    double[] a = x.slot(this.a);
    double rate = 1. - rho;
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      v[i] = rho * v[i] + rate * (g * g);
      a[i] = rho * a[i] + rate * g;
      p[i] = x.decay(p[i]) - (lr * g) / Math.sqrt((v[i] - a[i] * a[i]) + epsilon);
    }
  }

  private void updateMomentum(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] v = x.slot(this.v);
    double[] m = x.slot(this.m);
    double rate = 1. - rho;
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      v[i] = rho * v[i] + rate * (g * g);
      m[i] = momentum * m[i] + (lr * g) / Math.sqrt(v[i] + epsilon);
      p[i] = x.decay(p[i]) - m[i];
    }
  }

  private void updateMomentumCentered(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] v = x.slot(this.v);
    double[] m = x.slot(this.m);
    double[] a = x.slot(this.a);
    double rate = 1. - rho;
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      // Read again from the arrays, these would keep the loop from being vectorized with clipping.
      double square = rho * v[i] + rate * (g * g);
      double mean = rho * a[i] + rate * g;
      double u = momentum * m[i] + (lr * g) / Math.sqrt((square - mean * mean) + epsilon);
      v[i] = square;
      a[i] = mean;
      m[i] = u;
      p[i] = x.decay(p[i]) - u;
    }
  }

  @Override
  protected List<List<String>> weightsOrder() {
    return super.weightsOrder().get(0).stream().map(List::of).toList();
  }

  /** Makes RMSprop from a configuration, by Keras's names; absent ones take their defaults. */
  public static RMSprop fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, RMSprop::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds RMSprop by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<RMSprop, Builder>
      implements Rho<Builder>, Momentum<Builder>, Epsilon<Builder> {
    private Builder() {
      super(RMSprop::new);
    }

    /** Sets whether to divide by an estimate of the standard deviation. Default false. */
    public Builder centered(boolean centered) {
      return set("centered", centered);
    }
  }
}
