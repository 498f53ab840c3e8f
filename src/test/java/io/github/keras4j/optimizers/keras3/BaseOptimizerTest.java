package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Keras 3's optimizers are told beside the arguments of a formula, and what they refuse. */
class BaseOptimizerTest {
  private static final TensorSpec KERNEL = TensorSpec.of("dense/kernel", 2);
  private static final TensorSpec BIAS = TensorSpec.of("dense/bias", 1);

  /** A call that is refused, and how. */
  record Refusal(String message, Class<? extends Exception> type, ThrowingCallable call) {
    @Override
    public String toString() {
      return message;
    }
  }

  private static Refusal argument(String message, ThrowingCallable call) {
    return new Refusal(message, IllegalArgumentException.class, call);
  }

  private static Refusal state(String message, ThrowingCallable call) {
    return new Refusal(message, IllegalStateException.class, call);
  }

  private static BaseOptimizer adam() {
    return Adam.builder().weightDecay(0.5).build();
  }

  private static BaseOptimizer stepped() {
    BaseOptimizer adam = adam();
    adam.applyGradients(new double[][] {{1., 2.}, {3.}}, new double[][] {{1., 1.}, {1.}});
    return adam;
  }

  private static void fromBuildConfig(Object config) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("build_config", config);
    Adam.fromConfig(arguments);
  }

  static Stream<Refusal> refusals() {
    BaseOptimizer scheduled = Adam.builder().learningRate(step -> 0.1).build();
    BaseOptimizer nan = Adam.builder().learningRate(step -> step < 1 ? 0.1 : Double.NaN).build();
    nan.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
    return Stream.of(
        argument(
            "specs must hold one for each tensor, got null",
            () -> adam().build((TensorSpec[]) null)),
        argument("specs must hold one for each tensor, got none", () -> adam().build()),
        argument(
            "specs[1] must be the spec of a tensor, got null", () -> adam().build(KERNEL, null)),
        argument(
            "names must be patterns, got null",
            () -> adam().excludeFromWeightDecay((String[]) null)),
        argument(
            "names[1] must be a pattern, got null",
            () -> adam().excludeFromWeightDecay("bias", null)),
        argument("names[0] must be a pattern, got \"\"", () -> adam().excludeFromWeightDecay("")),
        argument(
            "names[0] must be a regular expression, got one with this fault: Unclosed group",
            () -> adam().excludeFromWeightDecay("(bias")),
        argument(
            "numbers must be those of tensors, got null",
            () -> adam().excludeFromWeightDecay((int[]) null)),
        argument(
            "numbers[1] must be that of a tensor, got -1",
            () -> adam().excludeFromWeightDecay(0, -1)),
        state(
            "build must come before the first step, got it after 1", () -> stepped().build(KERNEL)),
        state(
            "excludeFromWeightDecay must come before the first step, got it after 1",
            () -> stepped().excludeFromWeightDecay("bias")),
        state(
            "excludeFromWeightDecay must come before the first step, got it after 1",
            () -> stepped().excludeFromWeightDecay(1)),
        argument(
            "build_config must be a map, got a value of class String", () -> fromBuildConfig("x")),
        argument(
            "build_config must hold lists of known names, got a value of class String",
            () -> fromBuildConfig(Map.of("tensors", "x"))),
        argument(
            "build_config must hold tensors, exclude_names and exclude_numbers, got another name",
            () -> fromBuildConfig(Map.of("tensor", List.of()))),
        argument(
            "tensors must be maps of name and shape, got a value of class String",
            () -> fromBuildConfig(Map.of("tensors", List.of("x")))),
        argument(
            "shape must be a list of whole numbers, got null",
            () -> fromBuildConfig(Map.of("tensors", List.of(Map.of("name", "x"))))),
        argument(
            "exclude_names must be texts, got a value of class Integer",
            () -> fromBuildConfig(Map.of("exclude_names", List.of(1)))),
        argument(
            "must be whole numbers below 2^31, got 0.5",
            () -> fromBuildConfig(Map.of("exclude_numbers", List.of(0.5)))),
        argument(
            "clipnorm, global_clipnorm and clipvalue must be null but for one, got 1.0, null and"
                + " 0.0",
            () -> Adam.builder().clipnorm(1.).clipvalue(0.).build()),
        argument(
            "gradient_accumulation_steps must be a whole number >= 2, or 0 or null for none, got 1",
            () -> Adam.builder().gradientAccumulationSteps(1).build()),
        argument(
            "weight_decay must be a finite number >= 0 or null, got Infinity",
            () -> Adam.builder().weightDecay(Double.POSITIVE_INFINITY).build()),
        argument(
            "loss_scale_factor must be a finite number > 0 or null, got 0.0",
            () -> Adam.builder().lossScaleFactor(0.).build()),
        argument(
            "learning_rate must be a finite number >= 0, got NaN",
            () -> adam().setLearningRate(Double.NaN)),
        argument(
            "learning_rate must be a schedule, got null",
            () -> adam().setLearningRate((LearningRateSchedule) null)),
        argument(
            "learning_rate must be a number, a schedule or its configuration, got a value of class"
                + " String",
            () -> Adam.fromConfig(Map.of("learning_rate", "0.1"))),
        state(
            "learning_rate must be set to a schedule, since it is one, got 0.1",
            () -> scheduled.setLearningRate(0.1)),
        state(
            "learning_rate must be a number, got NaN from the schedule at step 1",
            () -> nan.applyGradients(new double[][] {{1.}}, new double[][] {{1.}})),
        argument("weights must be a list of arrays, got null", () -> stepped().setWeights(null)),
        argument(
            "weights[0] must hold the iterations, one whole number from 0 to 2^53, got 0.5",
            () -> {
              BaseOptimizer adam = stepped();
              List<double[]> weights = adam.getWeights();
              weights.set(0, new double[] {0.5});
              adam.setWeights(weights);
            }),
        argument(
            "weights must hold 6 arrays, got 5",
            () -> stepped().setWeights(stepped().getWeights().subList(0, 5))),
        argument(
            "weights[2] must have 2 elements, got 1",
            () -> {
              List<double[]> weights = stepped().getWeights();
              weights.set(2, new double[1]);
              stepped().setWeights(weights);
            }),
        state(
            "weights can be set once the tensors are known: call build(TensorSpec...) or make a"
                + " step",
            () -> adam().setWeights(stepped().getWeights())),
        state(
            "finalizeVariableValues needs a step to average over, got none",
            () -> {
              BaseOptimizer averaging = Adam.builder().useEma(true).build();
              averaging.build(KERNEL);
              averaging.finalizeVariableValues(new double[][] {{1., 2.}});
            }),
        argument(
            "unknown hyperparameter \"lr\" for Adam, known are amsgrad, beta_1, beta_2,"
                + " build_config, clipnorm, clipvalue, ema_momentum, ema_overwrite_frequency,"
                + " epsilon, error_if_non_finite, global_clipnorm, gradient_accumulation_steps,"
                + " learning_rate, loss_scale_factor, name, use_ema, weight_decay; with lr it is a"
                + " configuration of Keras 2.2.4, for the optimizers without keras3 in their name",
            () -> Adam.fromConfig(Map.of("lr", 0.1))),
        argument(
            "unknown hyperparameter \"jit_compile\" for Adam, known are amsgrad, beta_1, beta_2,"
                + " build_config, clipnorm, clipvalue, ema_momentum, ema_overwrite_frequency,"
                + " epsilon, error_if_non_finite, global_clipnorm, gradient_accumulation_steps,"
                + " learning_rate, loss_scale_factor, name, use_ema, weight_decay; it is of a"
                + " configuration of tf.keras 2.11 to 2.15, which is neither Keras 2.2.4's nor"
                + " Keras 3's",
            () -> Adam.fromConfig(Map.of("jit_compile", false))),
        argument(
            "LossScaleOptimizer is left out, since nothing here is float16: give its"
                + " inner_optimizer's configuration",
            () ->
                Optimizers.deserialize(
                    Map.of("module", "keras.optimizers", "class_name", "LossScaleOptimizer"))),
        argument(
            "unknown optimizer \"keras3.adamax2\", known are "
                + String.join(", ", Optimizers.names()),
            () -> Optimizers.get("keras3.adamax2")));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.call).isInstanceOf(refusal.type).hasMessage(refusal.message);
  }

  @Test
  void refusesAStepThatNamesOrNumbersDoNotFit() {
    BaseOptimizer unnamed = adam();
    unnamed.excludeFromWeightDecay("bias");
    double[][] parameters = {{1., 1.}, {1.}};
    assertThatThrownBy(() -> unnamed.applyGradients(new double[][] {{1., 1.}, {1.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("call build(TensorSpec...)");
    BaseOptimizer numbered = adam();
    numbered.excludeFromWeightDecay(2);
    assertThatThrownBy(() -> numbered.applyGradients(new double[][] {{1., 1.}, {1.}}, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("excludeFromWeightDecay must name one of the 2 tensors, got number 2");

    assertThat(parameters).isDeepEqualTo(new double[][] {{1., 1.}, {1.}});
    assertThat(unnamed.getState().slots().get("momentum")).isEmpty();
  }

  @Test
  void goesOnFromAStateWithItsNamesAndExclusions() {
    BaseOptimizer original = adam();
    original.build(KERNEL, BIAS);
    original.excludeFromWeightDecay("bias");
    original.excludeFromWeightDecay(0);
    double[][] parameters = {{1., -1.}, {2.}};
    original.applyGradients(new double[][] {{1., 2.}, {3.}}, parameters);
    double[][] copied = {parameters[0].clone(), parameters[1].clone()};
    OptimizerState state = original.getState();

    BaseOptimizer fresh = adam();
    fresh.setState(state);
    Optimizer recipe =
        Optimizers.deserialize(Map.of("class_name", state.className(), "config", state.config()));
    recipe.setState(state);
    assertThat(fresh.getState()).isEqualTo(state);
    assertThat(recipe.getState()).isEqualTo(state);
    original.applyGradients(new double[][] {{1., 2.}, {3.}}, parameters);
    fresh.applyGradients(new double[][] {{1., 2.}, {3.}}, copied);

    assertThat(copied).isDeepEqualTo(parameters);
  }

  @Test
  void refusesAStateWithOtherNames() {
    BaseOptimizer original = adam();
    original.build(KERNEL, BIAS);
    OptimizerState state = original.getState();
    BaseOptimizer other = adam();
    other.build(KERNEL, TensorSpec.of("dense/offset", 1));
    OptimizerState before = other.getState();

    assertThatThrownBy(() -> other.setState(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("state must have build_config {tensors=[{name=dense/kernel,");

    assertThat(other.getState()).isEqualTo(before);
  }

  @Test
  void makesCustomSchedulesWhereverTheyAre() {
    Map<String, Object> config =
        Map.of(
            "class_name",
            "keras3.Adam",
            "config",
            Map.of("learning_rate", Map.of("class_name", "Mine", "config", Map.of("rate", 0.25))));
    BaseOptimizer adam =
        (BaseOptimizer)
            Optimizers.deserialize(
                config,
                Map.of("Mine", inner -> (LearningRateSchedule) step -> (double) inner.get("rate")));

    assertThat(adam.getLearningRate()).isEqualTo(0.25);
    assertThat(adam.toString()).startsWith("keras3.Adam{name=adam, learning_rate=");
    assertThatThrownBy(adam::getConfig).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(adam::getState).isInstanceOf(IllegalStateException.class);
    assertThat(((BaseOptimizer) adam.copy()).getLearningRate()).isEqualTo(0.25);
  }

  @Test
  void takesANumberForAScheduleOnlyAsAnotherSchedule() {
    BaseOptimizer adam = adam();
    adam.setLr(0.5);
    assertThat(adam.getLr()).isEqualTo(0.5);
    adam.setLearningRate(CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build());
    assertThat(adam.getLearningRate()).isEqualTo(0.1);
    assertThat(adam.getWeights()).hasSize(1);
    assertThat(((Map<?, ?>) adam.getConfig().get("learning_rate")).get("class_name"))
        .isEqualTo("CosineDecay");
  }

  @Test
  void knowsWhatOnlyKeras3HasByBothNames() {
    assertThat(Optimizers.get("keras3.adamw")).isInstanceOf(AdamW.class);
    assertThat(Optimizers.get("ADAMW")).isInstanceOf(AdamW.class);
    assertThat(Optimizers.get("adam")).isInstanceOf(io.github.keras4j.optimizers.Adam.class);
    assertThat(Optimizers.get("keras3.adam")).isInstanceOf(Adam.class);
    assertThat(Optimizers.names()).contains("adamw", "keras3.adam").doesNotContain("keras3.adamw");
    assertThatThrownBy(() -> Optimizers.register("Lion", config -> new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("name must not be that of one of Keras's optimizers, got \"Lion\"");
  }

  @Test
  void setsTheWeightsThatItAnswers() {
    BaseOptimizer adam = Adam.builder().useEma(true).gradientAccumulationSteps(2).build();
    adam.build(KERNEL, BIAS);
    double[][] parameters = {{1., -1.}, {2.}};
    for (int call = 0; call < 3; call++) {
      adam.applyGradients(new double[][] {{1., 2.}, {3.}}, parameters);
    }
    BaseOptimizer other = Adam.builder().useEma(true).gradientAccumulationSteps(2).build();
    other.build(KERNEL, BIAS);

    other.setWeights(adam.getWeights());

    assertThat(other.getState().slots().keySet()).isEqualTo(adam.getState().slots().keySet());
    assertThat(Arrays.deepEquals(other.getWeights().toArray(), adam.getWeights().toArray()))
        .isTrue();
    assertThat(other.getIterations()).isEqualTo(1);
  }
}
