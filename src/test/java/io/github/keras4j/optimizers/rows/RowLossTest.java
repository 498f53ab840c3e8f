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
      RowLossFunction byRows =
          (p, g) -> {
            assertThat(g).containsOnlyNulls();
            g[0] = Gradient.rows(new int[] {row}, new double[] {p[0][2 * row], p[1][0]});
            g[1] = Gradient.dense(new double[] {p[1][0]});
            return p[0][2 * row];
          };
      double loss = adagrad.minimize(byRows, parameters);
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
  void addsUpRowsWhereALossIsEvaluatedWithDenseGradients() {
    RowLossFunction byRows =
        (p, g) -> {
          g[0] = Gradient.lazyRows(new int[] {2, 0, 2}, new double[] {1., 2., 3., 4., 5., 6.});
          g[1] = Gradient.dense(new double[] {7.});
          return 8.;
        };
    LossFunction dense = byRows;
    double[][] gradients = {new double[6], {0.5}, {9.}};

    assertThat(dense.evaluate(new double[][] {new double[6], {0.}, {0.}}, gradients)).isEqualTo(8.);

    assertThat(gradients).isDeepEqualTo(new double[][] {{3., 4., 0., 0., 6., 8.}, {7.5}, {9.}});
  }

  @Test
  void rejectsAMissingLossOrGradientByName() {
    double[][] parameters = {{1.}, {2.}};
    Optimizer sgd = Optimizers.get("sgd");

    assertThatThrownBy(() -> sgd.minimize(null, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lossFunction must be a function, got null");
    RowLossFunction half =
        (p, g) -> {
          g[0] = Gradient.dense(new double[1]);
          return 0.;
        };
    assertThatThrownBy(() -> sgd.minimize(half, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[1] must be a gradient, got null");
    assertThatThrownBy(() -> Optimizers.get("adamw").applyGradients(new Gradient[2], parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients must hold one that is not null, got none among 2");
    assertThat(sgd.getIterations()).isZero();
  }
}
