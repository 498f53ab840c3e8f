package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.step.Step;
import java.util.Map;

/**
 * Adagrad: divides each gradient by the root of the sum of all its squares so far.
 *
 * <pre>
 * a = a + g * g
 * p = p - lr * g / (sqrt(a) + epsilon)
 * </pre>
 *
 * <p>{@code a} starts at 0; in Keras 3 and TensorFlow 1 it starts at 0.1 unless set otherwise, and
 * Keras 3 puts {@code epsilon} inside the root.
 *
 * <p>Slot: {@code a}, the sum of squares. Defaults: {@code lr} 0.01, {@code decay} 0, {@code
 * epsilon} 1e-7.
 *
 * <p>Use it for sparse features, such as embeddings and linear models.
 *
 * <pre>{@code
 * Optimizer adagrad = Adagrad.builder().lr(0.01).build();
 * }</pre>
 *
 * @see <a href="https://www.jmlr.org/papers/volume12/duchi11a/duchi11a.pdf">Duchi, Hazan and
 *     Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
 *     2011</a>
 */
public final class Adagrad extends Optimizer {
  private final double epsilon;
  private final int a;
  private boolean rooted = true; // no accumulator that was restored has a root that is NaN

  /** Adagrad with Keras's defaults. */
  public Adagrad() {
    this(Hyperparameters.defaults(Adagrad::new));
  }

  private Adagrad(Hyperparameters h) {
    super(h, 0.01);
    epsilon = h.epsilon();
    a = slot("a");
    ((Step) step).setUpdate(slots -> rooted = slots.areNonNegative(a), null);
    addsOnly();
    omitIterationsFromWeights();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(this.a);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      a[i] = a[i] + g * g;
      p[i] = p[i] - lr * g / (Math.sqrt(a[i]) + epsilon);
    }
  }

  @Override
  public boolean ignoresZeros() {
    return epsilon > 0. && rooted; // or 0 / 0, where nothing has accumulated
  }

  /** Makes Adagrad from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adagrad fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adagrad::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adagrad by hyperparameters; {@code lr} is 0.01 unless set. */
  public static final class Builder extends Optimizer.Builder<Adagrad, Builder>
      implements Epsilon<Builder>, Decay<Builder> {
    private Builder() {
      super(Adagrad::new);
    }
  }
}
