package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.builders.Decay;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.builders.Rho;
import java.util.Map;

/**
 * RMSprop: divides each gradient by the root of a running mean of its squares.
 *
 * <pre>
 * a = rho * a + (1. - rho) * (g * g)
 * p = p - lr * g / (sqrt(a) + epsilon)
 * </pre>
 *
 * <p>{@code epsilon} stands outside the root, as in PyTorch; Keras 3, and Optax by default, put it
 * inside. There is no momentum and no centering. {@code a} starts at 0 (at 1 in TensorFlow 1).
 *
 * <p>Slot: {@code a}, the mean of squares. Defaults: {@code lr} 0.001, {@code rho} 0.9, {@code
 * decay} 0, {@code epsilon} 1e-7.
 *
 * <p>Use it for recurrent networks, and where the size of the gradients changes during training.
 *
 * <pre>{@code
 * Optimizer rmsprop = RMSprop.builder().lr(0.001).rho(0.9).build();
 * }</pre>
 *
 * @see <a href="https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf">Tieleman
 *     and Hinton, Lecture 6.5: rmsprop, 2012</a>
 */
public final class RMSprop extends Optimizer {
  private final double rho;
  private final double epsilon;
  private final int a;

  /** RMSprop with Keras's defaults. */
  public RMSprop() {
    this(Hyperparameters.defaults(RMSprop::new));
  }

  private RMSprop(Hyperparameters h) {
    super(h, 0.001, false);
    rho = h.unitInterval("rho", 0.9);
    readDecay();
    epsilon = h.epsilon();
    a = slot("a");
    addsOnly();
    omitIterationsFromWeights();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] a = x.slot(this.a);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      a[i] = rho * a[i] + (1. - rho) * (g * g);
      p[i] = p[i] - lr * g / (Math.sqrt(a[i]) + epsilon);
    }
  }

  /** Makes RMSprop from a configuration, by Keras's names; absent ones take their defaults. */
  public static RMSprop fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, RMSprop::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds RMSprop by hyperparameters; {@code lr} is 0.001 unless set. */
  public static final class Builder extends Optimizer.Builder<RMSprop, Builder>
      implements Rho<Builder>, Epsilon<Builder>, Decay<Builder> {
    private Builder() {
      super(RMSprop::new);
    }
  }
}
