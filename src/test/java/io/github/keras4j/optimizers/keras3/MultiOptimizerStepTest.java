package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.GROUPS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.STEPS;
import static io.github.keras4j.optimizers.keras3.FiveGroups.built;
import static io.github.keras4j.optimizers.keras3.FiveGroups.gradients;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.of;
import static io.github.keras4j.optimizers.keras3.FiveGroups.optimizers;
import static io.github.keras4j.optimizers.keras3.FiveGroups.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Bits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Steps of groups of tensors, each with a separate optimizer. */
class MultiOptimizerStepTest {
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
    Bits.assertSame("weights", multi.getWeights(), weights);

    multi.finalizeVariableValues(parameters);
    alone.get(0).finalizeVariableValues(of(GROUPS[0], expected));
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void sumsOverElementsOrTakesRowsWhereOneOfThoseInsideDoes() {
    MultiOptimizer none = groups(new SGD(), new Adam());
    MultiOptimizer one = groups(new Lamb(), new Adam());
    MultiOptimizer both = groups(new Lamb(), new Muon());

    assertThat(Stream.of(none, one, both).map(MultiOptimizer::sumsOverElements))
        .containsExactly(false, true, true);
    assertThat(Stream.of(none, one, both).map(MultiOptimizer::takesRows))
        .containsExactly(true, true, false);
  }

  private static MultiOptimizer groups(BaseOptimizer first, BaseOptimizer others) {
    return MultiOptimizer.builder().add("a", first).otherwise(others).build();
  }

  @Test
  void countsNoStepOfAGroupWithoutGradients() {
    MultiOptimizer multi = built();
    double[][] parameters = random(1);
    double[][] before = Bits.copy(parameters);
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

  @Test
  void rejectsAStepThatOneInsideCannotMakeBeforeAnyIsMade() {
    Lion last = Lion.builder().learningRate(step -> step < 2 ? 0.1 : Double.NaN).build();
    MultiOptimizer multi = MultiOptimizer.builder().add("a", new Adam()).otherwise(last).build();
    multi.build(TensorSpec.of("a", 1), TensorSpec.of("b", 1));
    double[][] parameters = {{1.}, {2.}};
    double[][] gradients = {{1.}, {1.}};
    multi.applyGradients(gradients, parameters);
    multi.applyGradients(gradients, parameters);
    double[][] before = Bits.copy(parameters);

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
        .hasMessage("iterations must be below 2^53 for one more step, got" + " 9007199254740992");
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

  @Test
  void handsRowsToThoseInside() {
    TensorSpec[] specs = {
      TensorSpec.of("lazy", 3, 2), TensorSpec.of("exact", 3, 2), TensorSpec.of("dense", 2, 2)
    };
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("lazy", Adam.builder().useEma(true).build())
            .add("exact", Adam.builder().gradientAccumulationSteps(2).useEma(true).build())
            .otherwise(new Muon())
            .build();
    multi.build(specs);
    List<BaseOptimizer> alone =
        List.of(
            Adam.builder().useEma(true).build(),
            Adam.builder().gradientAccumulationSteps(2).useEma(true).build(),
            new Muon());
    alone.get(2).build(specs[2]);
    double[][] parameters = Bits.normal(1, 6, 6, 4);
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 6; step++) {
      int[] row = {step % 3};
      double[] values = {step, -1.};
      Gradient[] gradients = {
        Gradient.lazyRows(row, values),
        Gradient.rows(row, values),
        Gradient.dense(Bits.normal(step, 4)[0])
      };
      multi = (MultiOptimizer) multi.copy();
      multi.setState(multi.getState());
      multi.applyGradients(gradients, parameters);
      for (int i = 0; i < 3; i++) {
        alone.get(i).applyGradients(new Gradient[] {gradients[i]}, new double[][] {expected[i]});
      }
      Bits.assertSame("after " + step, parameters, expected);
    }
  }

  @Test
  void rejectsRowsThatTheOptimizerOfATensorDoesNotTake() {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("lazy", new Adam())
            .add("exact", Adam.builder().gradientAccumulationSteps(2).build())
            .otherwise(new Muon())
            .build();
    multi.build(
        TensorSpec.of("lazy", 3, 2), TensorSpec.of("exact", 3, 2), TensorSpec.of("dense", 2, 2));
    double[][] parameters = Bits.normal(1, 6, 6, 4);
    double[][] before = Bits.copy(parameters);
    OptimizerState state = multi.getState();
    Gradient lazy = Gradient.lazyRows(new int[] {0}, new double[2]);
    Gradient exact = Gradient.rows(new int[] {0}, new double[2]);

    assertThatThrownBy(() -> multi.applyGradients(new Gradient[] {lazy, lazy, null}, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "gradients[1] must be dense or rows with gradient_accumulation_steps, got lazyRows");
    assertThatThrownBy(() -> multi.applyGradients(new Gradient[] {lazy, exact, exact}, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Muon takes dense gradients alone, got rows in gradients[2]");
    Bits.assertSame("parameters", parameters, before);
    Bits.assertSame(multi.getState(), state);
  }
}
