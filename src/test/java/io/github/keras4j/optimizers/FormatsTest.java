package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.storage.Archives;
import io.github.keras4j.optimizers.storage.NpzReader;
import io.github.keras4j.optimizers.support.KerasJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training that goes on from checkpoints of every format, and files of older ones byte for byte.
 */
class FormatsTest {
  private static final String DIRECTORY = "/checkpoints-format-";

  static Stream<Arguments> checkpoints() {
    return Stream.of(2, 3)
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
  @ValueSource(ints = {2, 3})
  void knowsWhatToExpectOfEveryCheckpoint(int format) {
    assertThat(expected(format).keySet()).isEqualTo(SavedTrainings.all().keySet());
  }

  /** Which also shows that what tests take for format 2 is that. */
  @ParameterizedTest
  @MethodSource("format2")
  void readsEveryByteOfFormat2(String name) throws Exception {
    byte[] file = Files.readAllBytes(resource(2, name + ".npz"));

    assertThat(readAndWrittenInFormat2(file))
        .containsExactlyInAnyOrderEntriesOf(Archives.unzip(file));
  }

  static Set<String> format2() {
    return SavedTrainings.all().keySet();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "adam", "nadam", "rmsprop_before_its_first_step"})
  void readsEveryByteOfFormat1(String name) throws Exception {
    byte[] file = Files.readAllBytes(file("/checkpoint/version1/" + name + ".npz"));
    Map<String, byte[]> entries = Archives.unzip(file);
    entries.put("format_version", Archives.i8(2)); // which is all that differs

    assertThat(readAndWrittenInFormat2(file)).containsExactlyInAnyOrderEntriesOf(entries);
  }

  private static Map<String, byte[]> readAndWrittenInFormat2(byte[] file) throws IOException {
    CheckpointEntries read = CheckpointEntries.read(NpzReader.read(new ByteArrayInputStream(file)));
    return OlderFormat.entries(read.state(), read.parameters());
  }

  private static Map<String, String[][]> expected(int format) {
    return KerasJson.read(DIRECTORY + format + "/" + SavedTrainings.EXPECTED, Expected.class);
  }

  /** By name, the parameters of each training at its end. */
  private static final class Expected extends TreeMap<String, String[][]> {
    private static final long serialVersionUID = 1;
  }

  private static Path resource(int format, String name) throws URISyntaxException {
    return file(DIRECTORY + format + "/" + name);
  }

  private static Path file(String name) throws URISyntaxException {
    return Path.of(FormatsTest.class.getResource(name).toURI());
  }
}
