package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Layouts, from lengths alone: far larger than any memory. */
class LayoutTest {
  @Test
  void holdsEveryElementOnceInOrderBeyondTwoToTheThirtyOne() {
    int[] lengths = {Integer.MAX_VALUE - 8, 0, 7, Integer.MAX_VALUE - 8, 0};
    Layout layout = new Layout(lengths);
    int[] next = new int[lengths.length];
    int part = 0;
    long elements = 0;
    for (int chunk = 0; chunk < layout.chunks(); chunk++) {
      assertThat(layout.firstOfChunk(chunk)).isEqualTo(part);
      for (; part < layout.firstOfChunk(chunk + 1); part++) {
        int tensor = layout.tensor(part);
        assertThat(elements / Layout.CHUNK).isEqualTo(chunk);
        assertThat(layout.from(part)).isEqualTo(next[tensor]);
        assertThat(layout.to(part) - layout.from(part)).isBetween(1, Layout.CHUNK);
        next[tensor] = layout.to(part);
        elements += layout.to(part) - layout.from(part);
      }
      assertThat(elements % Layout.CHUNK == 0 || chunk == layout.chunks() - 1).isTrue();
    }
    assertThat(part).isEqualTo(layout.parts());
    assertThat(elements).isEqualTo(layout.elements());
    assertThat(next).containsExactly(lengths);
  }

  @Test
  void keepsThePartsOfATensorTogether() {
    Layout layout = new Layout(new int[] {Layout.CHUNK - 3, 0, 2 * Layout.CHUNK, 5});

    assertThat(layout.firstOfTensor(0)).isZero();
    assertThat(layout.firstOfTensor(1)).isEqualTo(1);
    assertThat(layout.firstOfTensor(2)).isEqualTo(1);
    assertThat(layout.firstOfTensor(3)).isEqualTo(4);
    assertThat(layout.firstOfTensor(4)).isEqualTo(6);
    assertThat(layout.parts()).isEqualTo(6);
    assertThat(layout.to(1)).isEqualTo(3);
  }

  @Test
  void hasNoPartForTensorsWithoutElements() {
    Layout layout = new Layout(new int[] {0, 0});

    assertThat(layout.chunks()).isZero();
    assertThat(layout.parts()).isZero();
  }
}
