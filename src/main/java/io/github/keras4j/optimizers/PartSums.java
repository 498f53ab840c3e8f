package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.illegalState;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.engine.Checksum;
import io.github.keras4j.optimizers.engine.GradientSums;
import io.github.keras4j.optimizers.engine.Model;
import io.github.keras4j.optimizers.engine.OrderedParallel;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;

/** The buffers of a {@link MeanLoss} for one model, and what it computes in them. */
final class PartSums {
  /** A table by rows that is longer is not read in every evaluation. */
  private static final int SHORT = 1 << 16;

  private final Model model;
  private final Sum total;
  private final OrderedParallel<Sum> parts;
  private final Gradient[] means; // of tensors that do not go by rows: the total's own arrays
  private final long[] unread; // how many elements of a table were touched since it was read
  private final long[] checksums;

  /** What the examples of a part add up to, or all. */
  private static final class Sum extends GradientSums implements GradientSum {
    private double loss;

    Sum(Model model) {
      super(model);
    }

    @Override
    public void clear() {
      super.clear();
      loss = 0.;
    }

    void add(Sum next) {
      super.add(next);
      loss += next.loss;
    }
  }

  PartSums(Model model, int threads) {
    this.model = model;
    total = new Sum(model);
    parts = new OrderedParallel<>(threads, () -> new Sum(model), total::add);
    means = new Gradient[model.tensors()];
    for (int tensor = 0; tensor < means.length; tensor++) {
      means[tensor] = model.byRows(tensor) ? null : Gradient.dense(total.tensor(tensor));
    }
    unread = new long[means.length];
    Arrays.fill(unread, Long.MAX_VALUE / 2);
    checksums = new long[means.length];
  }

  boolean fits(Model other) {
    return model.equals(other);
  }

  <T> double evaluate(
      ExampleLoss<T> loss, T[] batch, int count, double[][] parameters, Gradient[] gradients) {
    for (int tensor = 0; tensor < unread.length; tensor++) {
      checksums[tensor] = isRead(tensor) ? Checksum.of(parameters[tensor]) : 0;
    }
    total.clear();
    parts.forEach(
        count,
        (sum, part) -> {
          sum.clear();
          int to = (int) ((part + 1L) * batch.length / count);
          for (int i = (int) ((long) part * batch.length / count); i < to; i++) {
            sum.loss += lossOf(loss, batch, i, parameters, sum);
          }
        });
    requireUnchanged(parameters);
    for (int tensor = 0; tensor < gradients.length; tensor++) {
      gradients[tensor] = mean(tensor, batch.length);
    }
    return total.loss / batch.length;
  }

  private static <T> double lossOf(
      ExampleLoss<T> loss, T[] batch, int example, double[][] parameters, Sum sum) {
    try {
      return loss.add(batch[example], parameters, sum);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(
          format("loss of example %d cannot be evaluated: %s", example, Text.reason(e)), e);
    }
  }

  private boolean isRead(int tensor) {
    return !model.byRows(tensor) || model.length(tensor) <= Math.max(SHORT, unread[tensor]);
  }

  private void requireUnchanged(double[][] parameters) {
    for (int tensor = 0; tensor < unread.length; tensor++) {
      if (isRead(tensor)) {
        if (Checksum.of(parameters[tensor]) != checksums[tensor]) {
          throw illegalState(
              "exampleLoss must not write to parameters, got a change in [%d]", tensor);
        }
        unread[tensor] = 0;
      }
      if (model.byRows(tensor)) {
        unread[tensor] += (long) total.rows(tensor).count() * model.width(tensor);
      }
    }
  }

  private Gradient mean(int tensor, int examples) {
    if (!model.byRows(tensor)) {
      divide(total.tensor(tensor), examples);
      return means[tensor];
    }
    int[] rows = total.rows(tensor).rows(0, model.rows(tensor));
    double[] values = total.rows(tensor).values(rows);
    divide(values, examples);
    return model.isLazy(tensor) ? Gradient.lazyRows(rows, values) : Gradient.rows(rows, values);
  }

  private static void divide(double[] sums, int examples) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = sums[i] / examples;
    }
  }
}
