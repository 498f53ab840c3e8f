package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.SPECS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What names and groups mean for a resize; what holds for all is in the contract. */
class ResizeTest {
  private static final int BETWEEN_UPDATES = 12; // of a group that accumulates

  private static double[][] random(long seed, TensorSpec... specs) {
    return Bits.normal(seed, Arrays.stream(specs).mapToInt(TensorSpec::length).toArray());
  }

  private static MultiOptimizer trained(double[][] parameters) {
    MultiOptimizer groups = FiveGroups.built();
    for (int step = 0; step < BETWEEN_UPDATES; step++) {
      groups.applyGradients(FiveGroups.random(100 + step), parameters);
    }
    return groups;
  }

  private static Optimizer throughAFile(Optimizer optimizer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, optimizer, new double[0][]);
    return Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray())).optimizer();
  }

  private static List<Long> counts(MultiOptimizer groups) {
    return groups.optimizers().stream().map(BaseOptimizer::calls).toList();
  }

  @Test
  void aGroupThatLosesItsTensorsKeepsItsCountAndGoesOnWithOthers() throws IOException {
    MultiOptimizer groups = trained(FiveGroups.random(1));
    TensorSpec[] fewer = {SPECS[1], SPECS[2]}; // without embedding and out
    double[][] parameters = random(2, fewer);

    groups.resize(parameters, fewer);
    assertThat(counts(groups)).containsExactly(12L, 12L, 12L, 0L, 12L);
    MultiOptimizer restored = (MultiOptimizer) throughAFile(groups);
    Bits.assertSame(restored.getState(), groups.getState());
    MultiOptimizer copied = (MultiOptimizer) groups.copy();

    TensorSpec[] more = {
      TensorSpec.of("out/kernel", 3, 5), SPECS[1], TensorSpec.of("nothing", 4), SPECS[0]
    };
    OptimizerState resized = null;
    for (MultiOptimizer each : List.of(groups, restored, copied)) {
      double[][] p = random(3, more);
      each.resize(p, more);
      resized = resized == null ? each.getState() : resized;
      Bits.assertSame(each.getState(), resized);
      for (int step = 0; step < 4; step++) {
        each.applyGradients(random(50 + step, more), p);
      }
      assertThat(counts(each)).containsExactly(16L, 12L, 16L, 4L, 16L);
      parameters = parameters.length == 2 ? p : parameters;
      Bits.assertSame("parameters", p, parameters);
      Bits.assertSame(each.getState(), groups.getState());
    }
  }

  @Test
  void exclusionsByNumberFollowTheirTensorsAndPatternsAreAskedAgain() {
    AdamW adam = AdamW.builder().learningRate(0.1).weightDecay(0.5).build();
    TensorSpec[] specs = {
      TensorSpec.of("a/kernel", 2), TensorSpec.of("b/kernel", 2), TensorSpec.of("c/kernel", 2)
    };
    adam.build(specs);
    adam.excludeFromWeightDecay(0, 2);
    adam.excludeFromWeightDecay("bias");
    adam.applyGradients(random(5, specs), random(6, specs));

    TensorSpec[] others = {TensorSpec.of("d/bias", 2), specs[1], specs[2], TensorSpec.of("e", 1)};
    adam.resize(random(7, others), others);

    assertThat(told(adam).get("exclude_names")).isEqualTo(List.of("bias"));
    assertThat(told(adam).get("exclude_numbers")).isEqualTo(List.of(2L));
    double[][] parameters = {{1., 1.}, {1., 1.}, {1., 1.}, {1.}};
    double[][] decayless = Bits.copy(parameters);
    Adam plain = Adam.builder().learningRate(0.1).build();
    plain.build(others);
    plain.setWeights(adam.getWeights());
    adam.applyGradients(random(8, others), parameters);
    plain.applyGradients(random(8, others), decayless);
    assertThat(parameters[0]).isEqualTo(decayless[0]);
    assertThat(parameters[1]).isNotEqualTo(decayless[1]);
    assertThat(parameters[2]).isEqualTo(decayless[2]);
    assertThat(parameters[3]).isNotEqualTo(decayless[3]);
  }

  @Test
  void exclusionsByNumberGoWithTheirTensors() {
    AdamW adam = new AdamW();
    adam.excludeFromWeightDecay(0, 2);
    adam.applyGradients(Bits.normal(1, 2, 2, 2), Bits.normal(2, 2, 2, 2));

    adam.resize(Bits.normal(3, 2, 2));

    assertThat(told(adam)).isEqualTo(Map.of("exclude_numbers", List.of(0L)));
  }

  private static Map<?, ?> told(Optimizer optimizer) {
    return (Map<?, ?>) optimizer.getState().config().get("build_config");
  }

  @Test
  void muonsTensorsStayWhereTheyGo() {
    Muon muon = new Muon();
    TensorSpec[] specs = {TensorSpec.of("dense/kernel", 2, 3), TensorSpec.of("embedding", 4, 2)};
    muon.build(specs);
    double[][] parameters = random(1, specs);
    muon.applyGradients(random(2, specs), parameters);

    TensorSpec[] others = {TensorSpec.of("dense/kernel", 5, 3), TensorSpec.of("embedding", 6, 2)};
    muon.resize(random(3, others), others);

    double[][] velocities = muon.getState().slots().get("velocity");
    assertThat(velocities[0]).isEmpty();
    assertThat(velocities[1]).hasSize(12);
    assertThat(Arrays.copyOfRange(velocities[1], 8, 12)).containsOnly(0.);
    assertThat(velocities[1][0]).isPositive();
  }

  @Test
  void adafactorKeepsItsColumnsAndTheFirstOfItsRows() {
    Adafactor adafactor = new Adafactor();
    TensorSpec[] specs = {TensorSpec.of("table", 3, 2)};
    adafactor.build(specs);
    adafactor.applyGradients(random(2, specs), random(1, specs));
    Map<String, double[][]> before = adafactor.getState().slots();

    TensorSpec[] others = {TensorSpec.of("table", 5, 2)};
    adafactor.resize(random(3, others), others);

    Map<String, double[][]> slots = adafactor.getState().slots();
    assertThat(slots.get("c")[0]).isEqualTo(before.get("c")[0]).doesNotContain(0.);
    assertThat(slots.get("r")[0]).startsWith(before.get("r")[0]).hasSize(5).endsWith(0., 0.);
  }

  /** Rows that were there as in a training without a resize, new ones as at a first touch. */
  @Test
  void lazyRowsGoOnInATableThatHasGrown() {
    TensorSpec[] longer = {TensorSpec.of("table", 6, 2)};
    for (BaseOptimizer optimizer :
        List.of(
            SGD.builder().momentum(0.9).build(),
            Adagrad.builder().build(),
            Adam.builder().weightDecay(0.1).build(),
            Lion.builder().build())) {
      optimizer.build(TensorSpec.of("table", 4, 2));
      double[][] before = Bits.normal(1, 8);
      for (int step = 0; step < 3; step++) {
        optimizer.applyGradients(lazy(new int[] {step, 3}), before);
      }
      BaseOptimizer untouched = (BaseOptimizer) optimizer.copy();
      double[][] p = {Arrays.copyOf(before[0], 12)};
      double[][] others = Bits.copy(before);
      optimizer.resize(p, longer);
      double[][] grown = Bits.copy(p);
      BaseOptimizer dense = (BaseOptimizer) optimizer.copy();

      optimizer.applyGradients(lazy(new int[] {1, 5}), p);
      untouched.applyGradients(lazy(new int[] {1}), others);

      String name = optimizer.toString();
      assertThat(Arrays.copyOf(p[0], 8)).as(name).isEqualTo(others[0]);
      assertThat(Arrays.copyOfRange(p[0], 8, 10)).as(name).containsOnly(0.);
      double[][] gradient = {new double[12]};
      System.arraycopy(lazy(new int[] {1, 5})[0].values(), 2, gradient[0], 10, 2);
      dense.applyGradients(gradient, grown);
      assertThat(Arrays.copyOfRange(p[0], 10, 12))
          .as(name)
          .isEqualTo(Arrays.copyOfRange(grown[0], 10, 12));
      assertThatThrownBy(() -> untouched.applyGradients(lazy(new int[] {5}), others))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be one of the 4 rows of parameters[0], from 0, got 5");
    }
  }

  private static Gradient[] lazy(int... rows) {
    return new Gradient[] {Gradient.lazyRows(rows, Bits.normal(9, 2 * rows.length)[0])};
  }

  @Test
  void rejectsItInside() {
    double[][] parameters = FiveGroups.random(1);
    MultiOptimizer groups = trained(parameters);
    BaseOptimizer inner = groups.optimizers().get(1);
    String message = "resize must be called on the MultiOptimizer that this optimizer is in";

    assertThatThrownBy(() -> inner.resize(new double[][] {{1.}}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> inner.resize(new double[][] {{1.}}, TensorSpec.of("a", 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
    train(groups, parameters, 0, 1);
    assertThatThrownBy(() -> groups.resize(parameters, SPECS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "resize must come between updates, got it after 1 of the 3 calls of an accumulation");
  }
}
