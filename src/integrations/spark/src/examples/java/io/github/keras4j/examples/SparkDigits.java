package io.github.keras4j.examples;

import io.github.keras4j.examples.DigitsData.Digit;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.spark.Contexts;
import io.github.keras4j.spark.SparkTrainer;
import java.io.IOException;
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

  /**
   * Trains, and prints how many of the digits that training never saw are named rightly.
   *
   * @param args none
   * @throws IOException never: there are no checkpoints
   */
  public static void main(String[] args) throws IOException {
    DigitsData data = DigitsData.load();
    double[][] parameters =
        Network.initial(DigitsData.PIXELS, HIDDEN, DigitsData.CLASSES, new Random(0));
    try (JavaSparkContext context = Contexts.cluster(2);
        Progress progress = Progress.of("adamw", "step", STEPS, System.out)) {
      JavaRDD<Digit> digits = context.parallelize(data.train(), PARTITIONS).cache();
      SparkTrainer<Digit> trainer =
          SparkTrainer.<Digit>builder(AdamW.builder().learningRate(0.01).build())
              .exampleLoss((digit, at, gradients) -> Network.add(digit, at, gradients.tensors()))
              .miniBatchFraction(0.1)
              .listener(step -> progress.done((int) step.step(), step.loss()))
              .build();
      trainer.train(digits, parameters, STEPS);
    }
    System.out.printf(
        Locale.ROOT,
        "%.2f %% of %d digits that it never saw named rightly%n",
        100. * Network.accuracy(data.test(), parameters),
        data.test().size());
  }
}
