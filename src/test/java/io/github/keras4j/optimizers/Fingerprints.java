package io.github.keras4j.optimizers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * For every configuration of the golden data, a checksum of the bits of parameters and weights
 * after steps over tensors long enough for vector instructions. What differs in one bit differs
 * here.
 */
final class Fingerprints {
  private static final int[] LENGTHS = {1, 7, 515};
  private static final double[][] INITIAL = new RandomTraining(1).parameters(LENGTHS);

  /** Normal numbers, so that the sum of the norm is rounded too. */
  private static final List<double[][]> GRADIENTS =
      Stream.of(2, 3, 4).map(seed -> new RandomTraining(seed).parameters(LENGTHS)).toList();

  private Fingerprints() {}

  /** Prints the fingerprints of this Java machine. */
  public static void main(String[] arguments) {
    all().forEach((configuration, checksum) -> System.out.println(checksum + " " + configuration));
  }

  static Map<String, String> all() {
    Map<String, String> fingerprints = new LinkedHashMap<>();
    Golden.runs().forEach(run -> fingerprints.put(run.toString(), of(run.optimizer())));
    return fingerprints;
  }

  private static String of(Optimizer optimizer) {
    double[][] parameters = Stream.of(INITIAL).map(double[]::clone).toArray(double[][]::new);
    for (double[][] gradients : GRADIENTS) {
      optimizer.applyGradients(gradients, parameters);
    }
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
