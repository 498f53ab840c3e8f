package io.github.keras4j.optimizers.contract;

import static io.github.keras4j.optimizers.contract.Training.LENGTHS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An update with what an accumulation has left, and what averages are evaluated with. */
class LeftoverContractTest {
  private static final int UPDATES = 3;

  static Stream<Entry> optimizers() {
    return OptimizerTable.optimizers().filter(entry -> entry.isOf(Generation.KERAS_3));
  }

  private static BaseOptimizer optimizer(Entry entry, Map<String, ?> config) {
    return (BaseOptimizer) entry.optimizer(config, LENGTHS);
  }

  private static Stream<Map<String, Object>> configs() {
    return Stream.of(
        Map.of(),
        Map.of("weight_decay", 0.1),
        Map.of("clipnorm", 0.5),
        Map.of("global_clipnorm", 0.5),
        Map.of("clipvalue", 0.25),
        Map.of("use_ema", true, "ema_momentum", 0.5));
  }

  private static Map<String, Object> accumulating(Map<String, Object> config, int steps) {
    Map<String, Object> accumulating = new HashMap<>(config);
    accumulating.put("gradient_accumulation_steps", steps);
    return accumulating;
  }

  /** A mean of two is exact by a product with 0.5 or a quotient. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void updatesWithTheMeanOfTheCallsSoFar(Entry entry) {
    configs()
        .filter(config -> !config.containsKey("use_ema"))
        .forEach(
            config -> {
              BaseOptimizer leftover = optimizer(entry, accumulating(config, 5));
              BaseOptimizer whole = optimizer(entry, accumulating(config, 2));
              double[][] p = Bits.normal(1, LENGTHS);
              double[][] expected = Bits.normal(1, LENGTHS);
              for (int update = 0; update < UPDATES; update++) {
                for (int call = 0; call < 2; call++) {
                  double[][] gradients = Training.gradients(2 * update + call);
                  leftover.applyGradients(gradients, p);
                  whole.applyGradients(gradients, expected);
                }
                leftover.applyAccumulated(p);
                assertThat(leftover.getIterations()).isEqualTo(update + 1);
                Bits.assertSame(entry + " " + config, p, expected);
              }
              Map<String, double[][]> slots = leftover.getState().slots();
              whole
                  .getState()
                  .slots()
                  .forEach((name, arrays) -> Bits.assertSame(name, slots.get(name), arrays));
              assertThat(leftover.getState().iterations()).isEqualTo(5L * UPDATES);
              assertThat(leftover.getState().scalars()).isEqualTo(whole.getState().scalars());
            });
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void leavesTensorsWithoutGradientsOutAlsoAfterARestore(Entry entry) {
    configs()
        .forEach(
            config -> {
              Map<String, Object> accumulating = accumulating(config, 4);
              BaseOptimizer leftover = optimizer(entry, accumulating);
              double[][] p = Bits.normal(1, LENGTHS);
              for (int call = 0; call < 4; call++) {
                leftover.applyGradients(Training.gradients(call), p);
              }
              double[][] first = Training.gradients(5);
              first[0] = null; // never
              first[2] = null; // later
              double[][] second = Training.gradients(6);
              second[0] = null;
              second[1] = new double[1]; // zeros are a gradient
              first[1] = new double[1];
              leftover.applyGradients(first, p);
              BaseOptimizer restored = optimizer(entry, accumulating);
              restored.setState(leftover.getState());
              BaseOptimizer copied = (BaseOptimizer) leftover.copy();
              double[][] others = Bits.copy(p);
              double[][] copies = Bits.copy(p);
              leftover.applyGradients(second, p);
              restored.applyGradients(second, others);
              copied.applyGradients(second, copies);
              double[] before = p[0].clone();
              double[] momentum = slotOf(leftover, "momentum");

              leftover.applyAccumulated(p);
              restored.applyAccumulated(others);
              ((BaseOptimizer) copied.copy()).applyAccumulated(copies);

              assertThat(p[0]).isEqualTo(before);
              assertThat(slotOf(leftover, "momentum")).isEqualTo(momentum);
              Bits.assertSame("restored", others, p);
              Bits.assertSame("copied", copies, p);
              Bits.assertSame(restored.getState(), leftover.getState());
              leftover.applyGradients(Training.gradients(8), p);
              restored.applyGradients(Training.gradients(8), others);
              Bits.assertSame(restored.getState(), leftover.getState());
              assertThat(leftover.getIterations()).isEqualTo(2);
            });
  }

  private static double[] slotOf(Optimizer optimizer, String name) {
    double[][] slot = optimizer.getState().slots().get(name);
    return slot == null ? null : slot[0];
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void doesNothingWithoutCalls(Entry entry) {
    for (Map<String, Object> config :
        Stream.of(
                Map.<String, Object>of(), Map.<String, Object>of("gradient_accumulation_steps", 2))
            .toList()) {
      BaseOptimizer optimizer = optimizer(entry, config);
      double[][] p = Bits.normal(1, LENGTHS);
      for (int step = 0; step < 3; step++) {
        Contents before = Contents.of(optimizer, p);
        optimizer.applyAccumulated(p);
        assertThat(Contents.of(optimizer, p)).isEqualTo(before);
        optimizer.applyGradients(Training.gradients(2 * step), p);
        optimizer.applyGradients(Training.gradients(2 * step + 1), p);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void rejectsWhatAStepWouldAndGoesOn(Entry entry) {
    BaseOptimizer optimizer = optimizer(entry, Map.of("gradient_accumulation_steps", 3));
    BaseOptimizer untouched = optimizer(entry, Map.of("gradient_accumulation_steps", 3));
    boolean[] throwing = {false};
    LearningRateSchedule rate = new Rate(throwing);
    optimizer.setLearningRate(rate);
    untouched.setLearningRate(rate);
    Training training = new Training(optimizer).run(4);
    Training expected = new Training(untouched).run(4);
    Contents before = Contents.of(optimizer, training.parameters);

    assertThatThrownBy(() -> optimizer.applyAccumulated(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must be an array of tensors, got null");
    assertThatThrownBy(() -> optimizer.applyAccumulated(new double[4][3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must hold 5 tensors, as before, got 4");
    throwing[0] = true;
    assertThatThrownBy(() -> optimizer.applyAccumulated(training.parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no rate");
    throwing[0] = false;
    assertThatThrownBy(
            () ->
                optimizer.minimize(
                    (p, g) -> {
                      optimizer.applyAccumulated(p);
                      return 0.;
                    },
                    training.parameters))
        .hasMessageContaining("optimizer must serve one call at a time");
    assertThat(Contents.of(optimizer, training.parameters)).isEqualTo(before);

    training.run(5).assertSameAs(expected.run(5));
  }

  /** 0.1, or an exception. */
  private record Rate(boolean[] throwing) implements LearningRateSchedule {
    @Override
    public double at(long step) {
      if (throwing[0]) {
        throw new IllegalStateException("no rate");
      }
      return 0.1;
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("rate", 0.1);
    }
  }

  // ---- Averages -------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("optimizers")
  void returnsTheAveragesAndChangesNothing(Entry entry) {
    BaseOptimizer optimizer = optimizer(entry, Map.of("use_ema", true, "ema_momentum", 0.5));
    double[][] p = Bits.normal(1, LENGTHS);
    double[][] begun = optimizer.averagedParameters(p);
    Bits.assertSame("before the first step", begun, p);
    assertThat(begun[0]).isNotSameAs(p[0]);
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(Training.gradients(step), p);
    }
    Contents before = Contents.of(optimizer, p);

    double[][] averages = optimizer.averagedParameters(p);

    Bits.assertSame("averages", averages, optimizer.getState().slots().get("average"));
    assertThat(averages[0]).isNotEqualTo(p[0]);
    averages[0][0] = 7.;
    assertThat(Contents.of(optimizer, p)).isEqualTo(before);
    assertThatThrownBy(() -> optimizer.averagedParameters(new double[5][2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters[0] must have 3 elements, as before, got 2");
    assertThatThrownBy(() -> optimizer.averagedParameters(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must be an array of tensors, got null");
    assertThat(Contents.of(optimizer, p)).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void rejectsToReturnAveragesThatThereAreNot(Entry entry) {
    BaseOptimizer optimizer = optimizer(entry, Map.of());
    double[][] p = Bits.normal(1, LENGTHS);
    optimizer.applyGradients(Training.gradients(0), p);
    Contents before = Contents.of(optimizer, p);

    if (!entry.is(Trait.BEGINS_WITH_THE_PARAMETERS)) {
      assertThatThrownBy(() -> optimizer.averagedParameters(p))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("averagedParameters needs use_ema or ScheduleFreeAdamW, got neither");
    } else {
      double[][] z = optimizer.getState().slots().get("momentum");
      double[][] x = optimizer.averagedParameters(p);
      for (int i = 0; i < 3; i++) {
        assertThat(x[0][i]).isEqualTo((p[0][i] - (1. - 0.9) * z[0][i]) / 0.9);
      }
    }
    assertThat(Contents.of(optimizer, p)).isEqualTo(before);
  }
}
