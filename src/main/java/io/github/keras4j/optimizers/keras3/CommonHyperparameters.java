package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.step.Accumulation;
import io.github.keras4j.optimizers.step.Clipping;
import io.github.keras4j.optimizers.step.MovingAverage;
import io.github.keras4j.optimizers.step.Step;
import java.util.Locale;

/** The hyperparameters that all optimizers of Keras 3 share, as parts of a step. */
final class CommonHyperparameters {
  static final String LOSS_SCALE = "loss_scale_factor";

  private CommonHyperparameters() {}

  /** Reads those around the update, in Keras's order, after {@code weight_decay}. */
  static void read(Hyperparameters h, Step step) {
    step.setClipping(clipping(h));
    boolean useEma = h.flag("use_ema", false);
    double momentum = h.unitInterval("ema_momentum", 0.99);
    Long frequency = h.integerOrNull("ema_overwrite_frequency", null);
    if (useEma) {
      step.setAverage(new MovingAverage(step.memory, momentum, frequency == null ? 0 : frequency));
    }
    step.setLossScale(readLossScale(h));
    Long steps = h.integerOrNull("gradient_accumulation_steps", null);
    checkArgument(
        steps == null || steps != 1 && steps <= Integer.MAX_VALUE,
        "gradient_accumulation_steps must be a whole number >= 2, or 0 or null for none, got %s",
        steps);
    if (steps != null && steps > 0) {
      step.setAccumulation(new Accumulation(step.memory, Math.toIntExact(steps)));
    }
  }

  /** Reads the name, which is that of the class in snake case unless set, as Keras's auto_name. */
  static void readName(Hyperparameters h, Class<?> type) {
    h.string(
        "name",
        type.getSimpleName()
            .replaceAll("(.)([A-Z][a-z0-9]+)", "$1_$2") // RMSprop to RM_Sprop
            .replaceAll("([a-z])([A-Z])", "$1_$2")
            .toLowerCase(Locale.ROOT));
  }

  private static Clipping clipping(Hyperparameters h) {
    Double clipnorm = h.nonNegativeOrNull("clipnorm", null);
    Double global = h.nonNegativeOrNull("global_clipnorm", null);
    Double clipvalue = h.nonNegativeOrNull("clipvalue", null);
    int clips = (clipnorm == null ? 0 : 1) + (global == null ? 0 : 1) + (clipvalue == null ? 0 : 1);
    checkArgument(
        clips <= 1,
        "of clipnorm, global_clipnorm and clipvalue all except one must be null, got %s, %s"
            + " and %s",
        clipnorm,
        global,
        clipvalue);
    return new Clipping.OfKeras3(orZero(clipnorm), orZero(global), orZero(clipvalue));
  }

  private static double orZero(Double clip) {
    return clip == null ? 0. : clip;
  }

  static Double readLossScale(Hyperparameters h) {
    return h.numberOrNull(
        LOSS_SCALE, null, "a finite number > 0", x -> x > 0. && x < Double.POSITIVE_INFINITY);
  }
}
