import io.github.keras4j.optimizers.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Trains with an optimizer of Keras 2.2.4 and with another library over the same gradients, for
 * docs/differences.md. A line is one configuration carried over as that page says; its number is
 * the largest difference after 40 steps, relative to how far the parameters moved.
 */
public final class Differences {
  // Exact in float32, through which some libraries take them.
  public static final double LR = 1. / 1024;
  public static final double RHO = 0.875;
  public static final double BETA_2 = 1. - 1. / 1024;
  public static final double EPSILON = 1. / (1 << 23);

  public static final double[][] START = numbers(new Random(1), 0);
  public static final List<double[][]> GRADIENTS = gradients();

  private Differences() {}

  /** An optimizer whose accumulators start from a value. */
  public static Optimizer from(double value, Optimizer optimizer) {
    double[][] weights = {START[0].clone(), START[1].clone()};
    for (double[] weight : weights) {
      Arrays.fill(weight, value);
    }
    optimizer.setWeights(List.of(weights));
    return optimizer;
  }

  /** Trains, prints the difference and returns it. */
  public static double print(String label, Optimizer ours, double[][] theirs) {
    double[][] parameters = {START[0].clone(), START[1].clone()};
    GRADIENTS.forEach(gradients -> ours.applyGradients(gradients, parameters));
    double worst = 0.;
    for (int i = 0; i < parameters.length; i++) {
      for (int j = 0; j < parameters[i].length; j++) {
        double moved = Math.abs(parameters[i][j] - START[i][j]);
        worst = Math.max(worst, Math.abs(parameters[i][j] - theirs[i][j]) / moved);
      }
    }
    System.out.printf("%-50s %.1e%n", label, worst);
    return worst;
  }

  /** Holds a configuration that the page calls the same to rounding. */
  public static void same(String label, Optimizer ours, double[][] theirs) {
    same(label, 1e-12, ours, theirs);
  }

  /** Likewise, up to a difference that comes from numbers in float32. */
  public static void same(String label, double bound, Optimizer ours, double[][] theirs) {
    double difference = print(label, ours, theirs);
    if (!(difference < bound)) {
      throw new IllegalStateException(label + " is said to be the same, got " + difference);
    }
  }

  /** Holds a configuration that the page calls another formula to that. */
  public static void differs(String label, Optimizer ours, double[][] theirs) {
    double difference = print(label, ours, theirs);
    if (difference < 1e-4) {
      throw new IllegalStateException(label + " is said to differ, got " + difference);
    }
  }

  private static List<double[][]> gradients() {
    Random random = new Random(2);
    List<double[][]> gradients = new ArrayList<>();
    for (int step = 0; step < 40; step++) {
      gradients.add(numbers(random, 7));
    }
    return gradients;
  }

  /** Two tensors, with numbers down to so many powers of ten. */
  private static double[][] numbers(Random random, int powers) {
    double[][] numbers = {new double[7], new double[3]};
    for (double[] tensor : numbers) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = random.nextGaussian() * Math.pow(10., -random.nextInt(powers + 1));
      }
    }
    return numbers;
  }
}
