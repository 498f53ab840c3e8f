package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The arrays that losses add their gradients to. */
class GradientSumsTest {
  private static final class Sums extends GradientSums {
    Sums(int[] lengths, int... widths) {
      super(new Model(lengths, widths, new boolean[lengths.length]));
    }
  }

  private final GradientSums sums = new Sums(new int[] {6, 2}, 3, 0);

  @Test
  void hasAnArrayForEachTensorOrEachTouchedRow() {
    assertThat(sums.tensor(1)).containsExactly(0., 0.);
    assertThat(sums.tensors()[0]).isNull();
    assertThat(sums.tensors()[1]).isSameAs(sums.tensor(1));

    sums.row(0, 1)[2] += 4.;
    sums.row(0, 1)[2] += 0.5;
    assertThat(sums.row(0, 1)).containsExactly(0., 0., 4.5);
    assertThat(sums.rows(0).rows(0, 2)).containsExactly(1);
    assertThat(sums.row(0, 0)).containsExactly(0., 0., 0.);
    assertThat(sums.rows(0).rows(0, 2)).containsExactly(0, 1);
    assertThat(sums.rows(0).rows(0, 1)).containsExactly(0);
    assertThat(sums.rows(0).values(new int[] {1, 0})).containsExactly(0., 0., 4.5, 0., 0., 0.);
  }

  @Test
  void addsOthersAndBeginsAgain() {
    GradientSums others = new Sums(new int[] {6, 2}, 3, 0);
    others.row(0, 1)[2] = 4.;
    others.tensor(1)[0] = 2.;
    sums.row(0, 1)[2] = 0.5;
    sums.add(others);
    sums.add(others);
    assertThat(sums.row(0, 1)).containsExactly(0., 0., 8.5);
    assertThat(sums.tensor(1)).containsExactly(4., 0.);
    assertThat(sums.rows(0).count()).isEqualTo(1);

    double[] array = sums.row(0, 1);
    sums.clear();
    assertThat(sums.tensor(1)).containsExactly(0., 0.);
    assertThat(sums.rows(0).count()).isZero();
    array[1] = 7.; // by a loss that has kept it
    assertThat(sums.row(0, 0)).isSameAs(array).containsExactly(0., 0., 0.);
  }

  @Test
  void rejectsWhatIsNoTensorOrRow() {
    assertThatThrownBy(() -> sums.tensor(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor must be from 0 to 1, got 2");
    assertThatThrownBy(() -> sums.tensor(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor must be from 0 to 1, got -1");
    assertThatThrownBy(() -> sums.tensor(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor must be one that does not go by rows, got 0");
    assertThatThrownBy(() -> sums.row(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor must be one that goes by rows, got 1");
    assertThatThrownBy(() -> sums.row(0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row of tensor 0 must be from 0 to 1, got 2");
    assertThatThrownBy(() -> sums.row(0, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row of tensor 0 must be from 0 to 1, got -1");
  }
}
