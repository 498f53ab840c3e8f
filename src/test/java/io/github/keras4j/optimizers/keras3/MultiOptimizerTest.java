package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups of tensors, each with an optimizer of its own. */
class MultiOptimizerTest {
  private static final int STEPS = 14;

  private static final TensorSpec[] SPECS = {
    TensorSpec.of("embedding/table", 4, 3),
    TensorSpec.of("dense/kernel", 3, 2),
    TensorSpec.of("dense/bias", 2),
    TensorSpec.of("out/kernel", 2, 5),
    TensorSpec.of("out/bias", 5),
  };

  /** Which tensors each of {@link #optimizers} has. */
  private static final int[][] GROUPS = {{0}, {2, 4}, {3}, {}, {1}};

  private static List<BaseOptimizer> optimizers() {
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

  private static MultiOptimizer multi(List<BaseOptimizer> optimizers) {
    return MultiOptimizer.builder()
        .add("embedding/.*", optimizers.get(0))
        .add(".*/bias", optimizers.get(1))
        .add("out/kernel", optimizers.get(2))
        .add("nothing", optimizers.get(3))
        .otherwise(optimizers.get(4))
        .build();
  }

  private static MultiOptimizer built() {
    MultiOptimizer multi = multi(optimizers());
    multi.build(SPECS);
    return multi;
  }

  private static MultiOptimizer adams() {
    return MultiOptimizer.builder().add("a", new Adam()).otherwise(new Adam()).build();
  }

  private static double[][] random(long seed) {
    Random random = new Random(seed);
    return Arrays.stream(SPECS)
        .map(spec -> random.doubles(spec.length(), -1., 1.).toArray())
        .toArray(double[][]::new);
  }

  /** Now and then without those of one tensor, or of a whole group. */
  private static double[][] gradients(int step) {
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

  private static void train(Optimizer optimizer, double[][] parameters, int from, int to) {
    for (int step = from; step < to; step++) {
      optimizer.applyGradients(gradients(step), parameters);
    }
  }

  private static double[][] of(int[] tensors, double[][] all) {
    return Arrays.stream(tensors).mapToObj(tensor -> all[tensor]).toArray(double[][]::new);
  }

  private static double[][] copy(double[][] tensors) {
    return Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new);
  }

  private static double[][] array(List<double[]> weights) {
    return weights.toArray(double[][]::new);
  }

  private static void assertSame(OptimizerState actual, OptimizerState expected) {
    assertThat(actual.className()).isEqualTo(expected.className());
    assertThat(actual.config()).isEqualTo(expected.config());
    assertThat(actual.iterations()).isEqualTo(expected.iterations());
    assertThat(actual.scalars()).isEqualTo(expected.scalars());
    assertThat(actual.slots().keySet()).isEqualTo(expected.slots().keySet());
    expected
        .slots()
        .forEach((name, arrays) -> assertThat(actual.slots().get(name)).isDeepEqualTo(arrays));
  }

  // ---- Steps ----------------------------------------------------------------------------------

  @Test
  void trainsEachGroupAsItsOptimizerAloneWould() {
    MultiOptimizer multi = built();
    List<BaseOptimizer> alone = optimizers();
    double[][] parameters = random(1);
    double[][] expected = random(1);

    for (int step = 0; step < STEPS; step++) {
      double[][] gradients = gradients(step);
      multi.applyGradients(gradients, parameters);
      for (int i = 0; i < GROUPS.length; i++) {
        double[][] ofGroup = of(GROUPS[i], gradients);
        if (Arrays.stream(ofGroup).anyMatch(gradient -> gradient != null)) {
          alone.get(i).applyGradients(ofGroup, of(GROUPS[i], expected));
        }
      }
      assertThat(parameters).isDeepEqualTo(expected);
    }

    assertThat(multi.getIterations()).isEqualTo(STEPS);
    List<double[]> weights = new ArrayList<>(List.of(new double[] {STEPS}, new double[] {0.}));
    for (int i = 0; i < GROUPS.length; i++) {
      BaseOptimizer inner = multi.optimizers().get(i);
      assertThat(inner.getIterations()).isEqualTo(alone.get(i).getIterations());
      weights.addAll(alone.get(i).getWeights());
    }
    assertThat(array(multi.getWeights())).isDeepEqualTo(array(weights));

    multi.finalizeVariableValues(parameters);
    alone.get(0).finalizeVariableValues(of(GROUPS[0], expected));
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void countsNoStepOfAGroupWithoutGradients() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    double[][] before = copy(parameters);
    double[][] gradients = new double[5][];
    gradients[1] = new double[] {1., 2., 3., 4., 5., 6.};

    multi.applyGradients(gradients, parameters);
    multi.finalizeVariableValues(parameters);

    assertThat(multi.optimizers())
        .extracting(BaseOptimizer::calls)
        .containsExactly(0L, 0L, 0L, 0L, 1L);
    assertThat(of(new int[] {0, 2, 3, 4}, parameters))
        .isDeepEqualTo(of(new int[] {0, 2, 3, 4}, before));
    assertThat(parameters[1]).isNotEqualTo(before[1]);
  }

  @Test
  void stepsWithSeveralThreadsAsWithOne() {
    int length = 400_000;
    double[][][] results = new double[2][][];
    for (int i = 0; i < 2; i++) {
      MultiOptimizer multi =
          MultiOptimizer.builder()
              .add("a", Adam.builder().globalClipnorm(0.1).build())
              .otherwise(new Nadam())
              .build();
      multi.build(TensorSpec.of("a", length), TensorSpec.of("b", length));
      multi.setParallelism(1 + 3 * i);
      Random random = new Random(5);
      results[i] =
          new double[][] {random.doubles(length).toArray(), random.doubles(length).toArray()};
      for (int step = 0; step < 3; step++) {
        double[][] gradients = {random.doubles(length).toArray(), random.doubles(length).toArray()};
        multi.applyGradients(gradients, results[i]);
      }
    }

    assertThat(results[0]).isDeepEqualTo(results[1]);
  }

  @Test
  void evaluatesALoss() {
    MultiOptimizer multi = built();
    MultiOptimizer same = built();
    double[][] parameters = random(1);
    double[][] expected = random(1);

    double loss =
        multi.minimize(
            (p, gradients) -> {
              for (int tensor = 0; tensor < p.length; tensor++) {
                System.arraycopy(p[tensor], 0, gradients[tensor], 0, p[tensor].length);
              }
              return 7.;
            },
            parameters);
    same.applyGradients(random(1), expected);

    assertThat(loss).isEqualTo(7.);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void putsItsLossScaleFactorInThePlaceOfTheirs() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .otherwise(Adam.builder().lossScaleFactor(2.).build())
            .lossScaleFactor(5.)
            .build();
    multi.build(TensorSpec.of("a", 2));
    Adam alone = Adam.builder().lossScaleFactor(5.).build();
    double[][] parameters = {{1., -2.}};
    double[][] expected = {{1., -2.}};
    double[][] gradients = {{0.3, 1e-8}};

    multi.applyGradients(gradients, parameters);
    alone.applyGradients(gradients, expected);

    assertThat(parameters).isDeepEqualTo(expected);
    assertThat(multi.optimizers().get(0).getConfig()).containsEntry("loss_scale_factor", 5.);
    assertThat(multi.getConfig()).containsEntry("loss_scale_factor", 5.);
  }

  @Test
  void takesTheirLossScaleFactorAwayWhereItHasNone() {
    MultiOptimizer multi =
        MultiOptimizer.builder().otherwise(Adam.builder().lossScaleFactor(2.).build()).build();

    assertThat(multi.optimizers().get(0).getConfig()).containsEntry("loss_scale_factor", null);
  }

  // ---- Which tensor goes where ----------------------------------------------------------------

  @Test
  void prefersThePatternThatIsTheVeryName() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("dense/.*", new Adam())
            .add(".*/kernel", new Nadam())
            .add("dense/kernel", new Lion())
            .otherwise(new Ftrl())
            .build();
    multi.build(
        TensorSpec.of("dense/kernel", 1),
        TensorSpec.of("dense/bias", 1),
        TensorSpec.of("out/kernel", 1),
        TensorSpec.of("a/dense/bias", 1));

    assertThat(multi.optimizers().stream().map(inner -> inner.spec(0).name()))
        .containsExactly("dense/bias", "out/kernel", "dense/kernel", "a/dense/bias");
  }

  @Test
  void refusesATensorThatTwoPatternsMatch() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("dense/.*", new Adam())
            .add(".*/kernel", new Nadam())
            .otherwise(new Ftrl())
            .build();

    assertThatThrownBy(() -> multi.build(TensorSpec.of("dense/kernel", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "name of a tensor must match one pattern, got \"dense/kernel\", which matches"
                + " \"dense/.*\" and \".*/kernel\"");
    multi.build(TensorSpec.of("dense/bias", 1));
    assertThat(multi.optimizers().get(0).lengths()).containsExactly(1);
  }

  @Test
  void mayBeToldOtherTensorsBeforeTheFirstStep() {
    MultiOptimizer multi = built();
    multi.getWeights(); // makes the slots
    TensorSpec[] others = {
      TensorSpec.of("out/kernel", 2), TensorSpec.of("out/bias", 3), TensorSpec.of("a/bias", 1)
    };
    multi.build(others);

    double[][] parameters = {{1., 2.}, {3., 4., 5.}, {6.}};
    multi.applyGradients(new double[][] {{1., 1.}, {1., 1., 1.}, {1.}}, parameters);

    MultiOptimizer other = multi(optimizers());
    other.build(others);
    double[][] expected = {{1., 2.}, {3., 4., 5.}, {6.}};
    other.applyGradients(new double[][] {{1., 1.}, {1., 1., 1.}, {1.}}, expected);
    assertThat(parameters).isDeepEqualTo(expected);
    assertSame(multi.getState(), other.getState());
  }

  @Test
  void needsNames() {
    assertThatThrownBy(() -> adams().applyGradients(new double[][] {{1.}}, new double[][] {{1.}}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "MultiOptimizer needs names and shapes: call build(TensorSpec...) before the first"
                + " step");
  }

  // ---- Those inside ---------------------------------------------------------------------------

  @Test
  void leavesTheLearningRateToThoseInside() {
    MultiOptimizer multi = built();

    assertNotHere("getLearningRate", multi::getLearningRate);
    assertNotHere("getLearningRate", multi::getLr);
    assertNotHere("setLearningRate", () -> multi.setLearningRate(0.1));
    assertNotHere("setLearningRate", () -> multi.setLr(0.1));
    assertNotHere("setLearningRate", () -> multi.setLearningRate(step -> 0.1));
    assertNotHere("excludeFromWeightDecay", () -> multi.excludeFromWeightDecay("bias"));
    assertNotHere("excludeFromWeightDecay", () -> multi.excludeFromWeightDecay(0));

    multi.optimizers().get(3).setLearningRate(0.5);
    assertThat(multi.optimizers().get(3).getLearningRate()).isEqualTo(0.5);
  }

  @Test
  void stepsAtTheLearningRateThatOneInsideWasTold() {
    Adam told = new Adam();
    MultiOptimizer multi = MultiOptimizer.builder().otherwise(told).build();
    multi.build(TensorSpec.of("a", 2));
    Adam alone = Adam.builder().learningRate(0.5).build();
    double[][] parameters = {{1., 2.}};
    double[][] expected = {{1., 2.}};

    told.setLearningRate(0.5);
    multi.applyGradients(new double[][] {{0.1, -0.2}}, parameters);
    alone.applyGradients(new double[][] {{0.1, -0.2}}, expected);

    assertThat(parameters).isDeepEqualTo(expected);
  }

  private static void assertNotHere(String call, Runnable refused) {
    assertThatThrownBy(refused::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            call + " must be called on the optimizers inside, got it on the MultiOptimizer");
  }

  @Test
  void servesOneCallAtATimeTogetherWithThoseInside() {
    MultiOptimizer multi = built();
    BaseOptimizer inner = multi.optimizers().get(0);

    multi.minimize(
        (p, gradients) -> {
          assertThatThrownBy(
                  () -> CompletableFuture.runAsync(() -> inner.setLearningRate(0.1)).join())
              .isInstanceOf(CompletionException.class)
              .hasCauseInstanceOf(IllegalStateException.class)
              .hasMessageContaining("optimizer must serve one call at a time, got one by thread");
          return 0.;
        },
        random(1));

    double[][] table = {new double[12]};
    inner.minimize(
        (p, gradients) -> {
          assertThatThrownBy(() -> multi.applyGradients(random(2), random(1)))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageEndingWith("during one by the same");
          return 0.;
        },
        table);
    multi.applyGradients(random(2), random(1));
    assertThat(inner.calls()).isEqualTo(3);
  }

  @Test
  void refusesToBuildThoseInsideByThemselves() {
    MultiOptimizer multi = adams();

    assertThatThrownBy(() -> multi.optimizers().get(0).build(SPECS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("build must be called on the MultiOptimizer that this optimizer is in");
    assertThatThrownBy(
            () ->
                multi
                    .optimizers()
                    .get(0)
                    .applyGradients(new double[][] {{1.}}, new double[][] {{1.}}))
        .hasMessage("parameters must hold 0 tensors, as before, got 1");
  }

  @Test
  void refusesAStepThatOneInsideCannotMakeBeforeAnyIsMade() {
    Lion last = Lion.builder().learningRate(step -> step < 2 ? 0.1 : Double.NaN).build();
    MultiOptimizer multi = MultiOptimizer.builder().add("a", new Adam()).otherwise(last).build();
    multi.build(TensorSpec.of("a", 1), TensorSpec.of("b", 1));
    double[][] parameters = {{1.}, {2.}};
    double[][] gradients = {{1.}, {1.}};
    multi.applyGradients(gradients, parameters);
    multi.applyGradients(gradients, parameters);
    double[][] before = copy(parameters);

    assertThatThrownBy(() -> multi.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("learning_rate must be a number, got NaN from the schedule at step 2");
    assertThat(parameters).isDeepEqualTo(before);
    assertThat(multi.optimizers().get(0).calls()).isEqualTo(2);

    last.setLearningRate(step -> 0.1);
    List<double[]> weights = multi.getWeights();
    weights.get(weights.size() - 2)[0] = 0x1p53; // Lion's iterations
    multi.setWeights(weights);
    assertThatThrownBy(() -> multi.applyGradients(gradients, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "iterations of an optimizer inside must be below 2^53 for one more step, got"
                + " 9007199254740992");
    assertThat(parameters).isDeepEqualTo(before);
  }

  @Test
  void finalizesNothingBeforeTheFirstStep() {
    MultiOptimizer multi = built();

    assertThatThrownBy(() -> multi.finalizeVariableValues(random(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("finalizeVariableValues needs a step to average over, got none");
    assertThatThrownBy(() -> multi.finalizeVariableValues(new double[1][1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must hold 5 tensors, as before, got 1");
  }

  // ---- Making one -----------------------------------------------------------------------------

  static List<Arguments> refusedBuilders() {
    Adam twice = new Adam();
    Adam stepped = new Adam();
    stepped.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
    Adam told = new Adam();
    told.build(TensorSpec.of("a"));
    return List.of(
        Arguments.of(
            MultiOptimizer.builder().add("a", new Adam()),
            "otherwise must be an optimizer of Keras 3, got null"),
        Arguments.of(
            MultiOptimizer.builder().add("a", twice).add("b", new Adam()).otherwise(twice),
            "optimizers[2] must be an object of its own, got that of optimizers[0]; one for both"
                + " has a pattern such as \"a|b\""),
        Arguments.of(
            MultiOptimizer.builder().add("a", stepped).otherwise(new Adam()),
            "optimizer_map[\"a\"] must be new, got one that has made 1 steps and knows its"
                + " tensors"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(told),
            "default_optimizer must be new, got one that has made 0 steps and knows its tensors"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(adams()),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got a value"
                + " of class MultiOptimizer"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(adams().optimizers().get(0)),
            "default_optimizer must be in one MultiOptimizer alone, got one that is in another"),
        Arguments.of(
            MultiOptimizer.builder()
                .otherwise(Adam.fromConfig(Map.of("error_if_non_finite", true))),
            "default_optimizer must be without error_if_non_finite, got it set to true"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(new Adam()).lossScaleFactor(0.),
            "loss_scale_factor must be a finite number > 0 or null, got 0.0"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(new Adam()).name(null),
            "name must be a text, got null"));
  }

  @ParameterizedTest
  @MethodSource("refusedBuilders")
  void refusesWhatCannotBeOne(MultiOptimizer.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void refusesPatternsThatAreNone() {
    MultiOptimizer.Builder builder = MultiOptimizer.builder().add("a", new Adam());

    assertThatThrownBy(() -> builder.add("a", new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be added once, got \"a\" again");
    assertThatThrownBy(() -> builder.add("a(", new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be a regular expression, got \"a(\": Unclosed group");
    assertThatThrownBy(() -> builder.add(null, new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be a pattern, got null");
    assertThatThrownBy(() -> builder.add("b", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be an optimizer of Keras 3, got null");
  }

  static List<Arguments> refusedConfigurations() {
    Map<String, Object> adam = Map.of("module", "keras.optimizers", "class_name", "Adam");
    return List.of(
        Arguments.of(Map.of(), "optimizer_map must be a map, got null"),
        Arguments.of(
            Map.of("optimizer_map", Map.of("class_name", "function", "config", "select")),
            "optimizer_map must be the configuration of an OptimizerMap, got one with class_name"
                + " \"function\""),
        Arguments.of(
            Map.of("optimizer_map", Map.of("class_name", "OptimizerMap")),
            "optimizer_map.config must be a map, got null"),
        Arguments.of(
            map(Map.of("optimizer_map", Map.of())),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got null"),
        Arguments.of(
            map(Map.of("default_optimizer", adam)),
            "optimizer_map.config.optimizer_map must be a map, got null"),
        Arguments.of(
            map(Map.of("default_optimizer", adam, "optimizer_map", Map.of(1, adam))),
            "optimizer_map.config.optimizer_map must have a text for each optimizer, its pattern, got"
                + " something else"),
        Arguments.of(
            map(
                Map.of(
                    "default_optimizer",
                    adam,
                    "optimizer_map",
                    List.of(List.of("a", adam), List.of("a", adam)))),
            "optimizer_map.config.optimizer_map must have a pattern once, got \"a\" again"),
        Arguments.of(
            map(Map.of("default_optimizer", adam, "optimizer_map", List.of("a"))),
            "optimizer_map.config.optimizer_map must have a text for each optimizer, its pattern, got"
                + " something else"),
        Arguments.of(
            map(
                Map.of(
                    "default_optimizer",
                    Map.of("class_name", "Adam", "config", Map.of()),
                    "optimizer_map",
                    Map.of())),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got a value"
                + " of class Adam"),
        Arguments.of(
            with(map(Map.of("default_optimizer", adam, "optimizer_map", Map.of())), "lr", 0.1),
            "unknown hyperparameter \"lr\" for MultiOptimizer, known are build_config,"
                + " loss_scale_factor, name, optimizer_map"));
  }

  private static Map<String, Object> map(Map<String, Object> config) {
    return Map.of("optimizer_map", Map.of("class_name", "OptimizerMap", "config", config));
  }

  private static Map<String, Object> with(Map<String, Object> config, String name, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(config);
    changed.put(name, value);
    return changed;
  }

  @ParameterizedTest
  @MethodSource("refusedConfigurations")
  void refusesConfigurations(Map<String, Object> config, String message) {
    assertThatThrownBy(() -> MultiOptimizer.fromConfig(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void isKnownByNameButHasNoDefaults() {
    assertThat(Optimizers.names()).doesNotContain("multioptimizer", "keras3.multioptimizer");
    assertThatThrownBy(() -> Optimizers.get("MultiOptimizer"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer_map must be a map, got null");
    assertThatThrownBy(() -> Optimizers.register("multioptimizer", config -> new Adam()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** What {@code optimizers.serialize} of Keras 3.15.1 answered for one with these groups. */
  @Test
  void readsAndWritesTheConfigurationOfKeras() throws IOException {
    Map<String, Object> keras;
    try (InputStream file = getClass().getResourceAsStream("/keras3/multioptimizer.json")) {
      keras = new ObjectMapper().readValue(file, new TypeReference<Map<String, Object>>() {});
    }
    MultiOptimizer multi = (MultiOptimizer) Optimizers.deserialize(keras);

    assertThat(multi.optimizers())
        .hasExactlyElementsOfTypes(Adam.class, Nadam.class, Nadam.class, Ftrl.class);
    assertThat(doubles(Optimizers.serialize(multi)).toString())
        .isEqualTo(doubles(keras).toString());

    multi.build(
        TensorSpec.of("embedding/w", 2),
        TensorSpec.of("dense/kernel", 3),
        TensorSpec.of("dense/bias", 1));
    assertThat(multi.getWeights().stream().map(array -> array.length))
        .containsExactly(1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3);
  }

  private static Object doubles(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> doubles = new LinkedHashMap<>();
      map.forEach((key, element) -> doubles.put(key, doubles(element)));
      return doubles;
    }
    return value instanceof Number number ? Double.valueOf(number.doubleValue()) : value;
  }

  @Test
  void takesObjectsFromCustomFactories() {
    MultiOptimizer multi =
        (MultiOptimizer)
            Optimizers.deserialize(
                Map.of(
                    "class_name",
                    "keras3.MultiOptimizer",
                    "config",
                    map(
                        Map.of(
                            "default_optimizer",
                            Map.of("class_name", "Mine", "config", Map.of()),
                            "optimizer_map",
                            Map.of()))),
                Map.of("Mine", config -> new Lion()));

    assertThat(multi.optimizers()).hasExactlyElementsOfTypes(Lion.class);
  }

  @Test
  void showsThoseInside() {
    assertThat(
            MultiOptimizer.builder().otherwise(new Lion()).lossScaleFactor(2.).build().toString())
        .startsWith("keras3.MultiOptimizer{optimizer_map={")
        .contains("default_optimizer=keras3.Lion{name=lion, learning_rate=0.001,")
        .endsWith("loss_scale_factor=2.0, name=multi_optimizer}");
  }

  // ---- State ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void resumesFromItsState(int step) {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, step);
    OptimizerState state = multi.getState();
    double[][] resumedParameters = copy(parameters);
    MultiOptimizer resumed =
        (MultiOptimizer)
            Optimizers.deserialize(
                Map.of("class_name", state.className(), "config", state.config()));
    resumed.setState(state);
    assertSame(resumed.getState(), state);

    train(multi, parameters, step, STEPS);
    train(resumed, resumedParameters, step, STEPS);

    assertThat(resumedParameters).isDeepEqualTo(parameters);
    assertSame(resumed.getState(), multi.getState());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 7})
  void resumesFromACheckpoint(int step) throws IOException {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, step);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Checkpoint.write(file, multi, parameters);

    Checkpoint resumed = Checkpoint.read(new ByteArrayInputStream(file.toByteArray()));
    assertSame(resumed.optimizer().getState(), multi.getState());
    train(multi, parameters, step, STEPS);
    train(resumed.optimizer(), resumed.parameters(), step, STEPS);

    assertThat(resumed.parameters()).isDeepEqualTo(parameters);
    assertSame(resumed.optimizer().getState(), multi.getState());
  }

  @Test
  void isSavedBeforeItsTensorsAreKnown() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    Checkpoint.write(file, multi(optimizers()));
    MultiOptimizer loaded =
        (MultiOptimizer) Checkpoint.read(new ByteArrayInputStream(file.toByteArray())).optimizer();
    loaded.build(SPECS);
    MultiOptimizer same = built();
    double[][] parameters = random(1);
    double[][] expected = random(1);

    train(loaded, parameters, 0, 3);
    train(same, expected, 0, 3);

    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void goesBackToAState() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 5);
    multi.optimizers().get(0).setLearningRate(0.3);
    OptimizerState state = multi.getState();
    double[][] again = copy(parameters);
    train(multi, parameters, 5, STEPS);
    multi.optimizers().get(0).setLearningRate(0.1);

    multi.setState(state);
    assertThat(multi.optimizers().get(0).getLearningRate()).isEqualTo(0.3);
    train(multi, again, 5, STEPS);

    assertThat(again).isDeepEqualTo(parameters);
  }

  @Test
  void hasAStateBeforeItsTensorsAreKnown() {
    MultiOptimizer multi = multi(optimizers());
    OptimizerState state = multi.getState();
    assertThat(state.slots().values()).allMatch(arrays -> arrays.length == 0);

    multi.setState(state);
    multi.build(SPECS);
    double[][] parameters = random(1);
    train(multi, parameters, 0, 3);
    MultiOptimizer same = built();
    double[][] expected = random(1);
    train(same, expected, 0, 3);

    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void keepsSlotsByNameAndScalarsByNumber() {
    MultiOptimizer multi = built();
    train(multi, random(1), 0, 4);
    OptimizerState state = multi.getState();

    assertThat(state.className()).isEqualTo("keras3.MultiOptimizer");
    assertThat(state.iterations()).isEqualTo(4);
    assertThat(state.config())
        .containsOnlyKeys("optimizer_map", "loss_scale_factor", "name", "build_config");
    assertThat(lengths(state, "momentum")).containsExactly(12, 0, 2, 10, 5);
    assertThat(lengths(state, "velocity")).containsExactly(12, 0, 2, 10, 5);
    assertThat(lengths(state, "average")).containsExactly(12, 0, 0, 0, 0);
    assertThat(lengths(state, "gradient_accumulator")).containsExactly(12, 0, 0, 0, 0);
    assertThat(lengths(state, "velocity_hat")).containsExactly(0, 0, 2, 0, 5);
    assertThat(lengths(state, "accumulator")).containsExactly(0, 6, 0, 0, 0);
    assertThat(lengths(state, "linear")).containsExactly(0, 6, 0, 0, 0);
    assertThat(state.slots()).hasSize(7);
    assertThat(state.scalars())
        .containsEntry("0.iterations", 3.)
        .containsEntry("1.iterations", 3.)
        .containsEntry("2.iterations", 4.)
        .containsEntry("3.iterations", 0.)
        .containsEntry("4.iterations", 4.)
        .containsEntry("0.variable", 0.9 * (1. - 0.5 * 0.96))
        .hasSize(6);
  }

  private static int[] lengths(OptimizerState state, String slot) {
    return Arrays.stream(state.slots().get(slot)).mapToInt(array -> array.length).toArray();
  }

  @Test
  void copiesAnOptimizerThatGoesItsOwnWay() {
    List<BaseOptimizer> inside = optimizers();
    inside.get(4).setLearningRate(step -> 0.1 / (1. + step));
    MultiOptimizer multi = multi(inside);
    multi.build(SPECS);
    double[][] parameters = random(1);
    train(multi, parameters, 0, 4);
    double[][] copied = copy(parameters);

    MultiOptimizer copy = (MultiOptimizer) multi.copy();
    train(multi, parameters, 4, STEPS);
    train(copy, copied, 4, STEPS);

    assertThat(copied).isDeepEqualTo(parameters);
    assertThat(array(copy.getWeights())).isDeepEqualTo(array(multi.getWeights()));
  }

  @Test
  void resumesFromItsWeights() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 4);
    double[][] resumedParameters = copy(parameters);
    MultiOptimizer resumed = built();
    resumed.setWeights(multi.getWeights());
    assertThat(resumed.getIterations()).isEqualTo(4);

    train(multi, parameters, 4, STEPS);
    train(resumed, resumedParameters, 4, STEPS);

    assertThat(resumedParameters).isDeepEqualTo(parameters);
  }

  @Test
  void refusesWeightsThatDoNotFitAndChangesNothing() {
    MultiOptimizer multi = built();
    train(multi, random(1), 0, 4);
    List<double[]> weights = multi.getWeights();

    assertRefusedWeights(multi, null, "weights must be a list of arrays, got null");
    assertRefusedWeights(
        multi, weights.subList(1, weights.size()), "weights must hold 26 arrays, got 25");
    assertRefusedWeights(
        multi, replaced(weights, 5, 1.), "weights[5] must have 12 elements, got 1");
    assertRefusedWeights(
        multi,
        replaced(weights, 0, 0.5),
        "weights[0] must hold the iterations, one whole number from 0 to 2^53, got 0.5");
    assertRefusedWeights(
        multi,
        replaced(weights, 23, -1.),
        "optimizers[4]: learning_rate must be a finite number >= 0, got -1.0");
    assertThatThrownBy(() -> adams().setWeights(weights))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("weights can be set once the tensors are known: call build(TensorSpec...)");
  }

  private static List<double[]> replaced(List<double[]> weights, int index, double value) {
    List<double[]> changed = new ArrayList<>();
    weights.forEach(array -> changed.add(Arrays.stream(array).map(x -> x + 1.).toArray()));
    changed.set(index, new double[] {value});
    return changed;
  }

  private static void assertRefusedWeights(
      MultiOptimizer multi, List<double[]> weights, String message) {
    OptimizerState before = multi.getState();
    assertThatThrownBy(() -> multi.setWeights(weights))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertSame(multi.getState(), before);
  }

  static List<Arguments> refusedStates() {
    MultiOptimizer multi = built();
    train(multi, random(7), 0, 3);
    OptimizerState state = multi.getState();
    List<Arguments> refused = new ArrayList<>();
    refused.add(
        Arguments.of(
            new OptimizerState("keras3.Adam", state.config(), 3, state.slots(), state.scalars()),
            "state must have class keras3.MultiOptimizer, got \"keras3.Adam\""));
    refused.add(
        Arguments.of(
            new OptimizerState(state.className(), Map.of(), 3, state.slots(), state.scalars()),
            "optimizer_map must be a map, got null"));
    refused.add(
        Arguments.of(
            withConfig(state, with(state.config(), "loss_scale_factor", 3.)),
            "state must have loss_scale_factor null, got 3.0"));
    Map<String, Object> untold = new LinkedHashMap<>(state.config());
    untold.remove("build_config");
    refused.add(
        Arguments.of(
            withConfig(state, untold),
            "state must have build_config " + state.config().get("build_config") + ", got null"));
    refused.add(
        Arguments.of(
            withConfig(state, adams().getState().config()),
            "state must have patterns [embedding/.*, .*/bias, out/kernel, nothing], got \"[a]\""));
    refused.add(
        Arguments.of(
            withConfig(state, otherDefault(state.config(), Map.of("class_name", "Adam"))),
            "optimizers[4] must be the configuration of an Ftrl, got one with class_name \"Adam\""));
    refused.add(
        Arguments.of(
            withConfig(
                state,
                otherDefault(state.config(), Map.of("class_name", "Ftrl", "config", Map.of()))),
            "optimizers[4]: state must have hyperparameters "
                + new TreeSet<>(new Ftrl().getConfig().keySet())
                + ", got \"[]\""));
    refused.add(
        Arguments.of(
            withScalar(state, "0.w", 1.),
            "state must have scalars [0.iterations, 0.variable, 1.iterations, 2.iterations,"
                + " 3.iterations, 4.iterations], got \"[0.iterations, 0.variable, 0.w, 1.iterations,"
                + " 2.iterations, 3.iterations, 4.iter\"..."));
    refused.add(
        Arguments.of(
            withScalar(state, "4.iterations", 1.5),
            "state must have a whole number in scalar 4.iterations, got 1.5"));
    refused.add(
        Arguments.of(
            withScalar(state, "4.iterations", -1.), "iterations must be from 0 to 2^53, got -1"));
    refused.add(
        Arguments.of(
            withSlot(state, "m", new double[5][0]),
            "state must have slots [accumulator, average, gradient_accumulator, linear, momentum,"
                + " velocity, velocity_hat], got \"[accumulator, average, gradient_accumulator,"
                + " linear, m, momentum, velocity, velo\"..."));
    refused.add(
        Arguments.of(
            withSlot(state, "linear", new double[2][0]),
            "state must have 5 tensors in slot linear, got 2"));
    refused.add(
        Arguments.of(
            withSlot(state, "linear", new double[][] {{}, new double[6], {}, {}, {1.}}),
            "state must have 6 elements in slot linear, got 7"));
    refused.add(
        Arguments.of(
            withSlot(state, "linear", new double[][] {{}, new double[5], {}, {}, {}}),
            "optimizers[4]: state must have 6 elements in slot linear of tensor 0, got 5"));
    refused.add(
        Arguments.of(
            withSlot(state, "linear", new double[0][]),
            "optimizers[4]: state must have 1 tensors in slot linear, got 0"));
    return refused;
  }

  private static OptimizerState withConfig(OptimizerState state, Map<String, Object> config) {
    return new OptimizerState(
        state.className(), config, state.iterations(), state.slots(), state.scalars());
  }

  private static OptimizerState withScalar(OptimizerState state, String name, double value) {
    Map<String, Double> scalars = new LinkedHashMap<>(state.scalars());
    scalars.put(name, value);
    return new OptimizerState(
        state.className(), state.config(), state.iterations(), state.slots(), scalars);
  }

  private static OptimizerState withSlot(OptimizerState state, String name, double[][] arrays) {
    Map<String, double[][]> slots = new LinkedHashMap<>(state.slots());
    slots.put(name, arrays);
    return new OptimizerState(
        state.className(), state.config(), state.iterations(), slots, state.scalars());
  }

  private static Map<String, Object> otherDefault(Map<String, Object> config, Object optimizer) {
    Map<?, ?> serialized = (Map<?, ?>) config.get("optimizer_map");
    Map<String, Object> map = new LinkedHashMap<>();
    ((Map<?, ?>) serialized.get("config")).forEach((key, value) -> map.put((String) key, value));
    map.put("default_optimizer", optimizer);
    return with(config, "optimizer_map", Map.of("class_name", "OptimizerMap", "config", map));
  }

  @ParameterizedTest
  @MethodSource("refusedStates")
  void refusesStatesThatDoNotFitAndChangesNothing(OptimizerState refused, String message) {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    train(multi, parameters, 0, 5);
    OptimizerState before = multi.getState();

    assertThatThrownBy(() -> multi.setState(refused))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);

    assertSame(multi.getState(), before);
    double[][] expected = random(1);
    MultiOptimizer same = built();
    train(same, expected, 0, 8);
    train(multi, parameters, 5, 8);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void refusesAStateThatDoesNotFitBeforeItIsBuilt() {
    MultiOptimizer multi = multi(optimizers());
    MultiOptimizer other = built();
    train(other, random(7), 0, 3);
    OptimizerState wrong =
        withSlot(other.getState(), "linear", new double[][] {{}, {1.}, {}, {}, {}});

    assertThatThrownBy(() -> multi.setState(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizers[4]: state must have 6 elements in slot linear of tensor 0, got 1");

    assertThat(IntStream.range(0, 5).mapToObj(i -> multi.optimizers().get(i).lengths()))
        .allMatch(lengths -> lengths.length == 0);
    multi.setState(other.getState());
    assertSame(multi.getState(), other.getState());
  }

  @Test
  void needsConfigurationsForAState() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .otherwise(Adam.builder().learningRate(step -> 0.1).build())
            .build();

    assertThatThrownBy(multi::getState).isInstanceOf(IllegalStateException.class);
    multi
        .optimizers()
        .get(0)
        .setLearningRate(CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build());
    assertThat(multi.getState().iterations()).isZero();
  }
}
