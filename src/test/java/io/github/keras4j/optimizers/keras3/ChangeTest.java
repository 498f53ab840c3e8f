package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a change means for averages, accumulations, rates and groups. */
class ChangeTest {
  private static final int[] LENGTHS = {4, 6};

  static Stream<Entry> optimizers() {
    return OptimizerTable.optimizers().filter(entry -> entry.isOf(Generation.KERAS_3));
  }

  private static BaseOptimizer trained(
      Entry entry, Map<String, ?> config, double[][] p, int steps) {
    BaseOptimizer optimizer = (BaseOptimizer) entry.optimizer(config, LENGTHS);
    for (int step = 0; step < steps; step++) {
      optimizer.applyGradients(Bits.normal(100 + step, LENGTHS), p);
    }
    return optimizer;
  }

  private static Checkpoint throughAFile(Optimizer optimizer, double[][] p) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, optimizer, p);
    return Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void anAddedAverageIsWhatTheNextStepLeaves(Entry entry) throws IOException {
    double[][] p = Bits.normal(1, LENGTHS);
    BaseOptimizer before = trained(entry, Map.of(), p, 3);

    BaseOptimizer averaging = (BaseOptimizer) before.copy(Map.of("use_ema", true));

    assertThat(List.of(averaging.getState().slots().get("average")))
        .allMatch(array -> array.length == 0);
    assertThatThrownBy(() -> averaging.finalizeVariableValues(p))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("finalizeVariableValues needs a step to average over, got none");
    Checkpoint saved = throughAFile(averaging, p);
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(averaging, p));
    Optimizer again = averaging.copy();
    double[][] copied = Bits.copy(p);
    for (int step = 0; step < 2; step++) {
      averaging.applyGradients(Bits.normal(50 + step, LENGTHS), p);
      if (step == 0) {
        Bits.assertSame("average", averaging.getState().slots().get("average"), p);
      }
      saved.optimizer().applyGradients(Bits.normal(50 + step, LENGTHS), saved.parameters());
      again.applyGradients(Bits.normal(50 + step, LENGTHS), copied);
    }
    assertThat(averaging.getState().slots().get("average")[0]).isNotEqualTo(p[0]);
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(averaging, p));
    assertThat(Contents.of(again, copied)).isEqualTo(Contents.of(averaging, p));
  }

  @Test
  void anAddedAverageBeginsEverywhereWithLazyRows() {
    SGD sgd = new SGD();
    double[][] p = {{1., 2., 3., 4.}};
    sgd.applyGradients(new double[][] {{1., 1., 1., 1.}}, p);
    Optimizer averaging = sgd.copy(Map.of("use_ema", true, "ema_momentum", 0.5));

    averaging.applyGradients(
        new Gradient[] {Gradient.lazyRows(new int[] {1}, new double[] {1., 1.})}, p);

    Bits.assertSame("average", averaging.getState().slots().get("average"), p);
    assertThat(p[0]).startsWith(0.99, 1.99);
  }

  @Test
  void anAddedAverageWaitsForAStepThatIsNotRejected() {
    SGD sgd = SGD.builder().momentum(0.5).build();
    double[][] p = {{1., 2.}};
    sgd.applyGradients(new double[][] {{1., 1.}}, p);
    Optimizer averaging = sgd.copy(Map.of("use_ema", true, "error_if_non_finite", true));
    Contents before = Contents.of(averaging, p);

    assertThatThrownBy(() -> averaging.applyGradients(new double[][] {{1., Double.NaN}}, p))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Contents.of(averaging, p)).isEqualTo(before);
    averaging.resize(new double[][] {p[0], {7.}});
    assertThat(List.of(averaging.getState().slots().get("average")))
        .allMatch(array -> array.length == 0);
    double[][] more = {p[0], {7.}};
    averaging.applyGradients(new double[][] {{1., 1.}, {1.}}, more);

    Bits.assertSame("average", averaging.getState().slots().get("average"), more);
  }

  @Test
  void rejectsAnAverageThatWaitsInPart() {
    SGD sgd = SGD.builder().momentum(0.5).build();
    sgd.applyGradients(Bits.normal(1, 2, 3), Bits.normal(2, 2, 3));
    Optimizer averaging = sgd.copy(Map.of("use_ema", true));
    OptimizerState state = averaging.getState();
    Map<String, double[][]> slots = new LinkedHashMap<>(state.slots());
    slots.put("average", new double[][] {{}, {1., 2., 3.}});
    Contents before = Contents.of(averaging);

    assertThatThrownBy(
            () ->
                averaging.setState(
                    new OptimizerState(
                        state.className(), state.config(), 1, slots, state.scalars())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("state must have 2 elements in slot average of tensor 0, got 0");
    assertThat(Contents.of(averaging)).isEqualTo(before);
  }

  @Test
  void keepsTheCountOfUpdatesWhereTheNumberOfCallsChanges() {
    LearningRateSchedule calls = step -> 1. / (step + 1);
    double[][] p = Bits.normal(1, LENGTHS);
    Adam adam = Adam.builder().gradientAccumulationSteps(2).build();
    adam.setLearningRate(calls);
    for (int step = 0; step < 6; step++) {
      adam.applyGradients(Bits.normal(100 + step, LENGTHS), p);
    }

    BaseOptimizer five = (BaseOptimizer) adam.copy(Map.of("gradient_accumulation_steps", 5));
    BaseOptimizer none =
        (BaseOptimizer) adam.copy(Collections.singletonMap("gradient_accumulation_steps", null));

    assertThat(five.getIterations()).isEqualTo(3);
    assertThat(five.getLearningRate()).isEqualTo(1. / 16.);
    assertThat(none.getIterations()).isEqualTo(3);
    assertThat(none.getLearningRate()).isEqualTo(1. / 4.);
    assertThat(none.getWeights()).hasSize(1 + 2 * LENGTHS.length); // no accumulators
  }

  @Test
  void rejectsAnotherNumberOfCallsInsideAnAccumulation() {
    double[][] p = Bits.normal(1, LENGTHS);
    Adam adam = Adam.builder().gradientAccumulationSteps(3).build();
    for (int step = 0; step < 4; step++) {
      adam.applyGradients(Bits.normal(100 + step, LENGTHS), p);
    }
    Contents before = Contents.of(adam, p);

    assertThatThrownBy(() -> adam.copy(Map.of("gradient_accumulation_steps", 2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a change of gradient_accumulation_steps must come between updates, got it after 1 of"
                + " the 3 calls of an accumulation");
    assertThat(Contents.of(adam, p)).isEqualTo(before);

    Optimizer same = adam.copy(Map.of("gradient_accumulation_steps", 3, "learning_rate", 0.5));
    assertThat(same.getState().slots().get("gradient_accumulator")[0])
        .isEqualTo(Bits.normal(103, LENGTHS)[0]);
  }

  @Test
  void rejectsANumberOfCallsThatCouldNotBeCounted() {
    Adam adam = new Adam();
    adam.build(TensorSpec.of("a", 2));
    List<double[]> weights = adam.getWeights();
    weights.get(0)[0] = 0x1p50;
    adam.setWeights(weights);
    Contents before = Contents.of(adam);

    assertThatThrownBy(() -> adam.copy(Map.of("gradient_accumulation_steps", 9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "gradient_accumulation_steps must be at most 8 after 1125899906842624 updates, got 9");
    assertThat(Contents.of(adam)).isEqualTo(before);
    assertThat(adam.copy(Map.of("gradient_accumulation_steps", 8)).getIterations())
        .isEqualTo(1L << 50);
  }

  @Test
  void takesAScheduleForANumberAndANumberForASchedule() {
    ExponentialDecay schedule =
        ExponentialDecay.builder().initialLearningRate(0.5).decaySteps(2).decayRate(0.25).build();
    SGD sgd = new SGD();
    sgd.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});

    BaseOptimizer scheduled = (BaseOptimizer) sgd.copy(Map.of("learning_rate", schedule));
    BaseOptimizer configured =
        (BaseOptimizer) sgd.copy(Map.of("learning_rate", LearningRateSchedule.serialize(schedule)));

    assertThat(scheduled.getLearningRate()).isEqualTo(0.25);
    assertThat(configured.getLearningRate()).isEqualTo(0.25);
    assertThat(scheduled.copy(Map.of("learning_rate", 0.125)).getLr()).isEqualTo(0.125);
    assertThat(scheduled.copy(Collections.singletonMap("learning_rate", null)).getLr())
        .isEqualTo(0.01);
  }

  @Test
  void muonsTensorsMayGoElsewhere() {
    TensorSpec[] specs = {TensorSpec.of("dense/kernel", 2, 3), TensorSpec.of("out/kernel", 2, 2)};
    Muon muon = Muon.builder().excludeLayers("out").build();
    muon.build(specs);
    muon.applyGradients(Bits.normal(1, 6, 4), Bits.normal(2, 6, 4));

    Map<String, double[][]> slots =
        muon.copy(Map.of("exclude_layers", List.of("dense"))).getState().slots();

    assertThat(slots.get("velocity")[0]).isEqualTo(new double[6]);
    assertThat(slots.get("velocity")[1]).isEmpty();
    assertThat(slots.get("momentum")[0])
        .isEqualTo(muon.getState().slots().get("momentum")[0])
        .doesNotContain(0.);
  }

  // ---- Groups ---------------------------------------------------------------------------------

  @Test
  void changesOneOfThoseInside() {
    double[][] p = FiveGroups.random(1);
    MultiOptimizer groups = FiveGroups.built();
    train(groups, p, 0, 5);
    Contents before = Contents.of(groups, p);

    MultiOptimizer changed = groups.copy(3, Map.of("learning_rate", 0.5, "use_ema", true));

    assertThat(Contents.of(groups, p)).isEqualTo(before);
    assertThat(changed.optimizers().get(3).getLearningRate()).isEqualTo(0.5);
    assertThat(groups.optimizers().get(3).getLearningRate()).isEqualTo(0.001);
    double[][] others = Bits.copy(p);
    train(groups, p, 5, 9);
    train(changed, others, 5, 9);
    Bits.assertSame("parameters", others, p);
  }

  @Test
  void changesTheWholeAlone() {
    double[][] p = FiveGroups.random(1);
    MultiOptimizer groups = FiveGroups.built();
    train(groups, p, 0, 5);

    Optimizer scaled = groups.copy(Map.of("loss_scale_factor", 4., "name", "mine"));
    assertThat(scaled.getConfig())
        .containsEntry("loss_scale_factor", 4.)
        .containsEntry("name", "mine");
    double[][] others = Bits.copy(p);
    double[][] gradients = FiveGroups.random(7);
    groups.applyGradients(gradients, p);
    for (double[] gradient : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= 4.;
      }
    }
    scaled.applyGradients(gradients, others);

    Bits.assertSame("parameters", others, p);
    Map<String, Object> none = new HashMap<>();
    none.put("loss_scale_factor", null);
    none.put("name", null);
    assertThat(scaled.copy(none).getConfig()).isEqualTo(groups.getConfig());
  }

  @Test
  void rejectsWhatIsNotOfTheGroup() {
    MultiOptimizer groups = FiveGroups.built();
    double[][] p = FiveGroups.random(1);
    train(groups, p, 0, 2);
    Contents before = Contents.of(groups, p);

    assertThatThrownBy(() -> groups.copy(5, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be the number of one of the 5 inside, from 0 to 4, got 5");
    assertThatThrownBy(() -> groups.copy(-1, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be the number of one of the 5 inside, from 0 to 4, got -1");
    assertThatThrownBy(() -> groups.copy(1, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("changes must be a map from hyperparameter names to values, got null");
    assertThatThrownBy(() -> groups.copy(1, Map.of("momentum", 0.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown hyperparameter \"momentum\" for Adam, known are");
    assertThatThrownBy(() -> groups.copy(Map.of("optimizer_map", Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "changes must be without optimizer_map, got it; copy(int, Map) changes one inside");
    assertThatThrownBy(() -> groups.copy(0, Map.of("gradient_accumulation_steps", 2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("a change of gradient_accumulation_steps must come between");
    assertThat(Contents.of(groups, p)).isEqualTo(before);
  }

  @Test
  void keepsHowManyThreadsAStepMayUse() {
    MultiOptimizer groups = FiveGroups.built();
    groups.setParallelism(3);
    assertThat(((MultiOptimizer) groups.copy()).step.parallelism()).isEqualTo(3);
  }
}
