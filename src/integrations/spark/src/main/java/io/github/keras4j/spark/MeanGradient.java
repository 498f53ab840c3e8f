package io.github.keras4j.spark;

import java.util.List;
import java.util.Locale;

/** The gradient of the mean loss over the examples of a step. */
final class MeanGradient {
  private final Model model;
  private final double[][] tensors;
  private final double loss;
  private final long examples;

  /** Puts the slices of a sum together. */
  MeanGradient(Model model, List<List<Part>> slices, List<SliceSum> sums, long step) {
    this.model = model;
    examples = requireExamples(sums.get(0).examples, step);
    loss = requireFinite(sums.get(0).loss / examples, step);
    tensors = new double[model.tensors()][];
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      tensors[tensor] = new double[model.length(tensor)];
    }
    for (int slice = 0; slice < slices.size(); slice++) {
      for (int i = 0; i < slices.get(slice).size(); i++) {
        SliceSum sum = sums.get(slice);
        put(slices.get(slice).get(i), sum.rows[i], sum.values[i], step);
      }
    }
  }

  static long requireExamples(long examples, long step) {
    if (examples == 0) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "step %d must have at least one example, got none:"
                  + " the data are empty or miniBatchFraction is too small",
              step));
    }
    return examples;
  }

  static double requireFinite(double loss, long step) {
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "loss of step %d must be finite, got %s", step, loss));
    }
    return loss;
  }

  private void put(Part part, int[] rows, double[] sums, long step) {
    double[] tensor = tensors[part.tensor];
    int width = rows == null ? part.length() : model.width(part.tensor);
    for (int row = 0; row * width < sums.length; row++) {
      int from = rows == null ? part.from : rows[row] * width;
      for (int i = 0; i < width; i++) {
        double g = sums[row * width + i] / examples;
        if (!Double.isFinite(g)) {
          throw new IllegalStateException(
              String.format(
                  Locale.ROOT,
                  "gradients[%d][%d] of step %d must be finite, got %s",
                  part.tensor,
                  from + i,
                  step,
                  g));
        }
        tensor[from + i] = g;
      }
    }
  }

  double[][] tensors() {
    return tensors;
  }

  TrainedStep asStep(long step) {
    return new TrainedStep(step, loss, examples);
  }
}
