package io.github.keras4j.optimizers;

import io.github.keras4j.examples.DigitsData;
import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.examples.Network;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The mean loss of a batch of 1,024 digits and its gradients, over the network of the digits
 * example: by {@link MeanLoss} on one thread and on two, and by a plain loop over the same
 * examples.
 */
@State(Scope.Benchmark)
public class MeanLossBenchmark extends Measured {
  private static final int BATCH = 1024;

  private final MeanLoss<Digit> loss =
      MeanLoss.of(
          (Digit digit, double[][] parameters, GradientSum gradients) ->
              Network.add(digit, parameters, gradients.tensors()));
  private final MeanLoss<Digit> one = loss.threads(1);
  private final MeanLoss<Digit> two = loss.threads(2);
  private final double[][] parameters =
      Network.initial(DigitsData.PIXELS, 64, DigitsData.CLASSES, new Random(0));
  private final Gradient[] given = new Gradient[parameters.length];
  private final double[][] gradients = new double[parameters.length][];
  private List<Digit> batch;

  @Setup
  public void setUp() {
    batch = DigitsData.load().train().subList(0, BATCH);
    Arrays.setAll(gradients, tensor -> new double[parameters[tensor].length]);
  }

  @Benchmark
  public double oneThread() {
    return one.over(batch).evaluate(parameters, given);
  }

  @Benchmark
  public double twoThreads() {
    return two.over(batch).evaluate(parameters, given);
  }

  @Benchmark
  public double loop() {
    for (double[] gradient : gradients) {
      Arrays.fill(gradient, 0.);
    }
    double sum = 0.;
    for (Digit digit : batch) {
      sum += Network.add(digit, parameters, gradients);
    }
    for (double[] gradient : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= BATCH;
      }
    }
    return sum / BATCH;
  }
}
