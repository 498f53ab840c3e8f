package io.github.keras4j.examples;

import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.spark.BatchLoss;
import io.github.keras4j.spark.Contexts;
import io.github.keras4j.spark.SparkTrainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Trains the network of the digits example on a local cluster of two executors. */
public final class SparkDigits {
  private static final int HIDDEN = 64;
  private static final int STEPS = 300;
  private static final int PARTITIONS = 4;

  private SparkDigits() {}

  /** The loss of all digits of a partition, by the network that one machine trains too. */
  private static final class Loss implements BatchLoss<double[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public double add(Iterator<double[]> examples, double[][] parameters, GradientSum gradients) {
      List<Digit> digits = new ArrayList<>();
      examples.forEachRemaining(pixelsAndLabel -> digits.add(digit(pixelsAndLabel)));
      if (digits.isEmpty()) {
        return 0.;
      }
      Network network = network(parameters);
      network.gradients(digits, gradients.tensors()); // of the mean
      for (double[] tensor : gradients.tensors()) {
        for (int i = 0; i < tensor.length; i++) {
          tensor[i] *= digits.size();
        }
      }
      return network.loss(digits) * digits.size();
    }
  }

  private static Network network(double[][] parameters) {
    Network network = new Network(DigitsData.PIXELS, HIDDEN, DigitsData.CLASSES, new Random(0));
    for (int tensor = 0; tensor < parameters.length; tensor++) {
      System.arraycopy(
          parameters[tensor], 0, network.parameters()[tensor], 0, parameters[tensor].length);
    }
    return network;
  }

  /** Spark's serializer takes arrays. */
  private static double[] pixelsAndLabel(Digit digit) {
    double[] numbers = Arrays.copyOf(digit.pixels(), DigitsData.PIXELS + 1);
    numbers[DigitsData.PIXELS] = digit.label();
    return numbers;
  }

  private static Digit digit(double[] numbers) {
    return new Digit(Arrays.copyOf(numbers, DigitsData.PIXELS), (int) numbers[DigitsData.PIXELS]);
  }

  /**
   * Trains, and prints how many of the digits that training never saw are named rightly.
   *
   * @param args none
   * @throws IOException never: there are no checkpoints
   */
  public static void main(String[] args) throws IOException {
    DigitsData data = DigitsData.load();
    Network network = new Network(DigitsData.PIXELS, HIDDEN, DigitsData.CLASSES, new Random(0));
    try (JavaSparkContext context = Contexts.cluster(2);
        Progress progress = Progress.of("adamw", "step", STEPS, System.out)) {
      JavaRDD<double[]> digits =
          context
              .parallelize(
                  data.train().stream().map(SparkDigits::pixelsAndLabel).toList(), PARTITIONS)
              .cache();
      SparkTrainer<double[]> trainer =
          SparkTrainer.<double[]>builder(AdamW.builder().learningRate(0.01).build())
              .batchLoss(new Loss())
              .miniBatchFraction(0.1)
              .listener(step -> progress.done((int) step.step(), step.loss()))
              .build();
      trainer.train(digits, network.parameters(), STEPS);
    }
    long right =
        data.test().stream()
            .filter(digit -> network.classify(digit.pixels()) == digit.label())
            .count();
    System.out.printf(
        Locale.ROOT,
        "%d of %d digits that it never saw named rightly%n",
        right,
        data.test().size());
  }
}
