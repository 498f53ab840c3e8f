package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.configuration.Configurations;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of configurations, of every kind, compared. */
class SameHyperparametersTest {
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
    assertThat(Configurations.same(expected, value)).isTrue();
  }

  static Stream<Arguments> different() {
    return Stream.of(
        arguments(null, 0.),
        arguments(0., null),
        arguments("x", "y"),
        arguments(List.of(1.), Arrays.asList(2.)),
        arguments(List.of(1.), Arrays.asList(1., 2.)),
        arguments(List.of(1.), 1.),
        arguments(Arrays.asList(1., null), Arrays.asList(1., 2.)),
        arguments(Map.of("a", 1.), Map.of("b", 1.)),
        arguments(Map.of("a", 1.), Map.of("a", 2.)),
        arguments(Map.of("a", 1.), 1.));
  }

  @ParameterizedTest
  @MethodSource("different")
  void rejectsWhatMeansSomethingElse(Object expected, Object value) {
    assertThat(Configurations.same(expected, value)).isFalse();
  }
}
