package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Memory;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lamb, Adafactor and Muon: their updates need more of a tensor than the element. */
class WholeTensorsTest {
  private static final int THREADS = 4;

  /** Together more elements than it takes for threads to help. */
  private static final TensorSpec[] LARGE = {
    TensorSpec.of("dense/bias", 5),
    TensorSpec.of("dense/kernel", 350, 500),
    TensorSpec.of("empty/kernel", 0, 4),
    TensorSpec.of("embedding/embeddings", 300, 300),
    TensorSpec.of("conv/kernel", 3, 40, 50),
    TensorSpec.of("scale")
  };

  private static final TensorSpec[] SMALL = {
    TensorSpec.of("dense/kernel", 4, 3),
    TensorSpec.of("dense/bias", 3),
    TensorSpec.of("conv/kernel", 2, 3, 2)
  };

  static Stream<Map<String, Object>> configurations() {
    Map<String, Object> everything =
        Map.of(
            "clipnorm", 3., "weight_decay", 0.1, "use_ema", true, "gradient_accumulation_steps", 2);
    return Stream.of(
        serialized("Lamb", Map.of()),
        serialized("Lamb", everything),
        serialized("Adafactor", Map.of()),
        serialized("Adafactor", everything),
        serialized("Muon", Map.of()),
        serialized("Muon", everything),
        serialized("Muon", Map.of("exclude_layers", List.of("^dense/"))));
  }

  static Map<String, Object> serialized(String className, Map<String, Object> config) {
    return Map.of("module", "keras.optimizers", "class_name", className, "config", config);
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void anyNumberOfThreadsComputesTheSameBits(Map<String, Object> configuration) {
    double[][][] alone = train(configuration, 1);
    for (int threads = 2; threads <= THREADS; threads++) {
      // deepEquals compares doubles by their bits.
      assertThat(Arrays.deepEquals(train(configuration, threads), alone))
          .as("%s with %d threads computes what one computes", configuration, threads)
          .isTrue();
    }
  }

  /** The parameters and the weights after some steps. */
  private static double[][][] train(Map<String, Object> configuration, int threads) {
    BaseOptimizer optimizer = optimizer(configuration, LARGE);
    optimizer.setParallelism(threads);
    double[][] parameters = normal(1, LARGE);
    ForkJoinPool pool = new ForkJoinPool(THREADS);
    try {
      pool.submit(() -> step(optimizer, 0, 4, LARGE, parameters)).join();
    } finally {
      pool.shutdown();
    }
    return new double[][][] {parameters, optimizer.getWeights().toArray(double[][]::new)};
  }

  private static BaseOptimizer optimizer(Map<String, Object> configuration, TensorSpec... specs) {
    BaseOptimizer optimizer = (BaseOptimizer) Optimizers.deserialize(configuration);
    optimizer.build(specs);
    return optimizer;
  }

  /** In each step another tensor has no gradient. */
  private static void step(
      BaseOptimizer optimizer, int from, int to, TensorSpec[] specs, double[][] parameters) {
    for (int step = from; step < to; step++) {
      double[][] gradients = normal(10 + step, specs);
      gradients[step % specs.length] = null;
      optimizer.applyGradients(gradients, parameters);
    }
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void goesOnFromAStateACheckpointAndACopy(Map<String, Object> configuration, @TempDir Path folder)
      throws IOException {
    BaseOptimizer original = optimizer(configuration, SMALL);
    double[][] parameters = normal(1, SMALL);
    step(original, 0, 3, SMALL, parameters);
    BaseOptimizer restored = (BaseOptimizer) Optimizers.deserialize(configuration);
    restored.setState(original.getState());
    Checkpoint.save(folder.resolve("state.npz"), original);
    Optimizer loaded = Checkpoint.load(folder.resolve("state.npz")).optimizer();
    List<Optimizer> others = List.of(restored, loaded, original.copy());
    double[][] before = Bits.copy(parameters);

    step(original, 3, 8, SMALL, parameters);

    for (Optimizer other : others) {
      double[][] continued = Bits.copy(before);
      step((BaseOptimizer) other, 3, 8, SMALL, continued);
      assertThat(continued).isDeepEqualTo(parameters);
      assertThat(other.getWeights()).containsExactlyElementsOf(original.getWeights());
    }
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void aStepOnOneThreadAllocatesNothing(Map<String, Object> configuration) throws Exception {
    int steps = 2_000;
    BaseOptimizer optimizer = optimizer(configuration, SMALL);
    double[][] parameters = normal(1, SMALL);
    double[][] gradients = normal(2, SMALL);
    Runnable training =
        () -> {
          for (int step = 0; step < steps; step++) {
            optimizer.applyGradients(gradients, parameters);
          }
        };

    assertThat(Memory.leastAllocatedBytes(training)).isLessThan(steps);
  }

  @Test
  void lambAddsUpEveryElementOfItsTensor() {
    BaseOptimizer lamb = Lamb.builder().learningRate(0.1).build();
    double[][] parameters = normal(1, LARGE);
    double[][] gradients = normal(2, LARGE);

    lamb.applyGradients(gradients, parameters);

    double[][] initial = normal(1, LARGE);
    for (int tensor = 0; tensor < LARGE.length; tensor++) {
      double[] p = initial[tensor];
      double[] g = gradients[tensor];
      double[] u = new double[p.length];
      for (int i = 0; i < u.length; i++) {
        double m = g[i] * (1. - 0.9);
        double v = (g[i] * g[i]) * (1. - 0.999);
        u[i] = (m / (1. - 0.9)) / (Math.sqrt(v / (1. - 0.999)) + 1e-7);
      }
      double ratio = Math.sqrt(sumOfSquares(p) / sumOfSquares(u));
      assertNear(parameters[tensor], i -> p[i] - ratio * 0.1 * u[i]);
    }
  }

  @Test
  void lambWithoutAGradientOrAParameterTakesTheLearningRateAsItIs() {
    Lamb lamb = Lamb.builder().learningRate(0.5).build();
    double[][] parameters = {{3., 4.}, {0., 0.}};

    lamb.applyGradients(new double[][] {{0., 0.}, {2., -2.}}, parameters);

    assertThat(parameters[0]).containsExactly(3., 4.);
    assertNear(parameters[1], i -> (i == 0 ? -0.5 : 0.5) * 2. / (2. + 1e-7));
  }

  @Test
  void adafactorTakesTheMeansOfEveryRowColumnAndTensor() {
    BaseOptimizer adafactor = Adafactor.builder().learningRate(0.1).clipThreshold(0.5).build();
    adafactor.build(LARGE);
    double[][] parameters = normal(1, LARGE);
    double[][] gradients = normal(2, LARGE);

    adafactor.applyGradients(gradients, parameters);

    double[][] initial = normal(1, LARGE);
    for (int tensor = 0; tensor < LARGE.length; tensor++) {
      double[] p = initial[tensor];
      double[] g = gradients[tensor];
      double[] v = firstVelocity(g, LARGE[tensor].shape());
      double[] u = new double[p.length];
      Arrays.setAll(u, i -> g[i] / Math.sqrt(v[i]));
      double alpha = Math.sqrt(sumOfSquares(p) / p.length) * 0.1;
      double rms = Math.sqrt(sumOfSquares(u) / u.length);
      assertNear(parameters[tensor], i -> p[i] - alpha * (u[i] / (rms / 0.5)));
    }
  }

  private static double[] firstVelocity(double[] g, int... shape) {
    double[] s = Arrays.stream(g).map(x -> x * x + 1e-30).toArray();
    if (shape.length < 2) {
      return s;
    }
    int columns = shape[shape.length - 1];
    int rows = shape[shape.length - 2];
    double[] v = new double[g.length];
    for (int matrix = 0; matrix < g.length; matrix += rows * columns) {
      double[] r = new double[rows];
      double[] c = new double[columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          r[i] += s[matrix + i * columns + j] / columns;
          c[j] += s[matrix + i * columns + j] / rows;
        }
      }
      double mean = Arrays.stream(r).sum() / rows;
      for (int i = 0; i < rows * columns; i++) {
        v[matrix + i] = r[i / columns] / mean * c[i % columns];
      }
    }
    return v;
  }

  /** Rounded once. */
  private static double sumOfSquares(double[] x) {
    return Arrays.stream(x)
        .mapToObj(element -> new BigDecimal(element * element))
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .doubleValue();
  }

  private static void assertNear(double[] actual, IntToDoubleFunction expected) {
    double[] near = IntStream.range(0, actual.length).mapToDouble(expected).toArray();
    double worst =
        IntStream.range(0, actual.length)
            .mapToDouble(i -> Math.abs(actual[i] - near[i]) / (1. + Math.abs(near[i])))
            .max()
            .orElse(0.);
    assertThat(worst).isLessThanOrEqualTo(1e-15);
  }

  private static double[][] normal(long seed, TensorSpec... specs) {
    return Bits.normal(seed, Arrays.stream(specs).mapToInt(TensorSpec::length).toArray());
  }
}
