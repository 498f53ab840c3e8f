package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Seeded configurations, parameters and gradients. */
final class RandomTraining {
  private final Random random;

  RandomTraining(long seed) {
    random = new Random(seed);
  }

  /** A configuration with everything set, over the ranges that training uses. */
  Map<String, Object> config(String className) {
    Map<String, Object> config = new HashMap<>(Optimizers.get(className).getConfig());
    config.replaceAll((name, value) -> hyperparameter(name));
    if (random.nextBoolean()) {
      config.put("clipnorm", Math.pow(10., random.nextInt(5) - 2));
    }
    if (random.nextBoolean()) {
      config.put("clipvalue", random.nextDouble());
    }
    return config;
  }

  private Object hyperparameter(String name) {
    return switch (name) {
      case "lr" -> Math.pow(10., -1. - 4. * random.nextDouble());
      case "epsilon" -> Math.pow(10., -9. + 7. * random.nextDouble());
      case "decay", "schedule_decay" -> random.nextBoolean() ? 0. : random.nextDouble() / 10.;
      case "momentum" -> random.nextInt(3) == 0 ? 0. : random.nextDouble();
      case "nesterov", "amsgrad" -> random.nextBoolean();
      case "rho", "beta_1", "beta_2" -> 0.5 + 0.499 * random.nextDouble();
      default -> throw new IllegalArgumentException("no range for " + name);
    };
  }

  double[][] parameters(int... lengths) {
    return tensors(lengths, random::nextGaussian);
  }

  /**
   * Gradients that are multiples of 2<sup>-10</sup> and below 8, one in four of them zero: their
   * squares add without rounding, in whatever order.
   */
  double[][] gradients(int... lengths) {
    return tensors(lengths, this::gradient);
  }

  void refill(double[][] gradients) {
    for (double[] tensor : gradients) {
      Arrays.setAll(tensor, i -> gradient());
    }
  }

  private double gradient() {
    int bits = random.nextInt();
    return (bits & 3) == 0 ? 0. : (bits >> 18) / 1024.;
  }

  private static double[][] tensors(int[] lengths, DoubleSupplier element) {
    return IntStream.of(lengths)
        .mapToObj(length -> DoubleStream.generate(element).limit(length).toArray())
        .toArray(double[][]::new);
  }

  static double[] flat(double[][] tensors) {
    return Arrays.stream(tensors).flatMapToDouble(Arrays::stream).toArray();
  }
}
