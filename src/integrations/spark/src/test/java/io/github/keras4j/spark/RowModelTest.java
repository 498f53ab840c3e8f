package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ready models, without Spark. */
class RowModelTest {
  private static final Vector DENSE = Vectors.dense(1.5, 0., -2., 0.25);

  static Stream<RowModel> models() {
    return Stream.of(
        LinearModel.regression(),
        LinearModel.logisticRegression(),
        FactorizationMachine.regression(3),
        FactorizationMachine.classification(3));
  }

  @ParameterizedTest
  @MethodSource("models")
  void hasTheGradientsOfItsLoss(RowModel model) {
    double[][] parameters = model.initialParameters(4, 1);
    Random random = new Random(2);
    for (double[] tensor : parameters) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = random.nextGaussian();
      }
    }
    LossOfOneRow loss = new LossOfOneRow(model, DENSE, 1.);

    double[][] gradients = loss.gradients(parameters);

    for (int tensor = 0; tensor < parameters.length; tensor++) {
      for (int i = 0; i < parameters[tensor].length; i++) {
        assertThat(gradients[tensor][i])
            .as("tensor %d, element %d", tensor, i)
            .isEqualTo(loss.slope(parameters, tensor, i), within(1e-8));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void predictsTheSameFromSparseFeatures(RowModel model) {
    double[][] parameters = model.initialParameters(4, 1);
    parameters[1] = new double[] {0.5, -1., 2., 3.};

    assertThat(model.rawPredict(DENSE.toSparse(), parameters))
        .isEqualTo(model.rawPredict(DENSE, parameters));
  }

  @Test
  void multipliesTheFactorsOfAllPairs() {
    double[][] parameters = {{0.5}, {1., 2.}, {3., 4., 5., 6.}};

    double output = FactorizationMachine.regression(2).predict(Vectors.dense(2., 10.), parameters);

    assertThat(output).isEqualTo(0.5 + 1. * 2. + 2. * 10. + (3. * 5. + 4. * 6.) * 2. * 10.);
  }

  @Test
  void hasFiniteLossesForAnyLogOdds() {
    for (double output : new double[] {-1e4, -40., 0., 40., 1e4}) {
      for (double label : new double[] {0., 1.}) {
        assertThat(RowLoss.LOGISTIC.of(output, label)).isFinite().isNotNegative();
        assertThat(RowLoss.LOGISTIC.derivative(output, label)).isBetween(-1., 1.);
      }
    }
    assertThat(RowLoss.LOGISTIC.of(0., 1.)).isEqualTo(Math.log(2.));
    assertThat(RowLoss.LOGISTIC.of(1e4, 0.)).isEqualTo(1e4);
    assertThat(RowLoss.LOGISTIC.derivative(0., 1.)).isEqualTo(-0.5);
  }

  @Test
  void drawsFactorsFromTheSeed() {
    double[] factors = FactorizationMachine.regression(50).initialParameters(200, 1)[2];
    double squares = 0.;
    for (double factor : factors) {
      squares += factor * factor;
    }

    assertThat(Math.sqrt(squares / factors.length)).isEqualTo(0.01, within(0.0003));
    assertThat(FactorizationMachine.regression(50).initialParameters(200, 1)[2]).isEqualTo(factors);
    assertThat(FactorizationMachine.regression(50).initialParameters(200, 2)[2])
        .isNotEqualTo(factors);
  }
}
