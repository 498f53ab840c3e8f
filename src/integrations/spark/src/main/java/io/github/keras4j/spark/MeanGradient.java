package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.engine.Model;
import java.util.List;
import java.util.Locale;

/** The gradient of the mean loss over the examples of a step, for some parts of the model. */
final class MeanGradient {
  private final Model model;
  private final SliceSum sum;
  private final long step;

  /**
   * Takes a sum.
   *
   * @throws IllegalStateException if it has no example, or the loss is not finite or wrote to its
   *     parameters
   */
  MeanGradient(Model model, SliceSum sum, long step) {
    this.model = model;
    this.sum = sum;
    this.step = step;
    if (sum.wrote) {
      throw new IllegalStateException(
          "loss must not write to parameters, got a change in step " + step);
    }
    if (sum.examples == 0) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "step %d must have at least one example, got none:"
                  + " the data are empty or miniBatchFraction is too small",
              step));
    }
    if (!Double.isFinite(loss())) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "loss of step %d must be finite, got %s", step, loss()));
    }
  }

  private double loss() {
    return sum.loss / sum.examples;
  }

  TrainedStep made() {
    return new TrainedStep(step, loss(), sum.examples);
  }

  /**
   * The gradients of the parts that were summed, rows counted from the part's first.
   *
   * @throws IllegalStateException if an element is not finite
   */
  Gradient[] gradients(List<Part> parts) {
    Gradient[] gradients = new Gradient[parts.size()];
    for (int i = 0; i < gradients.length; i++) {
      Part part = parts.get(i);
      double[] means = means(part, sum.rows[i], sum.values[i]);
      gradients[i] = sum.rows[i] == null ? Gradient.dense(means) : byRows(part, sum.rows[i], means);
    }
    return gradients;
  }

  private Gradient byRows(Part part, int[] rows, double[] means) {
    int first = part.from / model.width(part.tensor);
    int[] own = new int[rows.length];
    for (int i = 0; i < own.length; i++) {
      own[i] = rows[i] - first;
    }
    return model.isLazy(part.tensor) ? Gradient.lazyRows(own, means) : Gradient.rows(own, means);
  }

  private double[] means(Part part, int[] rows, double[] sums) {
    double[] means = new double[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = sums[i] / sum.examples;
      if (!Double.isFinite(means[i])) {
        int width = rows == null ? 1 : model.width(part.tensor);
        int element = rows == null ? part.from + i : rows[i / width] * width + i % width;
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "gradients[%d][%d] of step %d must be finite, got %s",
                part.tensor,
                element,
                step,
                means[i]));
      }
    }
    return means;
  }
}
