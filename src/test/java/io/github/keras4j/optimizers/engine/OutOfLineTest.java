package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutOfLineTest {
  @Test
  void handsOnTheNumber() {
    List<Integer> seen = new ArrayList<>();
    Parallel.forEach(3, 1, new OutOfLine(seen::add));
    assertThat(seen).containsExactly(0, 1, 2);
  }

  @Test
  void letsThroughWhatTheBodyThrowsAsItIs() {
    RuntimeException exception = new IllegalStateException();
    Error error = new StackOverflowError();
    OutOfLine throwsException = new OutOfLine(i -> raise(exception));
    OutOfLine throwsError = new OutOfLine(i -> raise(error));
    assertThatThrownBy(() -> throwsException.accept(0)).isSameAs(exception);
    assertThatThrownBy(() -> throwsError.accept(0)).isSameAs(error);
  }

  private static <T extends Throwable> void raise(T thrown) throws T {
    throw thrown;
  }
}
