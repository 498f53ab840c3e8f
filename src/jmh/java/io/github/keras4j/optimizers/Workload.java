package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What the benchmarks work on.
 *
 * <p>Gradients are the same at every step, of either sign and between 0.5 and 1.5 in size: after
 * millions of steps every moment has settled and every parameter has moved along a line, so that no
 * number is ever subnormal or infinite, which some processors handle in another time.
 */
final class Workload {
  /** What {@link #optimizer} knows. */
  static final List<String> OPTIMIZERS =
      List.of(
          "sgd",
          "momentum",
          "nesterov",
          "rmsprop",
          "adagrad",
          "adadelta",
          "adam",
          "amsgrad",
          "adamax",
          "nadam");

  private Workload() {}

  /**
   * An optimizer by its name, by that of one of its flags or by that of a {@link Keras3Case}, with
   * or without clipping.
   */
  static Optimizer optimizer(String name, String clipping) {
    Map<String, Object> config = new HashMap<>();
    if (clipping.equals("clipvalue") || clipping.equals("both")) {
      config.put("clipvalue", 1.0);
    }
    if (clipping.equals("clipnorm") || clipping.equals("both")) {
      config.put("clipnorm", 1.0);
    }
    Optional<Keras3Case> keras3 = Keras3Case.find(name);
    if (keras3.isPresent()) {
      return keras3.get().optimizer(config);
    }
    String className = name;
    switch (name) {
      case "momentum":
        className = "sgd";
        config.put("momentum", 0.9);
        break;
      case "nesterov":
        className = "sgd";
        config.put("momentum", 0.9);
        config.put("nesterov", true);
        break;
      case "amsgrad":
        className = "adam";
        config.put("amsgrad", true);
        break;
      default:
        break;
    }
    return Optimizers.get(Map.of("class_name", className, "config", config));
  }

  /** The same, told of tensors of these lengths where it asks for them. */
  static Optimizer built(String name, String clipping, int... lengths) {
    Optimizer optimizer = optimizer(name, clipping);
    if (optimizer instanceof BaseOptimizer base) {
      TensorSpec[] specs = new TensorSpec[lengths.length];
      Arrays.setAll(
          specs,
          i -> TensorSpec.of("weights" + i, rows(lengths[i]), lengths[i] / rows(lengths[i])));
      base.build(specs);
    }
    return optimizer;
  }

  private static int rows(int length) {
    return length % 32 == 0 ? 32 : 1;
  }

  /** The lengths of a model's tensors: {@code 1x4194304+400x1000} for one and 400 more. */
  static int[] lengths(String shape) {
    return Arrays.stream(shape.split("\\+"))
        .map(part -> part.split("x"))
        .flatMapToInt(
            part ->
                IntStream.generate(() -> Integer.parseInt(part[1]))
                    .limit(Integer.parseInt(part[0])))
        .toArray();
  }

  static double[][] tensors(long seed, int... lengths) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] tensors = new double[lengths.length][];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      tensors[tensor] = new double[lengths[tensor]];
      for (int i = 0; i < lengths[tensor]; i++) {
        double size = 0.5 + random.nextDouble();
        tensors[tensor][i] = random.nextBoolean() ? size : -size;
      }
    }
    return tensors;
  }
}
