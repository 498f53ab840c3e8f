package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.Muon;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.optimizers.storage.NpzWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints with patterns that would never end are rejected soon. */
class CheckpointPatternsTest {
  private static final String PATTERN = "PPPP";
  private static final String NAME = "NNNN";

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("(a|x)*", "a".repeat(99_000)),
        Arguments.of("(?:(?!.*b).)*b", "a".repeat(1_000)),
        Arguments.of("((){2000000000}){2000000000}\\1b", "a"),
        Arguments.of(".*.*.*.*.*.*.*b", "a".repeat(99_000)),
        Arguments.of("a".repeat(1_001), "a"),
        Arguments.of("(".repeat(40_000) + ")".repeat(40_000), "a"),
        Arguments.of("[", "a"));
  }

  private static List<BaseOptimizer> optimizers() {
    BaseOptimizer excluding = Adam.builder().weightDecay(0.1).build();
    excluding.excludeFromWeightDecay(PATTERN);
    List<BaseOptimizer> optimizers =
        List.of(
            excluding,
            Muon.builder().excludeLayers(PATTERN).build(),
            MultiOptimizer.builder().add(PATTERN, new SGD()).otherwise(new SGD()).build());
    optimizers.forEach(
        optimizer -> optimizer.build(TensorSpec.of("b", 1, 3), TensorSpec.of(NAME, 1, 3)));
    return optimizers;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void aCheckpointWithAHostilePatternIsRejectedSoon(String pattern, String name)
      throws IOException {
    for (BaseOptimizer optimizer : optimizers()) {
      double[][] parameters = new double[2][3];
      optimizer.applyGradients(new double[2][3], parameters);
      OptimizerState state = optimizer.getState();
      Map<String, Object> config = new LinkedHashMap<>();
      state.config().forEach((key, value) -> config.put(key, replaced(value, pattern, name)));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      NpzWriter.write(
          bytes,
          CheckpointEntries.of(
              new OptimizerState(
                  state.className(), config, state.iterations(), state.slots(), state.scalars()),
              parameters));

      assertTimeoutPreemptively(
          Duration.ofSeconds(5),
          () ->
              assertThatThrownBy(
                      () -> Checkpoint.read(new ByteArrayInputStream(bytes.toByteArray())))
                  .as(optimizer.getClass().getSimpleName())
                  .isInstanceOf(IOException.class)
                  .message()
                  .hasSizeLessThan(1_000));
    }
  }

  private static Object replaced(Object value, String pattern, String name) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> changed = new LinkedHashMap<>();
      map.forEach(
          (key, inner) ->
              changed.put(replaced(key, pattern, name), replaced(inner, pattern, name)));
      return changed;
    }
    if (value instanceof List<?> list) {
      List<Object> changed = new ArrayList<>();
      list.forEach(inner -> changed.add(replaced(inner, pattern, name)));
      return changed;
    }
    return PATTERN.equals(value) ? pattern : NAME.equals(value) ? name : value;
  }
}
