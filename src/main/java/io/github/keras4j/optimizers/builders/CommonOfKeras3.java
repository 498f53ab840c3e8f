package io.github.keras4j.optimizers.builders;

/**
 * A builder of an optimizer of Keras 3: the hyperparameters that all share, and what a step does
 * with them.
 *
 * <p>In this order, with {@code calls} the steps that were asked for before this one, {@code n} the
 * {@code gradient_accumulation_steps} or 1, {@code iterations = floor(calls / n)} and {@code S} the
 * sum over a tensor's elements:
 *
 * <pre>
 * learning_rate       lr = schedule(calls), or the number
 * loss_scale_factor   g = g / loss_scale_factor
 * accumulation        acc = g + acc                    unless calls + 1 is a multiple of n: on to ema
 *                     g = (g + acc) / n, acc = 0       where it is
 * clipnorm            y = sqrt(S(g * g))
 *                     g = (g * clipnorm) / max(y, clipnorm)
 * global_clipnorm     y = sqrt(sum of S(g * g) over all tensors)
 *                     g = g * (global_clipnorm * min(1 / y, 1 / global_clipnorm) + (y - y))
 * clipvalue           g = min(max(g, -clipvalue), clipvalue)
 * weight_decay        p = p - (p * weight_decay) * lr
 * update              as the class says, with t = iterations + 1
 * use_ema             e = (iterations != 0 ? 1 : 0) * ema_momentum
 *                     average = e * average + (1 - e) * p
 *                     p = average                      where iterations + 1 is a multiple of
 *                                                      ema_overwrite_frequency
 * </pre>
 *
 * <p>Of the three clips one may be set. Both norms round even where they do not clip. Defaults are
 * Keras's; where a class has another, it says so.
 */
public interface CommonOfKeras3<B> extends Setter<B> {
  /** Sets the learning rate. Finite and at least 0. */
  default B learningRate(double learningRate) {
    return set("learning_rate", learningRate);
  }

  /**
   * Sets the share of every parameter, times the learning rate, that an update takes off it first.
   * Finite and at least 0; none, unless set or the class says otherwise.
   */
  default B weightDecay(double weightDecay) {
    return set("weight_decay", weightDecay);
  }

  /** Limits the norm of every gradient. Finite and at least 0; none unless set, nor with 0. */
  default B clipnorm(double clipnorm) {
    return set("clipnorm", clipnorm);
  }

  /**
   * Limits the norm of all gradients together. Finite and at least 0; none unless set, nor with 0.
   */
  default B globalClipnorm(double globalClipnorm) {
    return set("global_clipnorm", globalClipnorm);
  }

  /**
   * Limits each element of the gradients to the range from minus to plus this. Finite and at least
   * 0; none unless set, nor with 0.
   */
  default B clipvalue(double clipvalue) {
    return set("clipvalue", clipvalue);
  }

  /** Sets whether to keep a moving average of the parameters. Default false. */
  default B useEma(boolean useEma) {
    return set("use_ema", useEma);
  }

  /** Sets the share of the moving average that a step keeps. From 0 to 1; default 0.99. */
  default B emaMomentum(double emaMomentum) {
    return set("ema_momentum", emaMomentum);
  }

  /**
   * Sets after how many updates the parameters become their average. At least 0; never unless set,
   * nor with 0.
   */
  default B emaOverwriteFrequency(int emaOverwriteFrequency) {
    return set("ema_overwrite_frequency", emaOverwriteFrequency);
  }

  /**
   * Sets what the loss was multiplied by, to divide the gradients by it. Finite and above 0; none
   * unless set.
   */
  default B lossScaleFactor(double lossScaleFactor) {
    return set("loss_scale_factor", lossScaleFactor);
  }

  /**
   * Sets how many calls share one update, with the mean of their gradients. At least 2, or 0 for an
   * update in every call, as unless set.
   */
  default B gradientAccumulationSteps(int gradientAccumulationSteps) {
    return set("gradient_accumulation_steps", gradientAccumulationSteps);
  }

  /** Sets the name in the configuration. Default the class in snake case, as {@code adam_w}. */
  default B name(String name) {
    return set("name", name);
  }
}
