package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.SPECS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One norm over all groups, and gradients that are looked at in all of them. */
class GroupsAsOneTest {
  private static MultiOptimizer.Builder twoGroups(int steps) {
    return MultiOptimizer.builder()
        .add(".*/bias", adam(steps).build())
        .otherwise(adam(steps).build());
  }

  private static Adam.Builder adam(int steps) {
    return Adam.builder().learningRate(0.1).gradientAccumulationSteps(steps);
  }

  private static MultiOptimizer told(MultiOptimizer groups) {
    groups.build(SPECS);
    return groups;
  }

  private static MultiOptimizer clipping(int steps, double clip) {
    return told(twoGroups(steps).globalClipnorm(clip).build());
  }

  /** Adam goes tensor by tensor, so that the norm is all that groups could change. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void clipsAsOneOptimizerWithTheNormOfAll(int steps) {
    for (double clip : new double[] {0.5, 4., 1000.}) {
      MultiOptimizer groups = clipping(steps, clip);
      Adam one = adam(steps).globalClipnorm(clip).build();
      one.build(SPECS);
      double[][] p = FiveGroups.random(1);
      double[][] expected = FiveGroups.random(1);
      for (int step = 0; step < 9; step++) {
        groups.applyGradients(FiveGroups.random(100 + step), p);
        one.applyGradients(FiveGroups.random(100 + step), expected);
        Bits.assertWithin(4, "parameters", p, expected);
      }
      if (clip == 0.5) {
        MultiOptimizer free = told(twoGroups(steps).build());
        double[][] others = FiveGroups.random(1);
        for (int step = 0; step < 9; step++) {
          free.applyGradients(FiveGroups.random(100 + step), others);
        }
        assertThat(others[0]).isNotEqualTo(p[0]);
      }
    }
  }

  @Test
  void takesTheNormAfterTheLossScale() {
    MultiOptimizer scaled = told(twoGroups(0).globalClipnorm(0.5).lossScaleFactor(4.).build());
    MultiOptimizer plain = clipping(0, 0.5);
    double[][] p = FiveGroups.random(1);
    double[][] expected = FiveGroups.random(1);
    double[][] gradients = FiveGroups.random(2);
    plain.applyGradients(gradients, expected);
    for (double[] gradient : gradients) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= 4.;
      }
    }

    scaled.applyGradients(gradients, p);

    Bits.assertSame("parameters", p, expected);
  }

  /** By the formula: SGD's step is the clipped gradient. */
  @Test
  void takesTheNormOfTheGroupsThatUpdate() {
    MultiOptimizer groups =
        MultiOptimizer.builder()
            .add("a", SGD.builder().learningRate(1.).build())
            .otherwise(SGD.builder().learningRate(1.).build())
            .globalClipnorm(2.)
            .build();
    groups.build(TensorSpec.of("a", 1), TensorSpec.of("b", 1), TensorSpec.of("c", 1));
    double[][] p = {{0.}, {0.}, {0.}};

    groups.applyGradients(new double[][] {{3.}, {4.}, null}, p);
    assertThat(p).isDeepEqualTo(new double[][] {{-3. * (2. * (1. / 5.))}, {-4. * (2. / 5.)}, {0.}});
    groups.applyGradients(new double[][] {{3.}, null, null}, p);

    assertThat(p[0][0]).isEqualTo(-3. * (2. * (1. / 5.)) - 3. * (2. * (1. / 3.)));
  }

  @Test
  void clipsRowsToo() {
    MultiOptimizer byRows = clipping(0, 0.5);
    MultiOptimizer dense = clipping(0, 0.5);
    double[][] p = FiveGroups.random(1);
    double[][] expected = FiveGroups.random(1);
    for (int step = 0; step < 3; step++) {
      double[][] gradients = FiveGroups.random(10 + step);
      Gradient[] given = Stream.of(gradients).map(Gradient::dense).toArray(Gradient[]::new);
      double[] table = new double[12];
      table[3] = 1.;
      table[4] = 2.;
      gradients[0] = table;
      given[0] = Gradient.rows(new int[] {1}, new double[] {1., 2., 0.});
      byRows.applyGradients(given, p);
      dense.applyGradients(gradients, expected);
    }

    Bits.assertSame("parameters", p, expected);
    Bits.assertSame(byRows.getState(), dense.getState());
  }

  @Test
  void keepsBothInCopyStateAndCheckpoint() throws IOException {
    MultiOptimizer groups = told(twoGroups(3).globalClipnorm(0.5).errorIfNonFinite(true).build());
    double[][] p = FiveGroups.random(1);
    groups.applyGradients(FiveGroups.random(2), p);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, groups, p);
    Checkpoint saved = Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray()));
    MultiOptimizer copy = (MultiOptimizer) groups.copy();
    double[][] copied = Bits.copy(p);

    assertThat(groups.getConfig())
        .containsOnlyKeys(
            "optimizer_map", "loss_scale_factor", "name", "global_clipnorm", "error_if_non_finite");
    for (int step = 3; step < 8; step++) {
      groups.applyGradients(FiveGroups.random(step), p);
      copy.applyGradients(FiveGroups.random(step), copied);
      saved.optimizer().applyGradients(FiveGroups.random(step), saved.parameters());
    }
    assertThat(Contents.of(saved)).isEqualTo(Contents.of(groups, p));
    assertThat(Contents.of(copy, copied)).isEqualTo(Contents.of(groups, p));
    assertThat(Optimizers.deserialize(Optimizers.serialize(groups)).getConfig())
        .isEqualTo(groups.getConfig());
    assertThat(twoGroups(0).build().getConfig())
        .containsOnlyKeys("optimizer_map", "loss_scale_factor", "name");
  }

  @Test
  void copiesWithAnotherNorm() {
    MultiOptimizer groups = clipping(0, 0.5);
    double[][] p = FiveGroups.random(1);
    groups.applyGradients(FiveGroups.random(2), p);

    assertThat(groups.copy(Map.of("global_clipnorm", 2.)).getConfig())
        .containsEntry("global_clipnorm", 2.);
    assertThat(groups.copy(Collections.singletonMap("global_clipnorm", null)).getConfig())
        .containsOnlyKeys("optimizer_map", "loss_scale_factor", "name");
    Contents before = Contents.of(groups, p);
    assertThatThrownBy(() -> groups.copy(0, Map.of("clipvalue", 1.)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(clips(0));
    assertThatThrownBy(() -> groups.copy(1, Map.of("gradient_accumulation_steps", 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "optimizers[1] must accumulate over as many calls as optimizers[0], 1, with"
                + " global_clipnorm of the whole, got 2");
    assertThat(Contents.of(groups, p)).isEqualTo(before);
  }

  private static String clips(int number) {
    return "optimizers["
        + number
        + "] must be without clipnorm, global_clipnorm and clipvalue, since global_clipnorm of the"
        + " whole clips, got one that clips";
  }

  @Test
  void rejectsGroupsThatClip() {
    for (Adam clips :
        new Adam[] {
          Adam.builder().clipnorm(1.).build(),
          Adam.builder().clipvalue(1.).build(),
          Adam.builder().globalClipnorm(1.).build()
        }) {
      MultiOptimizer.Builder builder =
          MultiOptimizer.builder().add("a", new Adam()).otherwise(clips).globalClipnorm(1.);
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(clips(1));
      assertThat(clips.step.guard.isPart()).isFalse();
    }
    assertThatThrownBy(() -> twoGroups(0).globalClipnorm(-1.).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("global_clipnorm must be a finite number >= 0 or null, got -1.0");
  }

  @Test
  void rejectsGradientsOfAnyGroupThatAreNotFinite() {
    MultiOptimizer groups = told(twoGroups(0).errorIfNonFinite(true).build());
    double[][] p = FiveGroups.random(1);
    groups.applyGradients(FiveGroups.random(2), p);
    Contents before = Contents.of(groups, p);

    for (int tensor = 0; tensor < SPECS.length; tensor++) {
      double[][] gradients = FiveGroups.random(3);
      gradients[tensor][1] = Double.NEGATIVE_INFINITY;
      String message = "gradients[" + tensor + "][1] must be finite, got -Infinity";
      assertThatThrownBy(() -> groups.applyGradients(gradients, p))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message);
      assertThat(Contents.of(groups, p)).isEqualTo(before);
    }
    Gradient[] rows = Stream.of(FiveGroups.random(3)).map(Gradient::dense).toArray(Gradient[]::new);
    rows[0] = Gradient.lazyRows(new int[] {1}, new double[] {1., Double.NaN, 0.});
    assertThatThrownBy(() -> groups.applyGradients(rows, p))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[0][1] must be finite, got NaN");
    assertThat(Contents.of(groups, p)).isEqualTo(before);
  }
}
