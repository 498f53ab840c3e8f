package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What tasks know of a model, and the sums of its rows. */
class ModelTest {
  /** A table of 3 rows of 2, and a dense tensor of 4. */
  private static Model model(boolean lazy) {
    return new Model(new int[] {6, 4}, new int[] {2, 0}, lazy, false);
  }

  @Test
  void saysWhatIsByRows() {
    Model model = model(true);

    assertThat(model.tensors()).isEqualTo(2);
    assertThat(model.elements()).isEqualTo(10);
    assertThat(model.byRows(0)).isTrue();
    assertThat(model.byRows(1)).isFalse();
    assertThat(model.isLazy(0)).isTrue();
    assertThat(model.isLazy(1)).isFalse();
    assertThat(model.rows(0)).isEqualTo(3);
    assertThat(model.width(0)).isEqualTo(2);
    assertThat(model.anyRows()).isTrue();
    assertThat(new Model(new int[] {4}, new int[1], false).anyRows()).isFalse();
  }

  @Test
  void equalsOneOfTheSameTensors() {
    assertThat(model(true)).isEqualTo(model(true)).hasSameHashCodeAs(model(true));
    assertThat(model(true)).isNotEqualTo(model(false)).isNotEqualTo("model");
    assertThat(model(true))
        .isNotEqualTo(new Model(new int[] {6, 4}, new int[] {3, 0}, true, false))
        .isNotEqualTo(new Model(new int[] {6, 5}, new int[] {2, 0}, true, false));
  }

  @Test
  void rejectsWhatIsNoRow() {
    Model model = model(false);

    model.requireRow(0, 2);
    assertThatThrownBy(() -> model.requireTensor(2))
        .hasMessage("tensor must be from 0 to 1, got 2");
    assertThatThrownBy(() -> model.requireTensor(-1))
        .hasMessage("tensor must be from 0 to 1, got -1");
    assertThatThrownBy(() -> model.requireRow(1, 0))
        .hasMessage("tensor must be one that goes by rows, got 1");
    assertThatThrownBy(() -> model.requireRow(0, 3))
        .hasMessage("row of tensor 0 must be from 0 to 2, got 3");
    assertThatThrownBy(() -> model.requireRow(0, -1))
        .hasMessage("row of tensor 0 must be from 0 to 2, got -1");
  }

  @Test
  void addsRowsInTheOrderInWhichTheyCome() {
    RowSums sums = new RowSums(2);

    sums.add(new int[] {7, 2, 7}, new double[] {1., 2., 3., 4., 10., 20.});

    assertThat(sums.count()).isEqualTo(2);
    assertThat(sums.rows(0, 8)).containsExactly(2, 7);
    assertThat(sums.rows(3, 7)).isEmpty();
    assertThat(sums.rows(2, 7)).containsExactly(2);
    assertThat(sums.values(new int[] {7, 2})).containsExactly(11., 22., 3., 4.);
  }

  @Test
  void clearsRowsForThoseToCome() {
    RowSums sums = new RowSums(1);
    double[] kept = sums.row(4);
    kept[0] = 5.;

    sums.clear();

    assertThat(sums.count()).isZero();
    assertThat(sums.row(1)).isSameAs(kept).containsExactly(0.);
  }
}
