package io.github.keras4j.optimizers.plain;

import io.github.keras4j.optimizers.TensorSpec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** An optimizer written once more, as plainly as it can be: what the library is compared with. */
public interface Plain {
  /** A sum over elements, whose order Keras leaves open. */
  enum Sum {
    /** Rounded once, as the golden data have it. */
    EXACT {
      @Override
      public double of(double[] terms) {
        if (!Double.isFinite(Arrays.stream(terms).map(Math::abs).max().orElse(0.))) {
          return LEFT_TO_RIGHT.of(terms);
        }
        return Arrays.stream(terms)
            .mapToObj(BigDecimal::new)
            .reduce(BigDecimal.ZERO, BigDecimal::add)
            .doubleValue();
      }
    },
    LEFT_TO_RIGHT {
      @Override
      public double of(double[] terms) {
        double sum = 0.;
        for (double term : terms) {
          sum += term;
        }
        return sum;
      }
    };

    public abstract double of(double[] terms);

    public final double ofSquares(double[] x) {
      return of(Arrays.stream(x).map(element -> element * element).toArray());
    }
  }

  /**
   * What it is to be made for.
   *
   * @param config all hyperparameters, as getConfig returns them
   * @param excluded from weight decay, as the golden data have it, or null
   * @param parameters before the first step; not kept
   */
  record Task(
      Map<String, Object> config,
      TensorSpec[] specs,
      Map<String, List<Object>> excluded,
      Sum sum,
      double[]... parameters) {}

  /** Makes one. */
  interface Formula {
    Plain of(Task task);
  }

  /** Makes one step. */
  void step(double[][] gradients, double[][] parameters);
}
