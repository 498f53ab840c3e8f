package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Chunks, from lengths alone: far larger than any memory. */
class ChunksTest {
  @Test
  void visitsEveryElementOnceInOrderBeyondTwoToTheThirtyOne() {
    int[] lengths = {Integer.MAX_VALUE - 8, 0, 7, Integer.MAX_VALUE - 8, 0};
    Chunks chunks = new Chunks(lengths);
    int[] next = new int[lengths.length];
    for (int chunk = 0; chunk < chunks.count(); chunk++) {
      chunks.visit(
          chunk,
          (number, tensor, from, to) -> {
            assertThat(from).isEqualTo(next[tensor]);
            assertThat(to - from).isBetween(1, Chunks.SIZE);
            next[tensor] = to;
          });
    }
    assertThat(next).containsExactly(lengths);
  }

  @Test
  void hasNoneForTensorsWithoutElements() {
    assertThat(new Chunks(new int[] {0, 0}).count()).isZero();
  }
}
