package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.builders.Momentum;
import io.github.keras4j.optimizers.builders.Nesterov;
import io.github.keras4j.optimizers.engine.NewtonSchulz;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import io.github.keras4j.optimizers.step.NamePatterns;
import io.github.keras4j.optimizers.step.NamedShape;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Step;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * Keras 3's Muon: momentum that is made nearly orthogonal, for matrices, and {@link Adam} for all
 * else.
 *
 * <pre>
 * m = m + (g + m * (momentum - 1))
 * x = m                                                                 without nesterov
 * x = g + momentum * m                                                  with nesterov
 * x = x / (sqrt(S(x * x)) + 1e-7)
 * ns_steps times, with x transposed if it has more rows than columns:
 *   A = x·xᵀ; B = muon_b * A + (muon_c * A)·A; x = muon_a * x + B·x
 * u = lr * x                                                            if rms_rate is null
 * u = ((lr * x) * sqrt(max(rows, columns))) * rms_rate                  otherwise
 * p = p - u
 * </pre>
 *
 * <p>S is the sum over the tensor's elements. By Adam, with {@code lr * adam_lr_ratio}, {@code
 * adam_beta_1}, {@code adam_beta_2} and {@code epsilon}, go the tensors that are not of rank 2,
 * those in whose names a pattern of {@code exclude_layers} is found, and with {@code
 * exclude_embeddings} those with "embedding" in their names, in upper or lower case. They have
 * {@code adam_weight_decay} for {@code weight_decay}, times {@code lr} as the others.
 *
 * <p>Needs the names and shapes of the tensors: {@link #build build} must come before the first
 * step.
 *
 * <p>Slots: {@code momentum} m, and {@code velocity} for Adam's tensors alone. Defaults: {@code
 * learning_rate} 0.001, {@code weight_decay} 0.004, {@code adam_beta_1} 0.9, {@code adam_beta_2}
 * 0.999, {@code epsilon} 1e-7, {@code exclude_layers} none, {@code muon_a} 3.4445, {@code muon_b}
 * -4.775, {@code muon_c} 2.0315, {@code adam_lr_ratio} 1, {@code momentum} 0.95, {@code ns_steps}
 * 5, {@code nesterov} true, {@code exclude_embeddings} true, {@code adam_weight_decay} 0.004,
 * {@code rms_rate} 0.2; others as {@link BaseOptimizer} says.
 *
 * <p>Besides the slots, memory for four to six times the largest matrix is kept from step to step.
 *
 * <p>Use it for the hidden matrices of deep networks.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.TensorSpec;
 * import io.github.keras4j.optimizers.keras3.Muon;
 *
 * Muon muon = Muon.builder().excludeLayers("output").build();
 * muon.build(TensorSpec.of("dense/kernel", 3, 1), TensorSpec.of("dense/bias", 1));
 * }</pre>
 *
 * @see <a href="https://kellerjordan.github.io/posts/muon/">Jordan et al., Muon: An optimizer for
 *     hidden layers in neural networks, 2024</a>
 * @see <a href="https://arxiv.org/abs/2502.16982">Liu et al., Muon is Scalable for LLM Training,
 *     2025</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/muon.py">Keras
 *     3.15.1, muon.py</a>
 */
public final class Muon extends BaseOptimizer {
  /** Beyond, the iteration has long settled, and a step of the optimizer would not end. */
  private static final int MAX_STEPS = 1000;

  private final Step tensorStep = tensorStep();
  private final AdamFormula adam;
  private final NamePatterns excludeLayers;
  private final NewtonSchulz newtonSchulz;
  private final double adamLrRatio;
  private final double momentum;
  private final boolean nesterov;
  private final boolean excludeEmbeddings;
  private final Double adamWeightDecay;
  private final Double rmsRate;
  private final int m;
  private final int velocity;

  // This step's
  private double adamLr;
  private int threads;
  private double[] x = {}; // as long as the largest matrix
  private final Passes.Pass updateAdamsPart = this::updateAdamsPart;
  private final NewtonSchulz.Loop loop = (count, body) -> Parallel.forEach(count, threads, body);

  /** Muon with Keras's defaults. */
  public Muon() {
    this(Hyperparameters.defaults(Muon::new));
  }

  private Muon(Hyperparameters h) {
    super(h, 0.001, 0.004);
    double adamBeta1 = h.decayRate("adam_beta_1", 0.9);
    double adamBeta2 = h.decayRate("adam_beta_2", 0.999);
    double epsilon = h.nonNegative("epsilon", 1e-7);
    excludeLayers = NamePatterns.of("exclude_layers", h.strings("exclude_layers"));
    double a = h.finite("muon_a", 3.4445);
    double b = h.finite("muon_b", -4.775);
    double c = h.finite("muon_c", 2.0315);
    adamLrRatio = h.nonNegative("adam_lr_ratio", 1.);
    momentum = h.unitInterval("momentum", 0.95);
    newtonSchulz = new NewtonSchulz(a, b, c, h.integer("ns_steps", 5, MAX_STEPS));
    nesterov = h.flag("nesterov", true);
    excludeEmbeddings = h.flag("exclude_embeddings", true);
    adamWeightDecay = h.nonNegativeOrNull("adam_weight_decay", 0.004);
    rmsRate = h.nonNegativeOrNull("rms_rate", 0.2);
    m = slot("momentum");
    velocity = step.memory.slot("velocity", 0., this::velocities);
    adam = new AdamFormula(adamBeta1, adamBeta2, epsilon, m, velocity, -1);
    step.requireBuild();
    tensorStep.setUpdate(this::makeRoom, this::updateTensors);
  }

  @Override
  public boolean sumsOverElements() {
    return true;
  }

  private boolean goesByAdam(NamedShape tensor) {
    return tensor.shape().length != 2
        || excludeEmbeddings && tensor.name().toLowerCase(Locale.ROOT).contains("embedding")
        || excludeLayers.findIn(tensor.name());
  }

  private int velocities(Specs specs, int tensor, int length) {
    return !specs.areNamed() || goesByAdam(specs.tensor(tensor)) ? length : -1;
  }

  @Override
  Double weightDecay(NamedShape tensor) {
    return tensor != null && goesByAdam(tensor) ? adamWeightDecay : super.weightDecay(tensor);
  }

  private void makeRoom(Slots slots) {
    for (int tensor = 0; tensor < slots.lengths().length; tensor++) {
      if (isMatrix(slots.arrays()[tensor][m], slots.arrays()[tensor][velocity])) {
        int[] shape = step.specs().tensor(tensor).shape();
        newtonSchulz.makeRoom(shape[0], shape[1]);
        x = new double[Math.max(x.length, slots.lengths()[tensor])];
      }
    }
  }

  /** Adam's tensors alone have velocities. An empty one is nobody's. */
  private static boolean isMatrix(double[] momentum, double[] velocity) {
    return velocity.length < momentum.length;
  }

  @Override
  protected double beginStep(double lr, long t) {
    adamLr = adam.alpha(lr * adamLrRatio, t);
    return lr;
  }

  private void updateTensors() {
    tensorStep.forEachPart(updateAdamsPart);
    threads = tensorStep.threads();
    for (int tensor = 0; tensor < tensorStep.tensors(); tensor++) {
      if (isMatrix(tensor)) {
        tensorStep.updateRange(tensor, 0, tensorStep.tensor(tensor).parameter().length);
      }
    }
  }

  private boolean isMatrix(int tensor) {
    return isMatrix(tensorStep.tensor(tensor).slot(m), tensorStep.tensor(tensor).slot(velocity));
  }

  private void updateAdamsPart(int part, int tensor, int from, int to) {
    if (!isMatrix(tensor)) {
      tensorStep.updateRange(tensor, from, to);
    }
  }

  @Override
  protected void updateStep(double lr, Variable tensor, int from, int to) {
    if (isMatrix(tensor.number())) {
      updateMatrix(lr, tensor);
    } else {
      adam.update(adamLr, tensor, from, to);
    }
  }

  private void updateMatrix(double lr, Variable matrix) {
    int[] shape = step.specs().tensor(matrix.number()).shape();
    updateMomentum(matrix);
    double sum = SumOfSquares.of(x, 0, matrix.parameter().length);
    newtonSchulz.orthogonalize(x, shape[0], shape[1], sum, loop);
    if (rmsRate == null) {
      subtract(lr, 1., 1., matrix);
    } else {
      subtract(lr, Math.sqrt(Math.max(shape[0], shape[1])), rmsRate, matrix);
    }
  }

  private void updateMomentum(Variable matrix) {
    double[] m = matrix.slot(this.m);
    for (int i = 0; i < m.length; i++) {
      double g = matrix.gradient(i);
      m[i] = m[i] + (g + m[i] * (momentum - 1.));
      x[i] = nesterov ? g + momentum * m[i] : m[i];
    }
  }

  private void subtract(double lr, double size, double rmsRate, Variable matrix) {
    double[] p = matrix.parameter();
    for (int i = 0; i < p.length; i++) {
      p[i] = matrix.decay(p[i]) - ((lr * x[i]) * size) * rmsRate;
    }
  }

  /** Makes Muon from a configuration, by Keras's names; absent ones take their defaults. */
  public static Muon fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, Muon::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds Muon by hyperparameters. */
  public static final class Builder extends BaseOptimizer.Builder<Muon, Builder>
      implements Epsilon<Builder>, Momentum<Builder>, Nesterov<Builder> {
    private Builder() {
      super(Muon::new);
    }

    /** Sets the exponential decay rate of Adam's first moment. From 0 to below 1; default 0.9. */
    public Builder adamBeta1(double adamBeta1) {
      return set("adam_beta_1", adamBeta1);
    }

    /**
     * Sets the exponential decay rate of Adam's second moment. From 0 to below 1; default 0.999.
     */
    public Builder adamBeta2(double adamBeta2) {
      return set("adam_beta_2", adamBeta2);
    }

    /**
     * Sets which tensors go by Adam, by their names. Regular expressions, looked for in the whole
     * name; default none.
     */
    public Builder excludeLayers(String... excludeLayers) {
      return set("exclude_layers", excludeLayers == null ? null : Arrays.asList(excludeLayers));
    }

    /** Sets the coefficient of x in the iteration. Finite; default 3.4445. */
    public Builder muonA(double muonA) {
      return set("muon_a", muonA);
    }

    /** Sets the coefficient of A in the iteration. Finite; default -4.775. */
    public Builder muonB(double muonB) {
      return set("muon_b", muonB);
    }

    /** Sets the coefficient of A·A in the iteration. Finite; default 2.0315. */
    public Builder muonC(double muonC) {
      return set("muon_c", muonC);
    }

    /**
     * Sets by what Adam's learning rate is multiplied; weight decay does not see it. Finite and at
     * least 0; default 1.
     */
    public Builder adamLrRatio(double adamLrRatio) {
      return set("adam_lr_ratio", adamLrRatio);
    }

    /** Sets how often the iteration is repeated. At least 0; default 5. */
    public Builder nsSteps(int nsSteps) {
      return set("ns_steps", nsSteps);
    }

    /** Sets whether tensors with "embedding" in their names go by Adam. Default true. */
    public Builder excludeEmbeddings(boolean excludeEmbeddings) {
      return set("exclude_embeddings", excludeEmbeddings);
    }

    /** Sets the weight decay of Adam's tensors. Finite and at least 0; default 0.004. */
    public Builder adamWeightDecay(double adamWeightDecay) {
      return set("adam_weight_decay", adamWeightDecay);
    }

    /**
     * Sets the root mean square that an update of rate 1 has, about, whatever the matrix's shape,
     * so that learning rates for AdamW serve. Finite and at least 0, or null for updates as the
     * formula has them without; default 0.2.
     */
    public Builder rmsRate(Double rmsRate) {
      return set("rms_rate", rmsRate);
    }
  }
}
