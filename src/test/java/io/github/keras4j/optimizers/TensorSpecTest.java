package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A tensor's name and shape as a value. */
class TensorSpecTest {
  @Test
  void isEqualByContents() {
    TensorSpec spec = TensorSpec.of("dense/kernel", 2, 3);

    assertThat(spec)
        .isEqualTo(new TensorSpec("dense/kernel", 2, 3))
        .hasSameHashCodeAs(new TensorSpec("dense/kernel", 2, 3))
        .isNotEqualTo(TensorSpec.of("dense/kernel", 3, 2))
        .isNotEqualTo(TensorSpec.of("dense/bias", 2, 3))
        .isNotEqualTo("dense/kernel[2, 3]")
        .hasToString("dense/kernel[2, 3]");
    assertThat(spec.hashCode()).isNotEqualTo(TensorSpec.of("dense/kernel", 3, 2).hashCode());
  }

  @Test
  void countsItsElements() {
    assertThat(TensorSpec.of("scale").length()).isEqualTo(1);
    assertThat(TensorSpec.of("kernel", 4, 3, 2).length()).isEqualTo(24);
    assertThat(TensorSpec.of("empty", 4, 0).length()).isZero();
    assertThat(TensorSpec.of("largest", 1, Integer.MAX_VALUE).length())
        .isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void sharesNoShape() {
    int[] shape = {2, 3};
    TensorSpec spec = TensorSpec.of("kernel", shape);

    shape[0] = 7;
    spec.shape()[0] = 7;

    assertThat(spec.shape()).containsExactly(2, 3);
  }
}
