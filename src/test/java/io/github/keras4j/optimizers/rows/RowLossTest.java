package io.github.keras4j.optimizers.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.LossFunction;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.RowLossFunction;
import io.github.keras4j.optimizers.support.Bits;
import org.junit.jupiter.api.Test;

/** Losses that give rows. */
class RowLossTest {
  @Test
  void minimizesALossThatGivesRows() {
    Optimizer adagrad = Optimizers.get("adagrad");
    Optimizer dense = Optimizers.get("adagrad");
    double[][] parameters = {{1., 2., 3., 4.}, {5.}};
    double[][] expected = Bits.copy(parameters);
    for (int step = 0; step < 4; step++) {
      int row = step % 2;
      double loss =
          adagrad.minimize(
              (double[][] p, Gradient[] g) -> {
                assertThat(g).containsOnlyNulls();
                g[0] = Gradient.rows(new int[] {row}, new double[] {p[0][2 * row], p[1][0]});
                g[1] = Gradient.dense(new double[] {p[1][0]});
                return p[0][2 * row];
              },
              parameters);
      double lossOfDense =
          dense.minimize(
              (p, g) -> {
                g[0][2 * row] = p[0][2 * row];
                g[0][2 * row + 1] = p[1][0];
                g[1][0] = p[1][0];
                return p[0][2 * row];
              },
              expected);
      assertThat(loss).isEqualTo(lossOfDense);
      Bits.assertSame("parameters", parameters, expected);
    }
  }

  @Test
  void aLossWithDenseGradientsIsOneThatGivesRows() {
    LossFunction square =
        (p, g) -> {
          g[0][0] = 2. * p[0][0];
          return p[0][0] * p[0][0];
        };
    RowLossFunction sameSquare = square;
    double[][] parameters = {{3.}};
    double[][] expected = {{3.}};

    assertThat(Optimizers.get("adam").minimize(sameSquare, parameters)).isEqualTo(9.);
    assertThat(Optimizers.get("adam").minimize(square, expected)).isEqualTo(9.);

    Bits.assertSame("parameters", parameters, expected);
  }

  @Test
  void refusesAMissingLossOrGradientByName() {
    double[][] parameters = {{1.}, {2.}};
    Optimizer sgd = Optimizers.get("sgd");

    assertThatThrownBy(() -> sgd.minimize((RowLossFunction) null, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lossFunction must be a function, got null");
    assertThatThrownBy(
            () ->
                sgd.minimize(
                    (double[][] p, Gradient[] g) -> {
                      g[0] = Gradient.dense(new double[1]);
                      return 0.;
                    },
                    parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[1] must be a gradient, got null");
    assertThatThrownBy(() -> Optimizers.get("adamw").applyGradients(new Gradient[2], parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients must hold one that is not null, got none among 2");
    assertThat(sgd.getIterations()).isZero();
  }
}
