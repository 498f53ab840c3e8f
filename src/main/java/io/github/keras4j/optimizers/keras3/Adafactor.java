package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.engine.Means;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.engine.Powers;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Step;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Keras 3's Adafactor: steps relative to the size of the parameters, along gradients divided by the
 * root of a running mean of their squares, of which matrices have only the means of rows and of
 * columns.
 *
 * <pre>
 * alpha = max(epsilon_2, RMS(p)) * min(lr, 1 / sqrt(t))
 * b = 1 - pow(t, beta_2_decay)
 * s = g * g + epsilon_1
 * r = b * r + (1 - b) * mean of s over its last dimension               rank 2 and more
 * c = b * c + (1 - b) * mean of s over its last dimension but one
 * v = (r / mean of r over its last dimension) * c
 * v = b * v + (1 - b) * s                                               rank 0 and 1
 * u = g / sqrt(v)
 * p = p - alpha * (u / max(1, RMS(u) / clip_threshold))
 * </pre>
 *
 * <p>RMS is the root of the mean square of a tensor. {@code relative_step} changes nothing, as in
 * Keras.
 *
 * <p>Needs the shapes of the tensors: {@link #build build} must come before the first step.
 *
 * <p>Slots: {@code r}, {@code c}, {@code velocity} v, which is as large as the tensor. Of rank 0
 * and 1, r and c are one 0 each. Defaults: {@code learning_rate} 0.001, {@code beta_2_decay} -0.8,
 * {@code epsilon_1} 1e-30, {@code epsilon_2} 1e-3, {@code clip_threshold} 1.0, {@code
 * relative_step} true; others as {@link BaseOptimizer} says.
 *
 * <p>Besides the slots, memory as large as the tensors is kept from step to step.
 *
 * <p>Use it for transformers; elsewhere {@link AdamW} is easier to tune.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.TensorSpec;
 * import io.github.keras4j.optimizers.keras3.Adafactor;
 *
 * Adafactor adafactor = Adafactor.builder().learningRate(0.01).build();
 * adafactor.build(TensorSpec.of("dense/kernel", 3, 1), TensorSpec.of("dense/bias", 1));
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1804.04235">Shazeer and Stern, Adafactor: Adaptive Learning
 *     Rates with Sublinear Memory Cost, 2018</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adafactor.py">Keras
 *     3.15.1, adafactor.py</a>
 */
public final class Adafactor extends BaseOptimizer {
  private final Step tensorStep = tensorStep();
  private final double beta2Decay;
  private final double epsilon1;
  private final double epsilon2;
  private final double clipThreshold;
  private final int r;
  private final int c;
  private final int velocity;
  private final int room;

  // This step's
  private double kept;
  private final IntConsumer updateTensor = this::updateTensor;

  /** Adafactor with Keras's defaults. */
  public Adafactor() {
    this(Hyperparameters.defaults(Adafactor::new));
  }

  private Adafactor(Hyperparameters h) {
    super(h, 0.001);
    beta2Decay =
        h.number(
            "beta_2_decay",
            -0.8,
            "a finite number <= 0",
            x -> x <= 0. && x > Double.NEGATIVE_INFINITY);
    epsilon1 = h.nonNegative("epsilon_1", 1e-30);
    epsilon2 = h.nonNegative("epsilon_2", 1e-3);
    clipThreshold = h.positive("clip_threshold", 1.);
    h.flag("relative_step", true);
    r = step.memory.slot("r", 0., (specs, tensor, length) -> means(specs, tensor, length, 1));
    c = step.memory.slot("c", 0., (specs, tensor, length) -> means(specs, tensor, length, 2));
    velocity = slot("velocity");
    room = step.memory.scratch((specs, tensor, length) -> length);
    step.requireBuild();
    tensorStep.setUpdate(
        slots -> {},
        () -> Parallel.forEach(tensorStep.tensors(), tensorStep.threads(), updateTensor));
  }

  @Override
  public boolean sumsOverElements() {
    return true;
  }

  /** How many means there are along a dimension counted from the last: one r for each row, say. */
  private static int means(Specs specs, int tensor, int length, int dimension) {
    if (!specs.areNamed()) {
      return length; // of a state without shapes, with which no step can be made
    }
    int[] shape = specs.tensor(tensor).shape();
    int means = 1;
    for (int i = 0; shape.length >= 2 && i < shape.length; i++) {
      means *= i == shape.length - dimension ? 1 : shape[i];
    }
    return means;
  }

  @Override
  protected double beginStep(double lr, long t) {
    kept = 1. - Powers.pow(t, beta2Decay);
    return Math.min(lr, 1. / Math.sqrt(t));
  }

  private void updateTensor(int tensor) {
    int length = tensorStep.tensor(tensor).parameter().length;
    if (length > 0) {
      tensorStep.updateRange(tensor, 0, length);
    }
  }

  /** Of a whole tensor. */
  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    tensorStep.tensor(x.number()).decayAll(from, to);
    double[] p = x.parameter();
    double alpha = Math.max(epsilon2, Math.sqrt(SumOfSquares.of(p, from, to) / p.length)) * lr;
    int[] shape = step.specs().tensor(x.number()).shape();
    if (shape.length >= 2) {
      updateFactors(x, shape[shape.length - 2], shape[shape.length - 1]);
    } else {
      updateVelocity(x);
    }
    double[] u = x.slot(room);
    divide(x, u);
    double rms = Math.sqrt(SumOfSquares.of(u, from, to) / p.length);
    subtract(alpha, Math.max(1., rms / clipThreshold), u, p);
  }

  private void updateVelocity(Variable x) {
    double[] v = x.slot(velocity);
    for (int i = 0; i < v.length; i++) {
      double g = x.gradient(i);
      v[i] = kept * v[i] + (1. - kept) * (g * g + epsilon1);
    }
  }

  private void updateFactors(Variable x, int rows, int columns) {
    double[] r = x.slot(this.r);
    double[] c = x.slot(this.c);
    double[] v = x.slot(velocity);
    double[] mean = x.slot(room);
    squares(x, v); // here until v is known
    Means.ofRows(v, columns, mean, 0, r.length);
    average(r, mean);
    for (int matrix = 0; matrix < c.length / columns; matrix++) {
      Means.ofColumns(v, matrix, rows, columns, mean, 0, columns);
    }
    average(c, mean);
    Means.ofRows(r, rows, mean, 0, r.length / rows);
    for (int row = 0; row < r.length; row++) {
      int matrix = row / rows;
      product(r[row] / mean[matrix], c, matrix * columns, v, row * columns, columns);
    }
  }

  private void squares(Variable x, double[] s) {
    for (int i = 0; i < s.length; i++) {
      double g = x.gradient(i);
      s[i] = g * g + epsilon1;
    }
  }

  private void average(double[] average, double[] mean) {
    for (int i = 0; i < average.length; i++) {
      average[i] = kept * average[i] + (1. - kept) * mean[i];
    }
  }

  /** A row of {@code r * c}. */
  private static void product(double r, double[] c, int from, double[] v, int row, int columns) {
    for (int j = 0; j < columns; j++) {
      v[row + j] = r * c[from + j];
    }
  }

  private void divide(Variable x, double[] u) {
    double[] v = x.slot(velocity);
    for (int i = 0; i < u.length; i++) {
      double g = x.gradient(i);
      u[i] = g / Math.sqrt(v[i]);
    }
  }

  private static void subtract(double alpha, double divisor, double[] u, double[] p) {
    for (int i = 0; i < p.length; i++) {
      p[i] = p[i] - alpha * (u[i] / divisor);
    }
  }

  /** Makes Adafactor from a configuration, by Keras's names; absent ones take their defaults. */
  public static Adafactor fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Adafactor::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Adafactor by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Adafactor, Builder> {
    private Builder() {
      super(Adafactor::new);
    }

    /**
     * Sets how the share of the second moments that a step keeps grows with the steps. Finite and
     * at most 0; default -0.8.
     */
    public Builder beta2Decay(double beta2Decay) {
      return set("beta_2_decay", beta2Decay);
    }

    /** Sets what is added to the squares of the gradients. Finite and at least 0; default 1e-30. */
    public Builder epsilon1(double epsilon1) {
      return set("epsilon_1", epsilon1);
    }

    /** Sets the size that parameters count as at least. Finite and at least 0; default 1e-3. */
    public Builder epsilon2(double epsilon2) {
      return set("epsilon_2", epsilon2);
    }

    /**
     * Sets the root mean square beyond which an update is made smaller. Finite and above 0; default
     * 1.
     */
    public Builder clipThreshold(double clipThreshold) {
      return set("clip_threshold", clipThreshold);
    }

    /** Sets a flag that changes nothing, as in Keras. Either; default true. */
    public Builder relativeStep(boolean relativeStep) {
      return set("relative_step", relativeStep);
    }
  }
}
