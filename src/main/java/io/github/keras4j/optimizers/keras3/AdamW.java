package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.builders.Amsgrad;
import io.github.keras4j.optimizers.builders.Betas;
import io.github.keras4j.optimizers.builders.Epsilon;
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
 * <p>Slots and defaults: as in Adam, but {@code weight_decay} 0.004, which may be 0 but not null.
 *
 * <p>Use it first, when nothing is known of the model.
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
  private final AdamFormula formula;

  /** AdamW with Keras's defaults. */
  public AdamW() {
    this(Hyperparameters.defaults(AdamW::new));
  }

  private AdamW(Hyperparameters h) {
    super(h, 0.001, 0.004);
    checkArgument(
        h.values().get("weight_decay") != null,
        "weight_decay must be a finite number >= 0, got null");
    formula = new AdamFormula(h, step.memory);
    addsOnly();
  }

  @Override
  protected double beginStep(double lr, long t) {
    return formula.alpha(lr, t);
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    formula.update(lr, x, from, to);
  }

  @Override
  protected List<List<String>> weightsOrder() {
    return formula.weightsOrder(super.weightsOrder());
  }

  /** Makes AdamW from a configuration, by Keras's names; absent ones take their defaults. */
  public static AdamW fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, AdamW::new);
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds AdamW by hyperparameters; {@code learning_rate} is 0.001 unless set. */
  public static final class Builder extends BaseOptimizer.Builder<AdamW, Builder>
      implements Betas<Builder>, Epsilon<Builder>, Amsgrad<Builder> {
    private Builder() {
      super(AdamW::new);
    }
  }
}
