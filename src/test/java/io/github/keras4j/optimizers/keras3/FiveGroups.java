package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Groups of tensors, each with a separate optimizer, one of them empty; and seeded numbers. */
final class FiveGroups {
  static final int STEPS = 14;

  static final TensorSpec[] SPECS = {
    TensorSpec.of("embedding/table", 4, 3),
    TensorSpec.of("dense/kernel", 3, 2),
    TensorSpec.of("dense/bias", 2),
    TensorSpec.of("out/kernel", 2, 5),
    TensorSpec.of("out/bias", 5),
  };

  /** Which tensors each of {@link #optimizers} has. */
  static final int[][] GROUPS = {{0}, {2, 4}, {3}, {}, {1}};

  private FiveGroups() {}

  static List<BaseOptimizer> optimizers() {
    Adam biases =
        Adam.builder()
            .learningRate(
                ExponentialDecay.builder()
                    .initialLearningRate(0.05)
                    .decaySteps(3)
                    .decayRate(0.8)
                    .build())
            .globalClipnorm(0.5)
            .weightDecay(0.1)
            .amsgrad(true)
            .build();
    biases.excludeFromWeightDecay(1);
    return List.of(
        Nadam.builder().gradientAccumulationSteps(3).useEma(true).emaMomentum(0.9).build(),
        biases,
        ScheduleFreeAdamW.builder().warmupSteps(4).build(),
        Lion.builder().build(),
        Ftrl.builder().learningRate(0.1).l1RegularizationStrength(0.01).build());
  }

  static MultiOptimizer multi(List<BaseOptimizer> optimizers) {
    return MultiOptimizer.builder()
        .add("embedding/.*", optimizers.get(0))
        .add(".*/bias", optimizers.get(1))
        .add("out/kernel", optimizers.get(2))
        .add("nothing", optimizers.get(3))
        .otherwise(optimizers.get(4))
        .build();
  }

  static MultiOptimizer built() {
    MultiOptimizer multi = multi(optimizers());
    multi.build(SPECS);
    return multi;
  }

  static MultiOptimizer adams() {
    return MultiOptimizer.builder().add("a", new Adam()).otherwise(new Adam()).build();
  }

  static double[][] random(long seed) {
    Random random = new Random(seed);
    return Arrays.stream(SPECS)
        .map(spec -> random.doubles(spec.length(), -1., 1.).toArray())
        .toArray(double[][]::new);
  }

  /** Now and then without the gradients of one tensor, or of a whole group. */
  static double[][] gradients(int step) {
    double[][] gradients = random(100 + step);
    if (step % 4 == 1) {
      gradients[2] = null;
    }
    if (step % 5 == 2) {
      gradients[2] = null;
      gradients[4] = null;
    }
    if (step % 5 == 3) {
      gradients[0] = null;
    }
    return gradients;
  }

  static void train(Optimizer optimizer, double[][] parameters, int from, int to) {
    for (int step = from; step < to; step++) {
      optimizer.applyGradients(gradients(step), parameters);
    }
  }

  static double[][] of(int[] tensors, double[][] all) {
    return Arrays.stream(tensors).mapToObj(tensor -> all[tensor]).toArray(double[][]::new);
  }

  static Map<String, Object> with(Map<String, Object> config, String name, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changed.put(name, value);
    return changed;
  }
}
