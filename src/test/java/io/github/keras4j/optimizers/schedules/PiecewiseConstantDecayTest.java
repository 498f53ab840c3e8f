package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The one schedule whose arguments are lists. */
class PiecewiseConstantDecayTest {
  @Test
  void sharesNothingWithItsArgumentsItsBuilderOrItsConfiguration() {
    List<Object> boundaries = new ArrayList<>(List.of(1, 2));
    Map<String, Object> config = new HashMap<>();
    config.put("boundaries", boundaries);
    config.put("values", new ArrayList<>(List.of(0.3, 0.2, 0.1)));
    PiecewiseConstantDecay schedule = PiecewiseConstantDecay.fromConfig(config);
    double[] values = {0.3, 0.2, 0.1};
    PiecewiseConstantDecay.Builder builder =
        PiecewiseConstantDecay.builder().boundaries(1, 2).values(values);
    values[0] = 9.;
    PiecewiseConstantDecay built = builder.build();
    builder.boundaries(5, 6).name("other");
    boundaries.set(0, 0);
    config.clear();

    assertThat(schedule).isEqualTo(built).hasSameHashCodeAs(built);
    assertThat(schedule.at(1)).isEqualTo(0.3);
    List<?> returned = (List<?>) schedule.getConfig().get("boundaries");
    assertThatThrownBy(() -> returned.remove(0)).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void takesOneBoundaryAndBoundariesThatAreTheSame() {
    PiecewiseConstantDecay one =
        PiecewiseConstantDecay.builder().boundaries(2.5).values(1, 0.5).build();
    PiecewiseConstantDecay same =
        PiecewiseConstantDecay.builder().boundaries(2, 2).values(1, 0.5, 0.25).build();

    assertThat(new double[] {one.at(2), one.at(3)}).containsExactly(1., 0.5);
    assertThat(new double[] {same.at(2), same.at(3)}).containsExactly(1., 0.25);
  }

  static Stream<Arguments> badLists() {
    return Stream.of(
        arguments(List.of(), List.of(0.1), "boundaries must hold at least one step, got none"),
        arguments(
            List.of(1, 5, 3),
            List.of(1, 2, 3, 4),
            "boundaries must be in ascending order, got 3.0 after 5.0"),
        arguments(List.of(1), List.of(0.1), "values must be one more than the 1 boundaries, got 1"),
        arguments(
            List.of(1),
            List.of(0.1, 0.2, 0.3),
            "values must be one more than the 1 boundaries, got 3"),
        arguments(
            List.of(1), List.of(0.1, -0.1), "values[1] must be a finite number >= 0, got -0.1"),
        arguments(
            List.of(1), List.of(Double.NaN, 0.1), "values[0] must be a finite number, got NaN"),
        arguments(
            List.of(1, Double.POSITIVE_INFINITY),
            List.of(0.1, 0.2, 0.3),
            "boundaries[1] must be a finite number, got Infinity"),
        arguments(
            Arrays.asList(null, 2),
            List.of(0.1, 0.2, 0.3),
            "boundaries[0] must be a finite number, got null"));
  }

  @ParameterizedTest
  @MethodSource("badLists")
  void rejectsListsThatDoNotFit(List<?> boundaries, List<?> values, String message) {
    assertThatThrownBy(
            () ->
                PiecewiseConstantDecay.fromConfig(
                    Map.of("boundaries", boundaries, "values", values)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void rejectsANullArrayInItsBuilder() {
    assertThatThrownBy(() -> PiecewiseConstantDecay.builder().boundaries((double[]) null).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("boundaries must be a list of finite numbers, got null");
  }
}
