package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.SPECS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.adams;
import static io.github.keras4j.optimizers.keras3.FiveGroups.built;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.optimizers;
import static io.github.keras4j.optimizers.keras3.FiveGroups.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which tensor goes to which optimizer, and what is asked of those inside. */
class MultiOptimizerGroupsTest {
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

    assertThat(multi.optimizers().stream().map(inner -> inner.step.specs().tensor(0).name()))
        .containsExactly("dense/bias", "out/kernel", "dense/kernel", "a/dense/bias");
  }

  @Test
  void saysWhichTensorsEachUpdates() {
    MultiOptimizer multi = multi(optimizers());
    assertThat(multi.tensors(1)).isEmpty();
    multi.build(SPECS);
    int[][] groups = IntStream.range(0, 5).mapToObj(multi::tensors).toArray(int[][]::new);
    assertThat(groups).isDeepEqualTo(FiveGroups.GROUPS);
    multi.tensors(0)[0] = 7;
    assertThat(multi.tensors(0)).containsExactly(0);
    assertThatThrownBy(() -> multi.tensors(5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be the number of one of the 5 inside, from 0 to 4, got 5");
  }

  @Test
  void rejectsATensorThatTwoPatternsMatch() {
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
    assertThat(multi.optimizers().get(0).step.lengths()).containsExactly(1);
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
    Bits.assertSame(multi.getState(), other.getState());
  }

  @Test
  void needsNames() {
    assertThatThrownBy(() -> adams().applyGradients(new double[][] {{1.}}, new double[][] {{1.}}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "MultiOptimizer needs names and shapes: call build(TensorSpec...) before the first"
                + " step");
  }

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

  private static void assertNotHere(String call, Runnable rejected) {
    assertThatThrownBy(rejected::run)
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
  void rejectsToBuildThoseInsideByThemselves() {
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
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Adam makes steps in a MultiOptimizer, got one before build has given it tensors");
  }
}
