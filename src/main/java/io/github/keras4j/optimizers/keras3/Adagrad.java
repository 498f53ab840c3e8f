package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Epsilon;
import java.util.Map;

/**
 * Keras 3's Adagrad: divides each gradient by the root of the sum of all its squares so far.
 *
 * <pre>
 * a = a + g * g                                a = initial_accumulator_value at first
 * p = p - (lr * g) / sqrt(a + epsilon)
 * </pre>
 *
 * <p>In {@link io.github.keras4j.optimizers.Adagrad Keras 2.2.4's Adagrad} {@code epsilon} stands
 * outside the root, {@code a} starts at 0, and the learning rate is 0.01 unless set.
 *
 * <p>Slot: {@code accumulator} a, the sum of squares. Defaults: {@code learning_rate} 0.001, {@code
 * initial_accumulator_value} 0.1, {@code epsilon} 1e-7; others as {@link BaseOptimizer} says.
 *
 * <p>Use it for sparse features, mostly with a learning rate above the default.
 *
 * <pre>{@code
 * Optimizer adagrad =
 *     io.github.keras4j.optimizers.keras3.Adagrad.builder().learningRate(0.01).build();
 * }</pre>
 *
 * @see <a href="https://www.jmlr.org/papers/volume12/duchi11a/duchi11a.pdf">Duchi, Hazan and
 *     Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
 *     2011</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adagrad.py">Keras
 *     3.15.1, adagrad.py</a>
 */
public final class Adagrad extends BaseOptimizer {
  private final double epsilon;
  private final int accumulator;
  private boolean rooted = true; // no accumulator that was restored has a root that is NaN

  /** Adagrad with Keras's defaults. */
  public Adagrad() {
    this(Hyperparameters.defaults(Adagrad::new));
  }

  private Adagrad(Hyperparameters h) {
    super(h, 0.001);
    accumulator = slot("accumulator", h.nonNegative("initial_accumulator_value", 0.1));
    epsilon = h.nonNegative("epsilon", 1e-7);
    tensorStep().setUpdate(slots -> rooted = slots.areNonNegative(accumulator), null);
    addsOnly();
  }

  @Override
  public boolean ignoresZeros() {
    return epsilon > 0. && rooted; // or 0 / 0, where nothing has accumulated
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(accumulator);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      a[i] = a[i] + g * g;
      p[i] = x.decay(p[i]) - (lr * g) / Math.sqrt(a[i] + epsilon);
    }
  }

  /** Makes Adagrad from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adagrad fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adagrad::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adagrad by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Adagrad, Builder>
      implements Epsilon<Builder> {
    private Builder() {
      super(Adagrad::new);
    }

    /**
     * Sets where the sum of squares starts: the larger, the smaller the first updates. Finite and
     * at least 0; default 0.1.
     */
    public Builder initialAccumulatorValue(double initialAccumulatorValue) {
      return set("initial_accumulator_value", initialAccumulatorValue);
    }
  }
}
