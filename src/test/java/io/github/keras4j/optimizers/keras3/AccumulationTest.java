package io.github.keras4j.optimizers.keras3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An accumulation begins with zeros, whoever has looked at the accumulators before. */
class AccumulationTest {
  private static final int CALLS = 12;

  @Test
  void takesTheMeanOfTheGradientsSinceTheLastUpdate() {
    BaseOptimizer sgd = SGD.builder().learningRate(1.).gradientAccumulationSteps(2).build();
    double[][] parameters = {{0., 0.}, {0.}};

    sgd.applyGradients(new double[][] {{2., 4.}, {8.}}, parameters);
    sgd.applyGradients(new double[][] {{4., 2.}, null}, parameters);
    assertThat(parameters).isDeepEqualTo(new double[][] {{-3., -3.}, {0.}});
    sgd.applyGradients(new double[][] {null, {6.}}, parameters);
    sgd.applyGradients(new double[][] {{8., 6.}, {2.}}, parameters);
    assertThat(parameters).isDeepEqualTo(new double[][] {{-7., -6.}, {-4.}});
  }

  @Test
  void takesAGradientThatBeginsWithMinusZeroForOne() {
    BaseOptimizer sgd = SGD.builder().learningRate(1.).gradientAccumulationSteps(3).build();
    double[][] parameters = {{0.}, {0., 0.}};
    sgd.applyGradients(new double[][] {{2.}, null}, parameters);
    sgd.applyGradients(new double[][] {{4.}, {-0., 6.}}, parameters);

    sgd.applyAccumulated(parameters);

    assertThat(parameters).isDeepEqualTo(new double[][] {{-3.}, {0., -3.}});
  }

  @Test
  void showsZerosOnceTheGradientsAreUsed() {
    assertThat(stepped(1).getWeights().get(2)).containsExactly(-3., 4.);
    assertThat(stepped(2).getWeights().get(2)).containsExactly(0., 0.);
    assertThat(stepped(2).getState().slots().get("gradient_accumulator")[0])
        .containsExactly(0., 0.);
    assertThat(((BaseOptimizer) stepped(2).copy()).getWeights().get(2)).containsExactly(0., 0.);
  }

  private static BaseOptimizer stepped(int calls) {
    BaseOptimizer sgd = SGD.builder().gradientAccumulationSteps(2).build();
    double[][] parameters = {{1., 2.}};
    for (int call = 0; call < calls; call++) {
      sgd.applyGradients(new double[][] {{-3., 4.}}, parameters);
    }
    return sgd;
  }

  // ---- Looks ----------------------------------------------------------------------------------

  static Stream<Named<UnaryOperator<BaseOptimizer>>> looks() {
    return Stream.of(
        Named.of("state", look(BaseOptimizer::getState)),
        Named.of("own state", look(optimizer -> optimizer.setState(optimizer.getState()))),
        Named.of("rejected state", look(AccumulationTest::rejectState)),
        Named.of("weights", look(BaseOptimizer::getWeights)),
        Named.of("own weights", look(optimizer -> optimizer.setWeights(optimizer.getWeights()))),
        Named.of("copy", look(BaseOptimizer::copy)),
        Named.of("copy in its place", optimizer -> (BaseOptimizer) optimizer.copy()));
  }

  /** Something that is done with an optimizer. */
  private interface Look {
    void at(BaseOptimizer optimizer);
  }

  private static UnaryOperator<BaseOptimizer> look(Look look) {
    return optimizer -> {
      look.at(optimizer);
      return optimizer;
    };
  }

  /** Of tensors of the same names and lengths, but slots that are too long. */
  private static void rejectState(BaseOptimizer optimizer) {
    BaseOptimizer other = optimizer instanceof MultiOptimizer ? groups() : single();
    other.applyGradients(
        new double[][] {new double[4], {0.}}, new double[][] {new double[4], {0.}});
    OptimizerState fitting = other.getState();
    Map<String, double[][]> slots = new HashMap<>(fitting.slots());
    slots.replaceAll(
        (name, arrays) -> Stream.of(arrays).map(array -> longer(array)).toArray(double[][]::new));
    OptimizerState state =
        new OptimizerState(
            fitting.className(), fitting.config(), fitting.iterations(), slots, fitting.scalars());
    assertThatThrownBy(() -> optimizer.setState(state))
        .hasMessageMatching("state must have . elements in slot .*");
  }

  private static double[] longer(double... array) {
    return Arrays.copyOf(array, array.length + 1);
  }

  private static BaseOptimizer single() {
    return built(Adam.builder().gradientAccumulationSteps(3).build());
  }

  private static BaseOptimizer groups() {
    return built(
        MultiOptimizer.builder()
            .add("bias", SGD.builder().gradientAccumulationSteps(2).build())
            .otherwise(Adam.builder().gradientAccumulationSteps(3).build())
            .build());
  }

  private static BaseOptimizer built(BaseOptimizer optimizer) {
    optimizer.build(TensorSpec.of("kernel", 4), TensorSpec.of("bias", 1));
    return optimizer;
  }

  @ParameterizedTest
  @MethodSource("looks")
  void goesOnAsIfNobodyHadLooked(UnaryOperator<BaseOptimizer> look) {
    goesOn(look, single(), single());
    goesOn(look, groups(), groups());
  }

  private static void goesOn(
      UnaryOperator<BaseOptimizer> look, BaseOptimizer untouched, BaseOptimizer looked) {
    SplittableRandom random = new SplittableRandom(7);
    double[][] expected = {{1., 2., 3., 4.}, {5.}};
    double[][] parameters = {{1., 2., 3., 4.}, {5.}};
    BaseOptimizer optimizer = looked;
    for (int call = 0; call < CALLS; call++) {
      double[][] gradients = {random.doubles(4, -1., 1.).toArray(), {random.nextDouble()}};
      untouched.applyGradients(gradients, expected);
      optimizer.applyGradients(gradients, parameters);
      optimizer = look.apply(optimizer);
      assertThat(parameters).as("%s, call %d", untouched, call).isDeepEqualTo(expected);
    }
    assertThat(optimizer.getState()).isEqualTo(untouched.getState());
  }
}
