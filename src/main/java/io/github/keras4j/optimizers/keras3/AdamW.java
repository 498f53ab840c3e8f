package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.builders.Amsgrad;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
import io.github.keras4j.optimizers.engine.Powers;
import java.util.List;
import java.util.Map;

/**
 * Keras 3's AdamW: {@link Adam} with decoupled weight decay, which no moment sees.
 *
 * <pre>
 * p = p - (p * weight_decay) * lr
 * then as Adam
 * </pre>
 *
 * <p>The decay is scaled by the learning rate, as in PyTorch; the paper scales it by the schedule's
 * multiplier alone, so that a weight decay from there is to be divided by the learning rate.
 *
 * <p>Slots and defaults: those of Adam, but {@code weight_decay} 0.004, which may be 0 but not
 * null.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.keras3.AdamW;
 * import io.github.keras4j.optimizers.keras3.BaseOptimizer;
 *
 * BaseOptimizer adamw = AdamW.builder().learningRate(0.001).weightDecay(0.01).build();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter, Decoupled Weight Decay
 *     Regularization, 2017</a>
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adamw.py">Keras
 *     3.15.1, adamw.py</a>
 */
public final class AdamW extends BaseOptimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final boolean amsgrad;
  private final Powers powersOfBeta1;
  private final Powers powersOfBeta2;

  /** AdamW with Keras's defaults. */
  public AdamW() {
    this(Hyperparameters.defaults());
  }

  private AdamW(Hyperparameters h) {
    super(h, 0.001, 0.004, Adam.slots(h));
    if (settings.weightDecay() == null) {
      throw new IllegalArgumentException("weight_decay must be a finite number >= 0, got null");
    }
    beta1 = h.decayRate("beta_1", 0.9);
    beta2 = h.decayRate("beta_2", 0.999);
    epsilon = h.nonNegative("epsilon", 1e-7);
    amsgrad = h.flag("amsgrad", false);
    powersOfBeta1 = new Powers(beta1);
    powersOfBeta2 = new Powers(beta2);
  }

  @Override
  protected double beginStep(double lr, long t) {
    return Adam.alpha(lr, powersOfBeta1.pow(t), powersOfBeta2.pow(t));
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    Adam.update(lr, beta1, beta2, epsilon, amsgrad, x, from, to);
  }

  @Override
  protected List<List<String>> weightsOrder() {
    return amsgrad ? Adam.WEIGHTS_ORDER_AMSGRAD : super.weightsOrder();
  }

  /**
   * Makes AdamW from a configuration.
   *
   * @param config hyperparameters by Keras's names; absent ones take their defaults; never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static AdamW fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, AdamW::new);
  }

  /**
   * Starts a builder.
   *
   * @return a builder with every hyperparameter at its default
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds AdamW by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<Builder>
      implements Betas<Builder>, Epsilon<Builder>, Amsgrad<Builder> {
    private Builder() {}

    @Override
    public AdamW build() {
      return fromConfig(config());
    }
  }
}
