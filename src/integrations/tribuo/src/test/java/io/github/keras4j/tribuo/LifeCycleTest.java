package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.Adafactor;
import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.tribuo.Machine.Gradients;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tribuo.math.LinearParameters;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.DenseSparseMatrix;
import org.tribuo.math.la.DenseVector;
import org.tribuo.math.la.SparseVector;
import org.tribuo.math.la.Tensor;

/** From {@code initialise} to {@code reset}, and what is rejected on the way. */
class LifeCycleTest {
  @Test
  void copiesTheConfigurationAndNotTheState() {
    KerasOptimiser adam = new KerasOptimiser("adam");
    double[][] first = trained(adam);
    KerasOptimiser copy = adam.copy();
    assertThat(copy.toString()).isEqualTo(adam.toString());
    assertThatThrownBy(() -> copy.step(new Tensor[0], 1.))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("initialise(Parameters) must be called before step");
    assertThat(trained(copy)).isDeepEqualTo(first);
  }

  @Test
  void beginsAgainAfterAReset() {
    KerasOptimiser adam = new KerasOptimiser("adam");
    double[][] first = trained(adam);
    assertThat(trained(adam)).isDeepEqualTo(first); // initialise alone also begins again
    adam.reset();
    assertThatThrownBy(() -> adam.step(new Tensor[0], 1.))
        .isInstanceOf(IllegalStateException.class);
    adam.finalise(); // nothing to be done
    assertThat(trained(adam)).isDeepEqualTo(first);
  }

  private static double[][] trained(KerasOptimiser optimiser) {
    Machine machine = new Machine();
    optimiser.initialise(machine.parameters);
    machine.train(optimiser, 5, Gradients.DENSE);
    return machine.arrays();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void finalisesWithTheMovingAverages(boolean lazyRows) {
    BaseOptimizer adam = Adam.builder().learningRate(0.1).useEma(true).emaMomentum(0.9).build();
    for (Gradients gradients : Gradients.values()) {
      BaseOptimizer direct = (BaseOptimizer) adam.copy();
      double[][] expected =
          new Machine().trainDirectly(direct, 3, gradients, lazyRows, Machine::addDifference);
      direct.finalizeVariableValues(expected);
      Machine machine = new Machine();
      KerasOptimiser optimiser = new KerasOptimiser(adam, lazyRows);
      optimiser.initialise(machine.parameters);
      optimiser.finalise(); // no step, no average
      assertThat(machine.arrays()).isDeepEqualTo(new Machine().arrays());
      machine.train(optimiser, 3, gradients);
      optimiser.finalise();
      assertThat(machine.arrays()).isDeepEqualTo(expected);
    }
  }

  private static SGD sgdWithDecay() {
    return SGD.builder().learningRate(0.5).weightDecay(0.5).build();
  }

  @Test
  void goesOnFromParametersThatHaveBeenChanged() {
    LinearParameters parameters = new LinearParameters(2, 1);
    KerasOptimiser decaying = new KerasOptimiser(sgdWithDecay());
    decaying.initialise(parameters);
    parameters.update(decaying.step(gradient(1., 2.), 1.));
    assertThat(parameters.getWeightMatrix().toArray()).isDeepEqualTo(new double[][] {{0.5, 1.}});
    parameters.getWeightMatrix().set(0, 0, 8.);
    parameters.update(decaying.step(gradient(0., 0.), 1.));
    assertThat(parameters.getWeightMatrix().toArray()).isDeepEqualTo(new double[][] {{6., 0.75}});
  }

  @Test
  void goesOnFromTouchedParametersThatHaveBeenChanged() {
    LinearParameters parameters = new LinearParameters(2, 1);
    KerasOptimiser decaying = new KerasOptimiser(sgdWithDecay(), true);
    decaying.initialise(parameters);
    parameters.update(decaying.step(new Tensor[] {sparse(0, 1.)}, 1.));
    parameters.getWeightMatrix().set(0, 0, 8.);
    parameters.getWeightMatrix().set(0, 1, 4.);
    parameters.update(decaying.step(new Tensor[] {sparse(0, 0.)}, 1.));
    assertThat(parameters.getWeightMatrix().toArray()).isDeepEqualTo(new double[][] {{6., 4.}});
    parameters.update(decaying.step(new Tensor[] {sparse(1, 0.)}, 1.));
    assertThat(parameters.getWeightMatrix().toArray()).isDeepEqualTo(new double[][] {{6., 3.}});
  }

  @Test
  void keepsTheSignOfZero() {
    LinearParameters parameters = new LinearParameters(1, 1);
    parameters.getWeightMatrix().set(0, 0, -0.);
    for (boolean lazyRows : new boolean[] {false, true}) {
      KerasOptimiser sgd = new KerasOptimiser(Optimizers.get("sgd"), lazyRows);
      sgd.initialise(parameters);
      parameters.update(sgd.step(gradient(-0.), 1.));
      double zero = parameters.getWeightMatrix().get(0, 0); // -0. - 0.01 * 0.
      assertThat(1. / zero).isEqualTo(Double.NEGATIVE_INFINITY);
    }
  }

  private static Tensor[] gradient(double... values) {
    return new Tensor[] {DenseMatrix.createDenseMatrix(new double[][] {values})};
  }

  @Test
  void stepsUphillByTheWeightOfTheExample() {
    LinearParameters parameters = new LinearParameters(2, 1);
    KerasOptimiser sgd =
        new KerasOptimiser(io.github.keras4j.optimizers.SGD.builder().lr(0.5).build());
    sgd.initialise(parameters);
    parameters.update(sgd.step(gradient(1., -2.), 3.));
    assertThat(parameters.getWeightMatrix().toArray()).isDeepEqualTo(new double[][] {{1.5, -3.}});
  }

  @Test
  void rejectsWhatDoesNotFitAndChangesNothing() {
    LinearParameters parameters = new LinearParameters(2, 1);
    KerasOptimiser adam = new KerasOptimiser("adam");
    adam.initialise(parameters);
    parameters.update(adam.step(gradient(1., 2.), 1.));
    assertRejected(
        adam,
        null,
        1.,
        "updates must hold 1 gradients, one for each tensor of the parameters, got null");
    assertRejected(
        adam,
        new Tensor[2],
        1.,
        "updates must hold 1 gradients, one for each tensor of the parameters, got 2");
    assertRejected(
        adam,
        new Tensor[1],
        1.,
        "gradient of parameters/0 must be a vector or matrix of shape [1, 2], got null");
    assertRejected(
        adam,
        new Tensor[] {new DenseMatrix(2, 1)},
        1.,
        "gradient of parameters/0 must be a vector or matrix of shape [1, 2], got DenseMatrix[2, 1]");
    assertRejected(
        adam,
        new Tensor[] {new DenseVector(2)},
        1.,
        "gradient of parameters/0 must be a vector or matrix of shape [1, 2], got DenseVector[2]");
    assertRejected(
        adam,
        gradient(1., Double.NaN),
        2.,
        "gradient of parameters/0 must be finite, got NaN times weight 2.0 for output 0 and feature 1");
    assertRejected(
        adam,
        new Tensor[] {sparse(1, Double.NEGATIVE_INFINITY)},
        1.,
        "gradient of parameters/0 must be finite, got -Infinity times weight 1.0 for output 0 and"
            + " feature 1");
    assertRejected(adam, gradient(1., 2.), Double.NaN, "weight must be finite, got NaN");
    parameters.update(adam.step(gradient(3., 4.), 1.));

    LinearParameters undisturbed = new LinearParameters(2, 1);
    KerasOptimiser other = new KerasOptimiser("adam");
    other.initialise(undisturbed);
    undisturbed.update(other.step(gradient(1., 2.), 1.));
    undisturbed.update(other.step(gradient(3., 4.), 1.));
    assertThat(parameters).isEqualTo(undisturbed);
  }

  private static DenseSparseMatrix sparse(int feature, double value) {
    return DenseSparseMatrix.createFromSparseVectors(
        new SparseVector[] {
          SparseVector.createSparseVector(2, new int[] {feature}, new double[] {value})
        });
  }

  private static void assertRejected(
      KerasOptimiser optimiser, Tensor[] updates, double weight, String message) {
    assertThatThrownBy(() -> optimiser.step(updates, weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void isAsGoodAsNewAfterARejectionOfASparseGradient() {
    LinearParameters parameters = new LinearParameters(2, 1);
    KerasOptimiser lazy = new KerasOptimiser(Optimizers.get("adagrad"), true);
    lazy.initialise(parameters);
    assertRejected(
        lazy,
        new Tensor[] {sparse(1, Double.NaN)},
        1.,
        "gradient of parameters/0 must be finite, got NaN times weight 1.0 for output 0 and"
            + " feature 1");
    parameters.update(lazy.step(new Tensor[] {sparse(0, 2.)}, 1.));
    assertThat(parameters.getWeightMatrix().get(0, 0))
        .isEqualTo(0.01 * 2. / (Math.sqrt(4.) + 1e-7));
    assertThat(parameters.getWeightMatrix().get(0, 1)).isZero();
  }

  private static Stream<Arguments> ofWholeTensorsOrAccumulating() {
    return Stream.of(
        arguments(
            Adafactor.builder().build(),
            "Adafactor takes dense gradients alone, got rows in gradients[1]"),
        arguments(
            Adam.builder().gradientAccumulationSteps(2).build(),
            "gradients[1] must be dense or rows with gradient_accumulation_steps, got lazyRows"));
  }

  @ParameterizedTest
  @MethodSource("ofWholeTensorsOrAccumulating")
  void rejectsLazyRowsForAGroupThatDoesNotTakeThem(BaseOptimizer group, String message) {
    Machine machine = new Machine();
    KerasOptimiser groups =
        new KerasOptimiser(
            MultiOptimizer.builder()
                .add("parameters/1", group)
                .otherwise(Adam.builder().build())
                .build(),
            true);
    groups.initialise(machine.parameters);
    Tensor[] sparse = Gradients.SPARSE.next(machine.parameters, new Random(1));
    assertThatThrownBy(() -> groups.step(sparse, 1.))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(machine.arrays()).isDeepEqualTo(new Machine().arrays());
  }

  @Test
  void rejectsParametersThatItDoesNotKnow() {
    KerasOptimiser adam = new KerasOptimiser("adam");
    assertThatThrownBy(() -> adam.initialise(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters must be a model's, got null");
    LinearParameters sparse = new LinearParameters(2, 1);
    sparse.get()[0] = sparse(1, 1.);
    assertThatThrownBy(() -> adam.initialise(sparse))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "parameters/0 must be a DenseVector or a DenseMatrix,"
                + " got org.tribuo.math.la.DenseSparseMatrix");
  }

  @Test
  void writesADenseDifferenceOverItsGradient() {
    Machine machine = new Machine();
    KerasOptimiser adam = new KerasOptimiser("adam");
    adam.initialise(machine.parameters);
    Tensor[] dense = Gradients.DENSE.next(machine.parameters, new Random(1));
    assertThat(adam.step(dense, 1.)).containsExactly(dense);
  }
}
