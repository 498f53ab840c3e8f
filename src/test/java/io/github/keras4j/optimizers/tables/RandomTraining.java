package io.github.keras4j.optimizers.tables;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Seeded configurations, parameters and gradients. */
public final class RandomTraining {
  private final Random random;

  public RandomTraining(long seed) {
    random = new Random(seed);
  }

  /** A configuration with everything set, over the ranges that training uses. */
  public Map<String, Object> config(Entry entry) {
    Map<String, Object> config = new LinkedHashMap<>();
    for (Hyperparameter hyperparameter : entry.hyperparameters()) {
      config.put(hyperparameter.name(), hyperparameter.sample(random));
    }
    // A switch that is off is no part of the configuration, and gradients are finite here.
    config.remove("error_if_non_finite");
    List<String> clips = entry.generation().clips;
    if (entry.isOf(Generation.KERAS_2)) {
      clips.stream().filter(clip -> random.nextBoolean()).forEach(config::remove);
    } else {
      int one = random.nextInt(clips.size() + 1);
      clips.stream().filter(clip -> clips.indexOf(clip) != one).forEach(config::remove);
    }
    return config;
  }

  public double[][] parameters(int... lengths) {
    return tensors(lengths, random::nextGaussian);
  }

  /**
   * Gradients that are multiples of 2<sup>-10</sup> and below 8, one in four of them zero: their
   * squares add without rounding, in whatever order.
   */
  public double[][] gradients(int... lengths) {
    return tensors(lengths, this::gradient);
  }

  /** Takes one tensor in eight of the gradients away, except for the first. */
  public void loseSome(double[][] gradients) {
    for (int tensor = 1; tensor < gradients.length; tensor++) {
      gradients[tensor] = random.nextInt(8) == 0 ? null : gradients[tensor];
    }
  }

  /** Gradients of the same numbers as {@link #gradients}, now whole, now by rows, or missing. */
  public Gradient[] gradients(boolean mayLack, TensorSpec... specs) {
    Gradient[] gradients = new Gradient[specs.length];
    for (int tensor = 0; tensor < specs.length; tensor++) {
      int length = specs[tensor].length();
      int width = specs[tensor].rowLength();
      int kind = random.nextInt(mayLack && tensor > 0 ? 8 : 7);
      if (kind < 5) {
        int[] rows = length == 0 ? new int[0] : someOf(length / width);
        gradients[tensor] = Gradient.rows(rows, gradients(rows.length * width)[0]);
      } else if (kind < 7) {
        gradients[tensor] = Gradient.dense(gradients(length)[0]);
      }
    }
    return gradients;
  }

  /** Numbers below a count, in no order, some of them perhaps twice. */
  private int[] someOf(int count) {
    return random.ints(random.nextInt(count + 1), 0, count).toArray();
  }

  /** Some rows of each tensor, in no order: at least one, where it has any. */
  public SomeRows rows(TensorSpec... specs) {
    int[][] rows = new int[specs.length][];
    for (int tensor = 0; tensor < specs.length; tensor++) {
      int count = specs[tensor].length() / specs[tensor].rowLength();
      rows[tensor] =
          count == 0 ? new int[0] : random.ints(1 + count / 2, 0, count).distinct().toArray();
    }
    return new SomeRows(Arrays.stream(specs).mapToInt(TensorSpec::rowLength).toArray(), rows);
  }

  /** Tensors left out of weight decay, as the golden data have them, or null. */
  public Map<String, List<Object>> excluded() {
    return switch (random.nextInt(3)) {
      case 0 -> null;
      case 1 -> Map.of("var_names", List.of("bias", "^sc"));
      default -> Map.of("var_list", List.of(1, 6));
    };
  }

  public void refill(double[][] gradients) {
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
}
