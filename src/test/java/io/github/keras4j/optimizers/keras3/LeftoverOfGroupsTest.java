package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.SPECS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the groups of a MultiOptimizer have accumulated, and their averages. */
class LeftoverOfGroupsTest {
  private static final int[] BIASES = {2, 4};
  private static final int[] OTHERS = {0, 1, 3};

  private static SGD biases() {
    return SGD.builder()
        .learningRate(0.1)
        .momentum(0.9)
        .clipnorm(0.5)
        .gradientAccumulationSteps(4)
        .build();
  }

  private static Adam others() {
    return Adam.builder()
        .learningRate(0.1)
        .weightDecay(0.1)
        .gradientAccumulationSteps(3)
        .useEma(true)
        .emaMomentum(0.5)
        .emaOverwriteFrequency(2)
        .build();
  }

  private static MultiOptimizer groups() {
    return built(MultiOptimizer.builder().add(".*/bias", biases()).otherwise(others()).build());
  }

  private static <O extends BaseOptimizer> O built(O optimizer, TensorSpec... specs) {
    optimizer.build(specs.length == 0 ? SPECS : specs);
    return optimizer;
  }

  private static TensorSpec[] specs(int... tensors) {
    TensorSpec[] specs = new TensorSpec[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      specs[i] = SPECS[tensors[i]];
    }
    return specs;
  }

  /** Gradients of tensor 0 never after a restore, of tensor 2 only now and then. */
  private static double[][] gradients(int call) {
    double[][] gradients = FiveGroups.random(100 + call);
    if (call >= 5) {
      gradients[0] = null;
    }
    if (call % 2 == 0) {
      gradients[2] = null;
    }
    return gradients;
  }

  private static Checkpoint throughAFile(MultiOptimizer groups, double[][] p) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, groups, p);
    return Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7, 12})
  void eachGroupUpdatesAsItWouldAlone(int calls) throws IOException {
    MultiOptimizer groups = groups();
    SGD biases = built(biases(), specs(BIASES));
    Adam others = built(others(), specs(OTHERS));
    double[][] p = FiveGroups.random(1);
    double[][] expected = FiveGroups.random(1);
    for (int call = 0; call < calls; call++) {
      groups.applyGradients(gradients(call), p);
      biases.applyGradients(
          FiveGroups.of(BIASES, gradients(call)), FiveGroups.of(BIASES, expected));
      others.applyGradients(
          FiveGroups.of(OTHERS, gradients(call)), FiveGroups.of(OTHERS, expected));
    }
    Checkpoint saved = throughAFile(groups, p);
    MultiOptimizer copied = (MultiOptimizer) groups.copy();
    double[][] copies = Bits.copy(p);

    groups.applyAccumulated(p);
    ((MultiOptimizer) saved.optimizer()).applyAccumulated(saved.parameters());
    copied.applyAccumulated(copies);
    biases.applyAccumulated(FiveGroups.of(BIASES, expected));
    others.applyAccumulated(FiveGroups.of(OTHERS, expected));

    Bits.assertSame("parameters", p, expected);
    assertThat(groups.getState().iterations()).isEqualTo(calls);
    assertThat(groups.optimizers().get(0).calls()).isEqualTo(biases.calls());
    assertThat(groups.optimizers().get(1).calls()).isEqualTo(others.calls());
    assertThat(biases.calls() % 4 + others.calls() % 3).isZero();
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(groups, p));
    assertThat(Contents.of(copied, copies)).isEqualTo(Contents.of(groups, p));

    groups.applyGradients(gradients(20), p);
    saved.optimizer().applyGradients(gradients(20), saved.parameters());
    biases.applyGradients(FiveGroups.of(BIASES, gradients(20)), FiveGroups.of(BIASES, expected));
    others.applyGradients(FiveGroups.of(OTHERS, gradients(20)), FiveGroups.of(OTHERS, expected));
    Bits.assertSame("parameters", p, expected);
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(groups, p));
  }

  private static MultiOptimizer clipping(int steps, double clip) {
    return built(
        MultiOptimizer.builder()
            .add(
                ".*/bias", SGD.builder().learningRate(0.5).gradientAccumulationSteps(steps).build())
            .otherwise(Adam.builder().gradientAccumulationSteps(steps).build())
            .globalClipnorm(clip)
            .build());
  }

  /** A mean of two is exact by a product with 0.5 or a quotient. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1000.})
  void allLeftoversShareOneNorm(double clip) throws IOException {
    MultiOptimizer leftover = clipping(5, clip);
    MultiOptimizer whole = clipping(2, clip);
    double[][] p = FiveGroups.random(1);
    double[][] expected = FiveGroups.random(1);
    for (int update = 0; update < 3; update++) {
      for (int call = 0; call < 2; call++) {
        leftover.applyGradients(FiveGroups.random(10 * update + call), p);
        whole.applyGradients(FiveGroups.random(10 * update + call), expected);
      }
      Checkpoint saved = throughAFile(leftover, p);
      leftover.applyAccumulated(p);
      ((MultiOptimizer) saved.optimizer()).applyAccumulated(saved.parameters());
      Bits.assertSame("parameters", p, expected);
      assertThat(Contents.of(saved)).isEqualTo(Contents.of(leftover, p));
    }
    assertThat(leftover.getState().iterations()).isEqualTo(6);
    assertThat(leftover.optimizers()).extracting(BaseOptimizer::calls).containsExactly(15L, 15L);
  }

  /** By the formula: SGD's step is the clipped mean. */
  @Test
  void theNormLeavesTensorsOutThatHadNoGradient() throws IOException {
    MultiOptimizer groups =
        built(
            MultiOptimizer.builder()
                .add("a", SGD.builder().learningRate(1.).gradientAccumulationSteps(4).build())
                .otherwise(SGD.builder().learningRate(1.).gradientAccumulationSteps(4).build())
                .globalClipnorm(2.)
                .build(),
            TensorSpec.of("a", 1),
            TensorSpec.of("b", 1),
            TensorSpec.of("c", 1));
    double[][] p = {{0.}, {0.}, {9.}};
    groups.applyGradients(new double[][] {{6.}, {2.}, null}, p);
    groups = (MultiOptimizer) throughAFile(groups, p).optimizer();
    groups.applyGradients(new double[][] {{0.}, {6.}, null}, p);

    groups.applyAccumulated(p);

    assertThat(p).isDeepEqualTo(new double[][] {{-3. * (2. / 5.)}, {-4. * (2. / 5.)}, {9.}});
  }

  @Test
  void aLeftoverOverwritesWithTheAverage() {
    SGD sgd =
        SGD.builder()
            .learningRate(1.)
            .gradientAccumulationSteps(4)
            .useEma(true)
            .emaMomentum(0.5)
            .emaOverwriteFrequency(2)
            .build();
    double[][] p = {{8.}};
    for (double gradient : new double[] {1., 1., 1., 1., 2.}) {
      sgd.applyGradients(new double[][] {{gradient}}, p);
    }
    assertThat(p[0]).containsExactly(7.);

    sgd.applyAccumulated(p);

    assertThat(p[0]).containsExactly(0.5 * 7. + 0.5 * (7. - 2.));
    assertThat(sgd.getState().slots().get("average")[0]).containsExactly(6.);
    assertThat(sgd.getIterations()).isEqualTo(2);
  }

  // ---- What is rejected -----------------------------------------------------------------------

  @Test
  void rejectsBeforeAnyGroupChanges() {
    MultiOptimizer groups = groups();
    MultiOptimizer untouched = groups();
    boolean[] throwing = {false};
    LearningRateSchedule rate = new Rate(throwing);
    groups.optimizers().get(1).setLearningRate(rate);
    untouched.optimizers().get(1).setLearningRate(rate);
    double[][] p = FiveGroups.random(1);
    double[][] expected = FiveGroups.random(1);
    FiveGroups.train(groups, p, 0, 5);
    FiveGroups.train(untouched, expected, 0, 5);
    Contents before = Contents.of(groups, p);

    assertThatThrownBy(() -> groups.applyAccumulated(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must be an array of tensors, got null");
    assertThatThrownBy(() -> groups.applyAccumulated(new double[4][2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must hold 5 tensors, as before, got 4");
    assertThatThrownBy(() -> groups.averagedParameters(new double[5][2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters[0] must have 12 elements, as before, got 2");
    throwing[0] = true;
    assertThatThrownBy(() -> groups.applyAccumulated(p))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no rate");
    throwing[0] = false;
    assertThat(Contents.of(groups, p)).isEqualTo(before);

    FiveGroups.train(groups, p, 5, 12);
    FiveGroups.train(untouched, expected, 5, 12);
    assertThat(Contents.of(groups, p)).isEqualTo(Contents.of(untouched, expected));
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

  @Test
  void returnsTheAveragesOfGroupsThatHaveAnyAndCopiesOfTheOthers() {
    MultiOptimizer groups =
        built(
            MultiOptimizer.builder()
                .add(".*/bias", new SGD())
                .add("out/kernel", new ScheduleFreeAdamW())
                .otherwise(Adam.builder().useEma(true).emaMomentum(0.5).build())
                .build());
    double[][] p = FiveGroups.random(1);
    Bits.assertSame("before the first step", groups.averagedParameters(p), p);
    FiveGroups.train(groups, p, 0, 4);
    Contents before = Contents.of(groups, p);

    double[][] averages = groups.averagedParameters(p);

    Map<String, double[][]> slots = groups.getState().slots();
    for (int tensor : new int[] {0, 1}) {
      assertThat(averages[tensor]).isEqualTo(slots.get("average")[tensor]).isNotEqualTo(p[tensor]);
    }
    for (int tensor : BIASES) {
      assertThat(averages[tensor]).isEqualTo(p[tensor]).isNotSameAs(p[tensor]);
    }
    double[] z = slots.get("momentum")[3];
    for (int i = 0; i < z.length; i++) {
      assertThat(averages[3][i]).isEqualTo((p[3][i] - (1. - 0.9) * z[i]) / 0.9);
    }
    List.of(averages).forEach(average -> average[0] = 7.);
    assertThat(Contents.of(groups, p)).isEqualTo(before);
  }

  @Test
  void rejectsToReturnAveragesThatNoGroupHas() {
    MultiOptimizer groups = FiveGroups.adams();
    groups.build(SPECS);

    assertThatThrownBy(() -> groups.averagedParameters(FiveGroups.random(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("averagedParameters needs use_ema or ScheduleFreeAdamW, got neither");
  }
}
