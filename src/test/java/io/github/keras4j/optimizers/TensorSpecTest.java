package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The names and shapes of tensors, as values. */
class TensorSpecTest {
  @Test
  void isEqualByContents() {
    TensorSpec kernel = TensorSpec.of("dense/kernel", 64, 32);

    assertThat(kernel).isEqualTo(new TensorSpec("dense/kernel", new int[] {64, 32}));
    assertThat(kernel)
        .hasSameHashCodeAs(TensorSpec.of("dense/kernel", 64, 32))
        .doesNotHaveSameHashCodeAs(TensorSpec.of("dense/bias", 64, 32))
        .doesNotHaveSameHashCodeAs(TensorSpec.of("dense/kernel", 32, 64));
    assertThat(kernel)
        .isNotEqualTo(TensorSpec.of("dense/kernel", 32, 64))
        .isNotEqualTo(TensorSpec.of("dense/bias", 64, 32))
        .isNotEqualTo("dense/kernel[64, 32]")
        .hasToString("dense/kernel[64, 32]");
  }

  @Test
  void keepsItsShapeToItself() {
    int[] shape = {2, 3};
    TensorSpec spec = TensorSpec.of("w", shape);
    shape[0] = 7;
    spec.shape()[1] = 7;

    assertThat(spec.shape()).containsExactly(2, 3);
  }

  @Test
  void countsItsElements() {
    assertThat(TensorSpec.of("w", 2, 3, 4).length()).isEqualTo(24);
    assertThat(TensorSpec.of("scale").length()).isEqualTo(1);
    assertThat(TensorSpec.of("w", 5, 0).length()).isZero();
    assertThat(TensorSpec.of("w", Integer.MAX_VALUE).length()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void rejectsWhatNoTensorHas() {
    assertRejected(() -> TensorSpec.of(null, 1), "name of a tensor must not be blank, got null");
    assertRejected(() -> TensorSpec.of(" ", 1), "name of a tensor must not be blank, got \" \"");
    assertRejected(
        () -> TensorSpec.of("w", (int[]) null), "shape must be an array of dimensions, got null");
    assertRejected(
        () -> TensorSpec.of("w", 2, -1), "shape must have dimensions of at least 0, got [2, -1]");
    assertRejected(
        () -> TensorSpec.of("w", 65536, 32768),
        "shape must have at most 2^31 - 1 elements, got [65536, 32768]");
    assertRejected(
        () -> TensorSpec.of("w", 65536, 65536, 0),
        "shape must have at most 2^31 - 1 elements, got [65536, 65536, 0]");
    assertRejected(
        () -> TensorSpec.of("w", 1 << 30, 1 << 30, 1 << 30, 1 << 30),
        "shape must have at most 2^31 - 1 elements, got [1073741824, 1073741824, 1073741824,"
            + " 1073741824]");
  }

  private static void assertRejected(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
