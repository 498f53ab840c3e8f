package consumer;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;

/** Fits a line through three points that lie on y = 2x + 1. */
public final class Main {
  private static final double[] X = {-1., 0., 2.};
  private static final double[] Y = {-1., 1., 5.};

  /** Of which one suits each optimizer. */
  private static final double[] LEARNING_RATES = {0.01, 0.05, 0.5, 10.};

  private Main() {}

  public static void main(String[] args) {
    if (!Optimizer.class.getModule().isNamed()) {
      throw new AssertionError("the library is not on the module path");
    }
    for (String name : Optimizers.names()) {
      double[][] best = {{0.}, {0.}};
      for (double learningRate : LEARNING_RATES) {
        double[][] line = fit(name, learningRate);
        best = squaredError(line) < squaredError(best) ? line : best;
      }
      System.out.printf("%s: y = %.3f x + %.3f%n", name, best[0][0], best[1][0]);
      if (!(squaredError(best) < 0.1)) {
        throw new AssertionError(name + " leaves a squared error of " + squaredError(best));
      }
    }
  }

  private static double[][] fit(String name, double learningRate) {
    Optimizer optimizer = Optimizers.get(name);
    optimizer.setLr(learningRate);
    if (optimizer instanceof BaseOptimizer base) {
      base.build(TensorSpec.of("slope"), TensorSpec.of("intercept"));
    }
    double[][] line = {{0.}, {0.}};
    for (int step = 0; step < 2_000; step++) {
      optimizer.minimize(Main::squaredError, line);
    }
    return line;
  }

  private static double squaredError(double[][] line) {
    return squaredError(line, new double[][] {{0.}, {0.}});
  }

  private static double squaredError(double[][] line, double[][] gradients) {
    double sum = 0.;
    for (int i = 0; i < X.length; i++) {
      double error = line[0][0] * X[i] + line[1][0] - Y[i];
      gradients[0][0] += 2. * error * X[i];
      gradients[1][0] += 2. * error;
      sum += error * error;
    }
    return sum;
  }
}
