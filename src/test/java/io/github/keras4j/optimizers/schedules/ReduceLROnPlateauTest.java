package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.support.KerasJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keras's own callback, bit for bit, and what it has not: a state, and what is rejected. */
class ReduceLROnPlateauTest {
  private static final Golden GOLDEN =
      KerasJson.read("/keras3/reduce_lr_on_plateau.json", Golden.class);

  record Golden(String source, Map<String, double[]> values, List<Case> cases) {}

  /** After each epoch: the learning rates, best, wait and cooldown_counter. */
  record Case(
      Map<String, Object> arguments,
      @JsonProperty("learning_rates") double[] learningRates,
      String values,
      double[][] expected) {
    double[] valuesOfEpochs() {
      return GOLDEN.values().get(values);
    }

    ReduceLROnPlateau plateau() {
      ReduceLROnPlateau.Builder builder = ReduceLROnPlateau.builder();
      arguments.forEach(
          (name, value) -> {
            switch (name) {
              case "factor" -> builder.factor((Double) value);
              case "patience" -> builder.patience((Integer) value);
              case "mode" -> builder.mode((String) value);
              case "min_delta" -> builder.minDelta((Double) value);
              case "cooldown" -> builder.cooldown((Integer) value);
              case "min_lr" -> builder.minLr((Double) value);
              default -> throw new AssertionError(name);
            }
          });
      return builder.build();
    }

    Optimizer optimizer() {
      return learningRates.length == 1
          ? io.github.keras4j.optimizers.keras3.SGD.builder().learningRate(learningRates[0]).build()
          : groups(
              Arrays.stream(learningRates)
                  .<BaseOptimizer>mapToObj(rate -> Adam.builder().learningRate(rate).build())
                  .toArray(BaseOptimizer[]::new));
    }

    @Override
    public String toString() {
      return arguments + " over " + values + " from " + Arrays.toString(learningRates);
    }
  }

  static Stream<Case> cases() {
    return GOLDEN.cases().stream();
  }

  private static MultiOptimizer groups(BaseOptimizer... optimizers) {
    MultiOptimizer.Builder builder = MultiOptimizer.builder();
    for (int i = 0; i < optimizers.length - 1; i++) {
      builder.add("tensor" + i, optimizers[i]);
    }
    MultiOptimizer groups = builder.otherwise(optimizers[optimizers.length - 1]).build();
    groups.build(TensorSpec.of("tensor0", 1), TensorSpec.of("other", 2));
    return groups;
  }

  private static double[] rates(Optimizer optimizer) {
    return optimizer instanceof MultiOptimizer groups
        ? groups.optimizers().stream().mapToDouble(BaseOptimizer::getLearningRate).toArray()
        : new double[] {optimizer.getLr()};
  }

  /** As the golden data have it. */
  private static double[] moment(Optimizer optimizer, ReduceLROnPlateau plateau) {
    Map<String, Double> state = plateau.getState();
    double[] rates = rates(optimizer);
    double[] moment = Arrays.copyOf(rates, rates.length + 3);
    moment[rates.length] = state.get("best");
    moment[rates.length + 1] = state.get("wait");
    moment[rates.length + 2] = state.get("cooldown_counter");
    return moment;
  }

  // ---- Numbers --------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("cases")
  void repeatsKeras(Case golden) {
    assertRepeats(golden, golden.optimizer());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void repeatsKerasOverAnOptimizerOfKeras2(Case golden) {
    if (golden.learningRates().length == 1) {
      assertRepeats(golden, SGD.builder().lr(golden.learningRates()[0]).decay(0.1).build());
    }
  }

  private static void assertRepeats(Case golden, Optimizer optimizer) {
    ReduceLROnPlateau plateau = golden.plateau();
    double[] before = golden.learningRates();
    for (int epoch = 0; epoch < golden.expected().length; epoch++) {
      boolean lowered = plateau.update(optimizer, golden.valuesOfEpochs()[epoch]);

      assertThat(moment(optimizer, plateau)).as("%d", epoch).isEqualTo(golden.expected()[epoch]);
      double[] rates = rates(optimizer);
      assertThat(lowered).as("%d", epoch).isEqualTo(!Arrays.equals(rates, before));
      before = rates;
    }
  }

  @Test
  void theGoldenDataLowerAndStayAtTheMinimumAndCoolDown() {
    long lowered = 0;
    long cooling = 0;
    long atTheMinimum = 0;
    for (Case golden : GOLDEN.cases()) {
      for (int epoch = 1; epoch < golden.expected().length; epoch++) {
        double[] before = golden.expected()[epoch - 1];
        double[] after = golden.expected()[epoch];
        lowered += after[0] < before[0] ? 1 : 0;
        cooling += after[after.length - 1] > 1. ? 1 : 0;
        atTheMinimum += after[after.length - 2] > 10. ? 1 : 0; // wait counts on
      }
    }
    assertThat(lowered).isGreaterThan(500);
    assertThat(cooling).isGreaterThan(100);
    assertThat(atTheMinimum).isGreaterThan(500);
  }

  @Test
  void aFirstNanLeavesBestUnset() {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().patience(3).build();
    Optimizer optimizer = SGD.builder().lr(0.5).build();

    assertThat(plateau.update(optimizer, Double.NaN)).isFalse();
    assertThat(plateau.getState()).isEqualTo(Map.of("wait", 1., "cooldown_counter", 0.));
    assertThat(plateau.update(optimizer, 7.)).isFalse();
    assertThat(plateau.getState())
        .isEqualTo(Map.of("best", 7., "wait", 0., "cooldown_counter", 0.));
  }

  @Test
  void onlyNanLowersTheRateToo() {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().patience(2).build();
    Optimizer optimizer = SGD.builder().lr(0.5).build();

    assertThat(plateau.update(optimizer, Double.NaN)).isFalse();
    assertThat(plateau.update(optimizer, Double.NaN)).isTrue();
    assertThat(optimizer.getLr()).isEqualTo(0.05);
  }

  @Test
  void changesOnlyTheLearningRateOfTheStepsThatFollow() {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().factor(0.5).patience(1).build();
    Optimizer adam = Adam.builder().learningRate(0.5).build();
    Optimizer other = Adam.builder().learningRate(0.5).build();
    double[][] parameters = {{1., 2.}};
    double[][] others = {{1., 2.}};
    for (int step = 0; step < 6; step++) {
      plateau.update(adam, 1.);
      other.setLr(step == 0 ? 0.5 : 0.5 * Math.scalb(1., -step));
      adam.applyGradients(new double[][] {{0.1, -0.2}}, parameters);
      other.applyGradients(new double[][] {{0.1, -0.2}}, others);
    }

    assertThat(parameters).isEqualTo(others);
    assertThat(adam.getState()).isEqualTo(other.getState());
  }

  // ---- State ----------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("cases")
  void goesOnAlikeAfterAResume(Case golden, @TempDir Path folder) throws IOException {
    Path path = folder.resolve("resume.npz");
    int[] moments = {0, 7, 23, 41};
    Optimizer optimizer = golden.optimizer();
    ReduceLROnPlateau plateau = golden.plateau();
    double[][] parameters = {{0.5}, {1., -1.}};
    for (int epoch = 0; epoch < golden.expected().length; epoch++) {
      if (Arrays.binarySearch(moments, epoch) >= 0) {
        Checkpoint.save(path, optimizer, parameters);
        Map<String, Double> state = plateau.getState();
        Checkpoint loaded = Checkpoint.load(path);
        optimizer = loaded.optimizer();
        parameters = loaded.parameters();
        plateau = golden.plateau();
        plateau.setState(state);
        assertThat(plateau.getState()).isEqualTo(state);
      }
      plateau.update(optimizer, golden.valuesOfEpochs()[epoch]);
      optimizer.applyGradients(new double[][] {{0.1}, {0.2, 0.3}}, parameters);

      assertThat(moment(optimizer, plateau)).as("%d", epoch).isEqualTo(golden.expected()[epoch]);
    }
  }

  @Test
  void itsStateTakesCountsFrom0To2Power53() {
    Map<String, Double> state = Map.of("wait", 0x1p53, "cooldown_counter", 0.);
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().build();

    plateau.setState(state);

    assertThat(plateau.getState()).isEqualTo(state);
  }

  @Test
  void itsStateIsACopy() {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().build();
    Map<String, Double> given = new LinkedHashMap<>(Map.of("wait", 2., "cooldown_counter", 1.));

    plateau.setState(given);
    given.put("wait", 5.);
    plateau.getState().put("wait", 6.);

    assertThat(plateau.getState()).isEqualTo(Map.of("wait", 2., "cooldown_counter", 1.));
    assertThat(plateau)
        .hasToString(
            "ReduceLROnPlateau{factor=0.1, patience=10, mode=min, min_delta=1.0E-4, cooldown=0,"
                + " min_lr=0.0}");
  }

  // ---- What is rejected -----------------------------------------------------------------------

  static Stream<Arguments> scheduled() {
    LearningRateSchedule schedule =
        CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build();
    return Stream.of(
        arguments(Adam.builder().learningRate(schedule).build(), schedule),
        arguments(
            groups(
                Adam.builder().learningRate(0.5).build(),
                Adam.builder().learningRate(schedule).build()),
            schedule));
  }

  @ParameterizedTest
  @MethodSource("scheduled")
  void rejectsAScheduleInEveryUpdateBeforeAnythingChanges(
      Optimizer optimizer, LearningRateSchedule schedule) {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().patience(2).cooldown(2).build();
    OptimizerState before = optimizer.getState();
    for (double wait : new double[] {0., 1., 5.}) {
      Map<String, Double> state = Map.of("best", 0.5, "wait", wait, "cooldown_counter", 0.);
      plateau.setState(state);

      assertThatThrownBy(() -> plateau.update(optimizer, 1.))
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessage("learning_rate must be a number to be changed, got the schedule " + schedule);
      assertThat(plateau.getState()).isEqualTo(state);
      assertThat(optimizer.getState()).isEqualTo(before);
    }
  }

  @Test
  void anUpdateWithinACallOfTheOptimizerIsRejectedAndChangesNothing() {
    Optimizer optimizer = SGD.builder().lr(0.5).build();
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().patience(1).build();
    plateau.update(optimizer, 1.);
    Map<String, Double> state = plateau.getState();

    assertThatThrownBy(
            () ->
                optimizer.minimize(
                    (p, g) -> plateau.update(optimizer, 2.) ? 0. : 1., new double[][] {{1.}}))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining("optimizer must serve one call at a time");
    assertThat(plateau.getState()).isEqualTo(state);
    assertThat(optimizer.getLr()).isEqualTo(0.5);
  }

  static Stream<Arguments> badInput() {
    ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().build();
    return Stream.of(
        builder("factor must be above 0 and below 1, got 1.0", b -> b.factor(1.)),
        builder("factor must be above 0 and below 1, got 0.0", b -> b.factor(0.)),
        builder("factor must be above 0 and below 1, got NaN", b -> b.factor(Double.NaN)),
        builder("patience must be an integer from 0 to 2147483647, got -1", b -> b.patience(-1)),
        builder("cooldown must be an integer from 0 to 2147483647, got -2", b -> b.cooldown(-2)),
        builder("mode must be min or max, got \"auto\"", b -> b.mode("auto")),
        builder("mode must be min or max, got \"MIN\"", b -> b.mode("MIN")),
        builder("mode must be a string, got null", b -> b.mode(null)),
        builder("min_delta must be a finite number >= 0, got -1.0E-4", b -> b.minDelta(-1e-4)),
        builder(
            "min_lr must be a finite number >= 0, got Infinity",
            b -> b.minLr(Double.POSITIVE_INFINITY)),
        row("optimizer must be an optimizer, got null", () -> plateau.update(null, 1.)),
        row("state must be a map from names to numbers, got null", () -> plateau.setState(null)),
        state("wait must be a whole number from 0 to 2^53, got null", "wait", null),
        state("wait must be a whole number from 0 to 2^53, got 0.5", "wait", 0.5),
        state("wait must be a whole number from 0 to 2^53, got NaN", "wait", Double.NaN),
        state(
            "cooldown_counter must be a whole number from 0 to 2^53, got -1.0",
            "cooldown_counter",
            -1.),
        state(
            "cooldown_counter must be a whole number from 0 to 2^53, got 9.007199254740994E15",
            "cooldown_counter",
            0x1p53 + 2.),
        state("best must be a number or absent, got NaN", "best", Double.NaN),
        state("best must be a number or absent, got null", "best", null),
        state(
            "state must have no names but best, wait, cooldown_counter, got \"patience\"",
            "patience",
            1.),
        row(
            "wait must be a whole number from 0 to 2^53, got null",
            () -> plateau.setState(Collections.emptyMap())));
  }

  @ParameterizedTest
  @MethodSource("badInput")
  void isRejectedByName(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static Arguments row(String message, ThrowingCallable call) {
    return arguments(message, call);
  }

  private static Arguments builder(
      String message, java.util.function.UnaryOperator<ReduceLROnPlateau.Builder> set) {
    return row(message, () -> set.apply(ReduceLROnPlateau.builder()).build());
  }

  /** A state with one value in the place of a good one, which leaves the one before. */
  private static Arguments state(String message, String name, Double value) {
    Map<String, Double> state =
        new LinkedHashMap<>(Map.of("best", 1., "wait", 2., "cooldown_counter", 3.));
    state.put(name, value);
    return row(
        message,
        () -> {
          ReduceLROnPlateau plateau = ReduceLROnPlateau.builder().build();
          Map<String, Double> before = plateau.getState();
          try {
            plateau.setState(state);
          } finally {
            assertThat(plateau.getState()).isEqualTo(before);
          }
        });
  }

  // ---- The method of an optimizer that it stands on -------------------------------------------

  @Test
  void aChangeOfTheRateThatIsRejectedInOneGroupChangesNone() {
    MultiOptimizer groups =
        groups(Adam.builder().learningRate(0.5).build(), Adam.builder().learningRate(0.25).build());
    OptimizerState before = groups.getState();

    assertThatThrownBy(() -> groups.changeLr(rate -> rate - 0.3))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("learning_rate must be a finite number >= 0, got -0.04999");
    assertThatThrownBy(() -> groups.changeLr(null))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("change must be a function, got null");
    assertThat(groups.getState()).isEqualTo(before);
    groups.changeLr(rate -> rate - 0.1);
    assertThat(rates(groups)).containsExactly(0.4, 0.15);
  }

  @Test
  void aChangeOfTheRateOfKeras2IsCheckedToo() {
    Optimizer optimizer = SGD.builder().lr(0.5).build();

    assertThatThrownBy(() -> optimizer.changeLr(rate -> Double.NaN))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("lr must be a finite number >= 0, got NaN");
    assertThat(optimizer.getLr()).isEqualTo(0.5);
    optimizer.changeLr(rate -> rate / 2.);
    assertThat(optimizer.getConfig()).containsEntry("lr", 0.25);
  }
}
