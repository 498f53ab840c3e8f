package consumer;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.util.Map;

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
      Optimizer optimizer =
          Optimizers.get(Map.of("class_name", name, "config", Map.of("lr", learningRate(name))));
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
    return switch (name) {
      case "adadelta" -> 10.;
      case "adagrad" -> 0.5;
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
