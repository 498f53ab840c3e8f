package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Hyperparameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a step of Keras 3 does around the formula, as the configuration has it.
 *
 * @param weightDecay null for none
 * @param clipnorm null for none
 * @param globalClipnorm null for none
 * @param clipvalue null for none
 * @param useEma whether to keep averages
 * @param emaMomentum the share that an average keeps
 * @param emaOverwriteFrequency 0 for never
 * @param lossScaleFactor null for 1
 * @param accumulationSteps how many calls share an update
 */
record StepSettings(
    Double weightDecay,
    Double clipnorm,
    Double globalClipnorm,
    Double clipvalue,
    boolean useEma,
    double emaMomentum,
    long emaOverwriteFrequency,
    Double lossScaleFactor,
    int accumulationSteps) {

  StepSettings {
    int clips = 0;
    for (Double clip : Arrays.asList(clipnorm, globalClipnorm, clipvalue)) {
      clips += clip == null ? 0 : 1;
    }
    if (clips > 1) {
      throw new IllegalArgumentException(
          format(
              "clipnorm, global_clipnorm and clipvalue must be null but for one,"
                  + " got %s, %s and %s",
              clipnorm, globalClipnorm, clipvalue));
    }
  }

  /** Reads them, in Keras's order. */
  static StepSettings read(Hyperparameters h, Double weightDecay) {
    return new StepSettings(
        nonNegativeOrNull(h, "weight_decay", weightDecay),
        nonNegativeOrNull(h, "clipnorm", null),
        nonNegativeOrNull(h, "global_clipnorm", null),
        nonNegativeOrNull(h, "clipvalue", null),
        useEma(h),
        h.unitInterval("ema_momentum", 0.99),
        emaOverwriteFrequency(h),
        lossScaleFactor(h),
        accumulationSteps(h));
  }

  /** Reads a finite number that is at least 0, or null. */
  static Double nonNegativeOrNull(Hyperparameters h, String name, Double defaultValue) {
    return h.numberOrNull(
        name, defaultValue, "a finite number >= 0", x -> x >= 0. && x < Double.POSITIVE_INFINITY);
  }

  private static boolean useEma(Hyperparameters h) {
    return h.flag("use_ema", false);
  }

  private static long emaOverwriteFrequency(Hyperparameters h) {
    Long frequency = h.wholeNumberOrNull("ema_overwrite_frequency", null);
    return frequency == null ? 0 : frequency;
  }

  static Double lossScaleFactor(Hyperparameters h) {
    return h.numberOrNull(
        "loss_scale_factor",
        null,
        "a finite number > 0",
        x -> x > 0. && x < Double.POSITIVE_INFINITY);
  }

  private static int accumulationSteps(Hyperparameters h) {
    Long steps = h.wholeNumberOrNull("gradient_accumulation_steps", null);
    if (steps != null && (steps == 1 || steps > Integer.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "gradient_accumulation_steps must be a whole number >= 2, or 0 or null for none, got "
              + steps);
    }
    return steps == null || steps == 0 ? 1 : Math.toIntExact(steps);
  }

  StepSettings withLossScaleFactor(Double factor) {
    return new StepSettings(
        weightDecay,
        clipnorm,
        globalClipnorm,
        clipvalue,
        useEma,
        emaMomentum,
        emaOverwriteFrequency,
        factor,
        accumulationSteps);
  }

  boolean accumulates() {
    return accumulationSteps > 1;
  }

  // ---- Slots of its own -----------------------------------------------------------------------

  /** The names of a class's slots, and after them of those that the step needs. */
  static String[] withSlotsOfStep(Hyperparameters h, String... slots) {
    List<String> names = new ArrayList<>(Arrays.asList(slots));
    if (useEma(h)) {
      names.add("average");
    }
    if (accumulationSteps(h) > 1) {
      names.add("gradient_accumulator");
    }
    return names.toArray(new String[0]);
  }

  /** How many slots the step needs. */
  int slots() {
    return (useEma ? 1 : 0) + (accumulates() ? 1 : 0);
  }

  /** The average among a tensor's slots, or null without. */
  double[] average(double[][] slotsOfTensor) {
    return useEma ? slotsOfTensor[slotsOfTensor.length - slots()] : null;
  }

  /** The accumulator among a tensor's slots, or null without. */
  double[] accumulator(double[][] slotsOfTensor) {
    return accumulates() ? slotsOfTensor[slotsOfTensor.length - 1] : null;
  }
}
