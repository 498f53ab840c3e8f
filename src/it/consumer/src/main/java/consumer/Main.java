package consumer;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;

/** Fits a line through three points that lie on y = 2x + 1. */
public final class Main {
  private static final double[] X = {-1., 0., 2.};
  private static final double[] Y = {-1., 1., 5.};

  private Main() {}

  public static void main(String[] args) {
    if (!Optimizer.class.getModule().isNamed()) {
      throw new AssertionError("the library is not on the module path");
    }
    for (String name : Optimizers.names()) {
      Optimizer optimizer = Optimizers.get(name);
      optimizer.setLr(learningRate(name));
      if (optimizer instanceof BaseOptimizer base) {
        base.build(TensorSpec.of("slope"), TensorSpec.of("intercept"));
      }
      double[][] line = {{0.}, {0.}};
      for (int step = 0; step < 2_000; step++) {
        optimizer.minimize(Main::squaredError, line);
      }
      double error = squaredError(line, new double[][] {{0.}, {0.}});
      System.out.printf("%s: y = %.3f x + %.3f%n", name, line[0][0], line[1][0]);
      if (!(error < 0.1)) {
        throw new AssertionError(name + " leaves a squared error of " + error);
      }
    }
  }

  private static double learningRate(String name) {
    return switch (name.substring(name.indexOf('.') + 1)) {
      case "adadelta" -> 10.;
      case "adagrad", "ftrl" -> 0.5;
      case "lamb", "lion" -> 0.01;
      default -> 0.05;
    };
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
