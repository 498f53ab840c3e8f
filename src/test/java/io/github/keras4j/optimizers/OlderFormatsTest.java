package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.support.KerasJson;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training that goes on from a checkpoint that earlier versions of the library wrote. */
class OlderFormatsTest {
  private static final String DIRECTORY = "/checkpoints-format-";

  static Stream<Arguments> checkpoints() {
    return Stream.of(2)
        .flatMap(
            format -> SavedTrainings.all().keySet().stream().map(name -> arguments(format, name)));
  }

  @ParameterizedTest(name = "format {0}, {1}")
  @MethodSource("checkpoints")
  void goesOnBitForBit(int format, String name) throws Exception {
    Checkpoint saved = Checkpoint.load(resource(format, name + ".npz"));

    SavedTrainings.goOn(saved.optimizer(), saved.parameters());

    assertThat(SavedTrainings.hexadecimal(saved.parameters()))
        .isDeepEqualTo(expected(format).get(name));
  }

  @ParameterizedTest
  @ValueSource(ints = 2)
  void knowsWhatToExpectOfEveryCheckpoint(int format) {
    assertThat(expected(format).keySet()).isEqualTo(SavedTrainings.all().keySet());
  }

  /** Each class of the library. */
  @Test
  void keepsACheckpointOfEveryOptimizer() {
    assertThat(
            SavedTrainings.all().values().stream()
                .map(training -> training.get().getClass().getName()))
        .containsExactlyInAnyOrderElementsOf(
            OptimizerTable.all()
                .filter(Entry::isOfTheLibrary)
                .map(entry -> entry.type().getName())
                .toList());
  }

  private static Map<String, String[][]> expected(int format) {
    return KerasJson.read(DIRECTORY + format + "/" + SavedTrainings.EXPECTED, Expected.class);
  }

  /** By name, the parameters of each training at its end. */
  private static final class Expected extends TreeMap<String, String[][]> {
    private static final long serialVersionUID = 1;
  }

  private static Path resource(int format, String name) throws URISyntaxException {
    return Path.of(OlderFormatsTest.class.getResource(DIRECTORY + format + "/" + name).toURI());
  }
}
