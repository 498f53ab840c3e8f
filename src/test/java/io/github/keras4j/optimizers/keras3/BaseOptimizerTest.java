package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Keras 3's optimizers are told besides the arguments of a formula. */
class BaseOptimizerTest {
  private static final TensorSpec KERNEL = TensorSpec.of("dense/kernel", 2);
  private static final TensorSpec BIAS = TensorSpec.of("dense/bias", 1);

  private static BaseOptimizer adam() {
    return Adam.builder().weightDecay(0.5).build();
  }

  @Test
  void rejectsAStepThatNamesOrNumbersDoNotFit() {
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
  void rejectsAStateWithOtherNames() {
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
  void keepsListsNextToCustomObjects() {
    Map<String, Object> steps = Map.of("boundaries", List.of(2), "values", List.of(0.5, 0.25));
    Map<String, Object> rate = Map.of("class_name", "PiecewiseConstantDecay", "config", steps);
    Map<String, Object> config =
        Map.of("class_name", "keras3.Adam", "config", Map.of("learning_rate", rate));

    BaseOptimizer adam =
        (BaseOptimizer) Optimizers.deserialize(config, Map.of("Mine", inner -> new Adam()));

    assertThat(adam.getLearningRate()).isEqualTo(0.5);
  }

  /** A schedule that nobody has registered. */
  private record Unregistered(double rate) implements LearningRateSchedule {
    @Override
    public double at(long step) {
      return rate;
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("rate", rate);
    }
  }

  @Test
  void keepsACustomScheduleThatAStateNames() {
    BaseOptimizer adam = Adam.builder().learningRate(new Unregistered(0.25)).build();
    double[][] parameters = {{1.}};
    adam.applyGradients(new double[][] {{1.}}, parameters);
    OptimizerState state = adam.getState();
    adam.applyGradients(new double[][] {{1.}}, parameters);

    adam.setState(state);

    assertThat(adam.getIterations()).isEqualTo(1);
    assertThat(adam.getLearningRate()).isEqualTo(0.25);
  }

  @Test
  void asksAScheduleOnceAStep() {
    List<Long> asked = new ArrayList<>();
    BaseOptimizer adam =
        Adam.builder()
            .learningRate(
                step -> {
                  asked.add(step);
                  return 0.1;
                })
            .build();
    for (int step = 0; step < 3; step++) {
      adam.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
    }

    assertThat(asked).containsExactly(0L, 1L, 2L);
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
  void setsTheWeightsThatItReturns() {
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

  /** SGD, as a user of the library would write it. */
  private static final class Own extends BaseOptimizer {
    Own(Hyperparameters h) {
      super(h, 0.01);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {
      double[] p = x.parameter();
      for (int i = from; i < to; i++) {
        p[i] = x.decay(p[i]) - x.gradient(i) * lr;
      }
    }
  }

  private static Map<String, Object> with(Object... config) {
    Map<String, Object> map = new HashMap<>();
    for (int i = 0; i < config.length; i += 2) {
      map.put((String) config[i], config[i + 1]);
    }
    return map;
  }

  static Stream<Map<String, Object>> features() {
    return Stream.of(
        with("weight_decay", 0.01),
        with("clipnorm", 0.5),
        with("global_clipnorm", 0.5, "weight_decay", 0.01),
        with("clipvalue", 0.5, "weight_decay", 0.01),
        with("loss_scale_factor", 3, "weight_decay", 0.01),
        with("loss_scale_factor", 4),
        with("loss_scale_factor", 3, "clipnorm", 0.5),
        with("loss_scale_factor", 4, "global_clipnorm", 0.5),
        with("loss_scale_factor", 3, "clipvalue", 0.1),
        with("loss_scale_factor", 4, "clipvalue", 0.1),
        with("gradient_accumulation_steps", 2, "weight_decay", 0.01),
        with("gradient_accumulation_steps", 3, "weight_decay", 0.01),
        with("gradient_accumulation_steps", 2, "loss_scale_factor", 4),
        with("gradient_accumulation_steps", 2, "loss_scale_factor", 3),
        with("gradient_accumulation_steps", 2, "clipvalue", 0.5),
        with("gradient_accumulation_steps", 2, "clipnorm", 0.5, "loss_scale_factor", 3),
        with("use_ema", true, "ema_overwrite_frequency", 2, "weight_decay", 0.01));
  }

  @ParameterizedTest
  @MethodSource("features")
  void givesAnOptimizerOfOnesOwnEveryFeature(Map<String, Object> config) {
    BaseOptimizer own = Hyperparameters.build(config, Own::new);
    BaseOptimizer sgd = SGD.fromConfig(config);
    double[][] updatedByOwn = {random(1, 1000), random(2, 3)};
    double[][] updatedBySgd = {random(1, 1000), random(2, 3)};
    for (int step = 0; step < 6; step++) {
      double[][] gradients = {random(10 + step, 1000), random(20 + step, 3)};
      own.applyGradients(gradients, updatedByOwn);
      sgd.applyGradients(gradients, updatedBySgd);
    }

    assertThat(updatedByOwn).isDeepEqualTo(updatedBySgd);
    assertThat(updatedByOwn[0]).isNotEqualTo(random(1, 1000));
  }

  private static double[] random(long seed, int length) {
    return new SplittableRandom(seed).doubles(length, -1., 1.).toArray();
  }
}
