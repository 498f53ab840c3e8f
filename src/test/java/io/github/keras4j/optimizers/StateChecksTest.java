package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations with values of every kind, compared with those of a state. */
class StateChecksTest {
  static Stream<Arguments> same() {
    return Stream.of(
        arguments(null, null),
        arguments("x", "x"),
        arguments(1., 1L),
        arguments(List.of(1L, 2.), List.of(1., 2)),
        arguments(Map.of("a", 1L, "b", "x"), Map.of("b", "x", "a", 1.)),
        arguments(List.of(Map.of("a", List.of())), List.of(Map.of("a", List.of()))));
  }

  @ParameterizedTest
  @MethodSource("same")
  void takesWhatMeansTheSame(Object expected, Object value) {
    assertThatCode(() -> check(expected, value)).doesNotThrowAnyException();
  }

  static Stream<Arguments> different() {
    return Stream.of(
        arguments(null, 0., "0.0"),
        arguments(0., null, "null"),
        arguments("x", "y", "\"y\""),
        arguments(List.of(1.), Arrays.asList(2.), "a value of class ArrayList"),
        arguments(List.of(1.), Arrays.asList(1., 2.), "a value of class ArrayList"),
        arguments(List.of(1.), 1., "1.0"),
        arguments(Arrays.asList(1., null), Arrays.asList(1., 2.), "a value of class ArrayList"),
        arguments(Map.of("a", 1.), Map.of("b", 1.), "a value of class Map1"),
        arguments(Map.of("a", 1.), Map.of("a", 2.), "a value of class Map1"),
        arguments(Map.of("a", 1.), 1., "1.0"));
  }

  @ParameterizedTest
  @MethodSource("different")
  void refusesWhatMeansSomethingElse(Object expected, Object value, String got) {
    assertThatThrownBy(() -> check(expected, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("state must have x %s, got %s", expected, got);
  }

  private static void check(Object expected, Object value) {
    OptimizerState state =
        new OptimizerState("A", Collections.singletonMap("x", value), 0, Map.of(), Map.of());
    StateChecks.checkFits(
        state, "A", Collections.singletonMap("x", expected), List.of(), Set.of(), null);
  }
}
