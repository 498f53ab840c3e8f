package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.OptimizerTable.Entry;
import io.github.keras4j.optimizers.OptimizerTable.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * For every row of the table, a checksum of the bits of parameters and weights after steps over
 * tensors long enough for vector instructions; and where there is a bias correction, one after
 * thousands of steps, with betas so near to 1 that the last place of their powers counts. What
 * differs in one bit differs here.
 */
final class Fingerprints {
  /** What a line begins with, among those that the Java machine may print itself. */
  static final String PREFIX = "fingerprint ";

  private static final int[] LENGTHS = {1, 7, 515};
  private static final double[][] INITIAL = new RandomTraining(1).parameters(LENGTHS);

  /** Normal numbers, so that the sum of the norm is rounded too. */
  private static final List<double[][]> GRADIENTS =
      Stream.of(2, 3, 4).map(seed -> new RandomTraining(seed).parameters(LENGTHS)).toList();

  private static final int LONG_TRAINING = 5_000;

  private Fingerprints() {}

  /** Prints the fingerprints of this Java machine. */
  public static void main(String[] arguments) {
    all()
        .forEach(
            (configuration, checksum) ->
                System.out.println(PREFIX + checksum + " " + configuration));
  }

  static Map<String, String> all() {
    Map<String, String> fingerprints = new LinkedHashMap<>();
    OptimizerTable.rows().forEach(row -> fingerprints.put(row.toString(), of(row)));
    OptimizerTable.optimizers()
        .filter(entry -> entry.factory().apply(Map.of()).getConfig().containsKey("beta_2"))
        .forEach(
            entry ->
                fingerprints.put(
                    entry + " after " + LONG_TRAINING + " steps", ofLongTraining(entry)));
    return fingerprints;
  }

  private static String of(Row row) {
    Optimizer optimizer = row.optimizer(LENGTHS);
    double[][] parameters = Bits.copy(INITIAL);
    for (double[][] gradients : GRADIENTS) {
      optimizer.applyGradients(gradients, parameters);
    }
    return of(optimizer, parameters);
  }

  private static String ofLongTraining(Entry entry) {
    Optimizer optimizer =
        entry.optimizer(
            Map.of(entry.generation().rate, 1., "beta_1", 0.9999, "beta_2", 0.99999), 30);
    RandomTraining training = new RandomTraining(5);
    double[][] parameters = training.parameters(30);
    for (int step = 0; step < LONG_TRAINING; step++) {
      optimizer.applyGradients(training.parameters(30), parameters);
    }
    return of(optimizer, parameters);
  }

  private static String of(Optimizer optimizer, double[][] parameters) {
    long checksum = 0;
    for (double[] tensor : parameters) {
      checksum = add(checksum, tensor);
    }
    for (double[] weights : optimizer.getWeights()) {
      checksum = add(checksum, weights);
    }
    return Long.toHexString(checksum);
  }

  private static long add(long checksum, double[] tensor) {
    for (double element : tensor) {
      checksum = 1_099_511_628_211L * (checksum ^ Double.doubleToRawLongBits(element));
    }
    return checksum;
  }
}
