package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import io.github.keras4j.optimizers.engine.Step;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import java.util.Map;

/**
 * Keras 3's Lamb: Adam's steps, each tensor's scaled to the norm of its parameters.
 *
 * <pre>
 * m = m + (g - m) * (1 - beta_1)
 * v = v + (g * g - v) * (1 - beta_2)
 * u = (m / (1 - pow(beta_1, t))) / (sqrt(v / (1 - pow(beta_2, t))) + epsilon)
 * x = sqrt(S(p * p))
 * y = sqrt(S(u * u))
 * p = p - ((x > 0 and y > 0 ? x / y : 1) * lr) * u
 * </pre>
 *
 * <p>S is the sum over the tensor's elements.
 *
 * <p>Slots: {@code momentum} m, {@code velocity} v. Defaults: {@code learning_rate} 0.001, {@code
 * beta_1} 0.9, {@code beta_2} 0.999, {@code epsilon} 1e-7; others as {@link BaseOptimizer} says.
 *
 * <p>Beside the slots, memory as large as the tensors is kept from step to step.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.Lamb;
 *
 * Lamb lamb = Lamb.builder().learningRate(0.01).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1904.00962">You et al., Large Batch Optimization for Deep
 *     Learning: Training BERT in 76 minutes, 2019</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/lamb.py">Keras
 *     3.15.1, lamb.py</a>
 */
public final class Lamb extends BaseOptimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final Powers powersOfBeta1;
  private final Powers powersOfBeta2;

  // This step's
  private double correction1;
  private double correction2;
  private double[] squaresOfParameters = {}; // by part
  private double[] squaresOfUpdates = {};
  private double[] ratios = {}; // by tensor
  private final Step.Pass sumPart = this::sumPart;
  private final Step.Pass subtractPart = this::subtractPart;

  /** Lamb with Keras's defaults. */
  public Lamb() {
    this(Hyperparameters.defaults());
  }

  private Lamb(Hyperparameters h) {
    super(h, 0.001, "momentum", "velocity");
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    powersOfBeta1 = new Powers(beta1);
    powersOfBeta2 = new Powers(beta2);
  }

  @Override
  protected double beginStep(double lr, long t) {
    correction1 = 1. - powersOfBeta1.pow(t);
    correction2 = 1. - powersOfBeta2.pow(t);
    return lr;
  }

  /** Two passes: the sums are known only after the first. */
  @Override
  boolean takesRows() {
    return false;
  }

  @Override
  void updateTensors() {
    makeRoom();
    step.forEachPart(sumPart);
    for (int tensor = 0; tensor < ratios.length; tensor++) {
      double x = norm(squaresOfParameters, tensor);
      double y = norm(squaresOfUpdates, tensor);
      ratios[tensor] = x > 0. && y > 0. ? x / y : 1.;
    }
    step.forEachPart(subtractPart);
  }

  private void makeRoom() {
    if (squaresOfUpdates.length != step.layout().parts()) {
      squaresOfParameters = new double[step.layout().parts()];
      squaresOfUpdates = new double[step.layout().parts()];
    }
    if (ratios.length != step.tensors()) {
      ratios = new double[step.tensors()];
    }
    for (int tensor = 0; tensor < ratios.length; tensor++) {
      step.variable(tensor).room();
    }
  }

  private double norm(double[] squares, int tensor) {
    return Math.sqrt(
        SumOfSquares.total(
            squares, step.layout().firstOfTensor(tensor), step.layout().firstOfTensor(tensor + 1)));
  }

  private void sumPart(int part, int tensor, int from, int to) {
    Variable x = step.variable(tensor);
    if (x.hasGradient()) {
      x.prepare(from, to);
      x.decayAll(from, to);
      squaresOfParameters[part] = SumOfSquares.of(x.parameter(), from, to);
      updateMoments(x, from, to);
      squaresOfUpdates[part] = SumOfSquares.of(x.room(), from, to);
    }
  }

  private void updateMoments(Variable x, int from, int to) {
    double[] m = x.slot(0);
    double[] v = x.slot(1);
    double[] u = x.room();
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      u[i] = (m[i] / correction1) / (Math.sqrt(v[i] / correction2) + epsilon);
    }
  }

  private void subtractPart(int part, int tensor, int from, int to) {
    Variable x = step.variable(tensor);
    if (x.hasGradient()) {
      updateStep(step.updateLr(), x, from, to);
    }
    step.afterUpdate(x, from, to);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] u = x.room();
    double scaled = ratios[x.tensor] * lr;
    for (int i = from; i < to; i++) {
      p[i] = p[i] - scaled * u[i];
    }
  }

  /**
   * Makes Lamb from a configuration.
   *
   * @param config hyperparameters by Keras's names; absent ones take their defaults; never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static Lamb fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Lamb::new);
  }

  /**
   * Starts a builder.
   *
   * @return a builder with every hyperparameter at its default
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Lamb by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {}

    @Override
    public Lamb build() {
      return fromConfig(config());
    }
  }
}
