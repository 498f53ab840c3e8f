package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bad input is rejected with a message that names it. */
class BadInputTest {
  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.BadInputTable#rows")
  void isRejectedByName(BadInputTable.BadInput bad) {
    assertThatThrownBy(bad.call()).isExactlyInstanceOf(bad.type()).hasMessage(bad.message());
  }
}
