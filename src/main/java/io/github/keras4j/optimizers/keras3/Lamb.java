package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.Powers;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import io.github.keras4j.optimizers.step.Step;
import io.github.keras4j.optimizers.step.Tensor;
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
 * <p>Besides the slots, memory as large as the tensors is kept from step to step.
 *
 * <p>Use it for very large batches.
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
  private final Step tensorStep = tensorStep();
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final int momentum;
  private final int velocity;
  private final int update;
  private final Powers powersOfBeta1;
  private final Powers powersOfBeta2;

  // This step's
  private double correction1;
  private double correction2;
  private double[] squaresOfParameters = {}; // by part
  private double[] squaresOfUpdates = {};
  private double[] ratios = {}; // by tensor
  private final Passes.Pass sumPart = this::sumPart;
  private final Passes.Pass subtractPart =
      (part, tensor, from, to) -> tensorStep.updateRange(tensor, from, to);

  /** Lamb with Keras's defaults. */
  public Lamb() {
    this(Hyperparameters.defaults(Lamb::new));
  }

  private Lamb(Hyperparameters h) {
    super(h, 0.001);
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    powersOfBeta1 = new Powers(beta1);
    powersOfBeta2 = new Powers(beta2);
    momentum = slot("momentum");
    velocity = slot("velocity");
    update = step.memory.scratch((specs, tensor, length) -> length);
    tensorStep.setUpdate(this::makeRoom, this::updateTensors);
  }

  @Override
  public boolean sumsOverElements() {
    return true;
  }

  private void makeRoom(Slots slots) {
    squaresOfParameters = new double[slots.layout().parts()];
    squaresOfUpdates = new double[slots.layout().parts()];
    ratios = new double[slots.lengths().length];
  }

  @Override
  protected double beginStep(double lr, long t) {
    correction1 = 1. - powersOfBeta1.pow(t);
    correction2 = 1. - powersOfBeta2.pow(t);
    return lr;
  }

  private void updateTensors() {
    tensorStep.forEachPart(sumPart);
    for (int tensor = 0; tensor < ratios.length; tensor++) {
      double x = norm(squaresOfParameters, tensor);
      double y = norm(squaresOfUpdates, tensor);
      ratios[tensor] = x > 0. && y > 0. ? x / y : 1.;
    }
    tensorStep.forEachPart(subtractPart);
  }

  private double norm(double[] squares, int tensor) {
    Layout parts = step.memory.slots().layout();
    int first = parts.firstOfTensor(tensor);
    return Math.sqrt(SumOfSquares.total(squares, first, parts.firstOfTensor(tensor + 1)));
  }

  private void sumPart(int part, int tensor, int from, int to) {
    if (tensorStep.beginRange(tensor, from, to)) {
      Tensor x = tensorStep.tensor(tensor);
      x.decayAll(from, to);
      squaresOfParameters[part] = SumOfSquares.of(x.parameter(), from, to);
      updateMoments(x, from, to);
      squaresOfUpdates[part] = SumOfSquares.of(x.slot(update), from, to);
    }
  }

  private void updateMoments(Tensor x, int from, int to) {
    double[] m = x.slot(momentum);
    double[] v = x.slot(velocity);
    double[] u = x.slot(update);
    for (int i = from; i < to; i++) {
      double g = x.gradient(i);
      m[i] = m[i] + (g - m[i]) * (1. - beta1);
      v[i] = v[i] + (g * g - v[i]) * (1. - beta2);
      u[i] = (m[i] / correction1) / (Math.sqrt(v[i] / correction2) + epsilon);
    }
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    double[] u = x.slot(update);
    double scaled = ratios[x.number()] * lr;
    for (int i = from; i < to; i++) {
      p[i] = p[i] - scaled * u[i];
    }
  }

  /** Makes Lamb from a configuration, by Keras's names; absent ones take their defaults. */
  public static Lamb fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Lamb::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Lamb by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Lamb, Builder>
      implements Betas<Builder>, Epsilon<Builder> {
    private Builder() {
      super(Lamb::new);
    }
  }
}
