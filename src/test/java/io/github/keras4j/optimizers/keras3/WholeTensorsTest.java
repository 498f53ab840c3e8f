package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static Map<String, Object> serialized(String className, Map<String, Object> config) {
    return Map.of("module", "keras.optimizers", "class_name", className, "config", config);
  }

  // ---- Threads, memory, state -----------------------------------------------------------------

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
    double[][] before = Stream.of(parameters).map(double[]::clone).toArray(double[][]::new);

    step(original, 3, 8, SMALL, parameters);

    for (Optimizer other : others) {
      double[][] continued = Stream.of(before).map(double[]::clone).toArray(double[][]::new);
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
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = allocatedBytes();
      for (int step = 0; step < steps; step++) {
        optimizer.applyGradients(gradients, parameters);
      }
      least = Math.min(least, allocatedBytes() - before);
    }

    assertThat(least).isLessThan(steps);
  }

  /** By reflection, since the library's module does not read java.management. */
  private static long allocatedBytes() throws ReflectiveOperationException {
    Object threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    Method allocated =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getCurrentThreadAllocatedBytes");
    return (Long) allocated.invoke(threads);
  }

  // ---- Sums over more than one part -----------------------------------------------------------

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

  // ---- Arguments ------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"Adafactor", "Muon"})
  void aStepNeedsNamesAndShapes(String name) {
    BaseOptimizer optimizer = (BaseOptimizer) Optimizers.get(name);
    double[][] parameters = {{1., 2.}};

    assertThatThrownBy(() -> optimizer.applyGradients(new double[][] {{3., 4.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            name + " needs names and shapes: call build(TensorSpec...) before the first step");

    assertThat(parameters[0]).containsExactly(1., 2.);
    assertThat(optimizer.getIterations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adafactor", "Muon"})
  void aStateWithoutShapesIsNoGroundForAStep(String name) {
    BaseOptimizer restored = (BaseOptimizer) Optimizers.get(name);
    OptimizerState state = restored.getState();
    Map<String, double[][]> slots = new HashMap<>();
    state.slots().keySet().forEach(slot -> slots.put(slot, new double[1][9]));
    restored.setState(
        new OptimizerState(state.className(), state.config(), 1, slots, state.scalars()));

    assertThatThrownBy(() -> restored.applyGradients(new double[][] {new double[9]}, normal(1, 9)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("needs names and shapes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Adafactor | beta_2_decay | 0.1 | a finite number <= 0",
        "Adafactor | beta_2_decay | -Infinity | a finite number <= 0",
        "Adafactor | beta_2_decay | NaN | a finite number <= 0",
        "Adafactor | epsilon_1 | -1 | a finite number >= 0",
        "Adafactor | epsilon_2 | -1 | a finite number >= 0",
        "Adafactor | clip_threshold | 0 | a finite number > 0",
        "Adafactor | clip_threshold | Infinity | a finite number > 0",
        "Lamb | beta_1 | 1 | from 0 to below 1",
        "Lamb | beta_2 | 1 | from 0 to below 1",
        "Lamb | epsilon | -1 | a finite number >= 0",
        "Muon | adam_beta_1 | 1 | from 0 to below 1",
        "Muon | adam_beta_2 | 1 | from 0 to below 1",
        "Muon | epsilon | -1 | a finite number >= 0",
        "Muon | muon_a | NaN | a finite number",
        "Muon | muon_b | NaN | a finite number",
        "Muon | muon_c | NaN | a finite number",
        "Muon | adam_lr_ratio | -1 | a finite number >= 0",
        "Muon | momentum | 1.5 | from 0 to 1",
        "Muon | ns_steps | 2.5 | a whole number from 0 to 1000",
        "Muon | ns_steps | -1 | a whole number from 0 to 1000",
        "Muon | ns_steps | NaN | a whole number from 0 to 1000",
        "Muon | ns_steps | 1001 | a whole number from 0 to 1000",
        "Muon | adam_weight_decay | -1 | a finite number >= 0 or null",
        "Muon | rms_rate | Infinity | a finite number >= 0 or null"
      })
  void refusesANumberOutOfItsRange(String className, String name, double value, String allowed) {
    assertThatThrownBy(() -> Optimizers.deserialize(serialized(className, Map.of(name, value))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%s must be %s, got %s", name, allowed, value);
  }

  @Test
  void refusesExcludedLayersThatAreNoPatterns() {
    assertRefused("dense", "exclude_layers must be a list of texts, got \"dense\"");
    assertRefused(List.of("dense", 1), "exclude_layers[1] must be a text, got 1");
    assertRefused(
        List.of("("), "exclude_layers[0] must be a regular expression, got \"(\": Unclosed group");
    assertRefused(List.of(""), "exclude_layers[0] must be a pattern, got \"\"");
  }

  private static void assertRefused(Object excludeLayers, String message) {
    assertThatThrownBy(() -> Muon.fromConfig(Map.of("exclude_layers", excludeLayers)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void takesNoExcludedLayersForNone() {
    Muon muon = Muon.builder().excludeLayers((String[]) null).build();
    assertThat(muon.getConfig()).containsEntry("exclude_layers", List.of());
  }

  @Test
  void isMadeWithKerassDefaults() {
    assertThat(new Lamb().getConfig()).isEqualTo(Lamb.fromConfig(Map.of()).getConfig());
    assertThat(new Adafactor().getConfig()).isEqualTo(Adafactor.fromConfig(Map.of()).getConfig());
    assertThat(new Muon().getConfig()).isEqualTo(Muon.fromConfig(Map.of()).getConfig());
  }

  @Test
  void buildsWhatItsBuilderSays() {
    assertThat(
            Muon.builder()
                .adamBeta1(0.1)
                .adamBeta2(0.2)
                .excludeLayers("a", "b")
                .muonA(1.)
                .muonB(2.)
                .muonC(3.)
                .adamLrRatio(4.)
                .momentum(0.5)
                .nsSteps(6)
                .nesterov(false)
                .excludeEmbeddings(false)
                .adamWeightDecay(0.7)
                .rmsRate(null)
                .build()
                .getConfig())
        .containsEntry("adam_beta_1", 0.1)
        .containsEntry("adam_beta_2", 0.2)
        .containsEntry("exclude_layers", List.of("a", "b"))
        .containsEntry("muon_a", 1.)
        .containsEntry("muon_b", 2.)
        .containsEntry("muon_c", 3.)
        .containsEntry("adam_lr_ratio", 4.)
        .containsEntry("momentum", 0.5)
        .containsEntry("ns_steps", 6L)
        .containsEntry("nesterov", false)
        .containsEntry("exclude_embeddings", false)
        .containsEntry("adam_weight_decay", 0.7)
        .containsEntry("rms_rate", null);
    assertThat(
            Adafactor.builder()
                .beta2Decay(-0.5)
                .epsilon1(1.)
                .epsilon2(2.)
                .clipThreshold(3.)
                .relativeStep(false)
                .build()
                .getConfig())
        .containsEntry("beta_2_decay", -0.5)
        .containsEntry("epsilon_1", 1.)
        .containsEntry("epsilon_2", 2.)
        .containsEntry("clip_threshold", 3.)
        .containsEntry("relative_step", false);
    assertThat(Lamb.builder().beta1(0.1).beta2(0.2).epsilon(0.3).build().getConfig())
        .containsEntry("beta_1", 0.1)
        .containsEntry("beta_2", 0.2)
        .containsEntry("epsilon", 0.3);
  }

  private static double[][] normal(long seed, TensorSpec... specs) {
    return normal(seed, Arrays.stream(specs).mapToInt(TensorSpec::length).toArray());
  }

  private static double[][] normal(long seed, int... lengths) {
    Random random = new Random(seed);
    return Arrays.stream(lengths)
        .mapToObj(length -> random.doubles(length).map(x -> random.nextGaussian()).toArray())
        .toArray(double[][]::new);
  }
}
