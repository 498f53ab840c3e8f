package io.github.keras4j.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes at all, as a file of Keras: what is in it, or one clear rejection. */
class KerasFileFuzzTest {
  @TempDir static Path directory;

  /** Every file that Keras wrote, to begin with. */
  static Stream<byte[]> files() {
    return Stream.of("keras-files", "more-keras-files", "tf-keras", "groups")
        .flatMap(folder -> Truth.all(Truth.FOLDER.resolveSibling(folder)))
        .map(Truth::bytes);
  }

  @MethodSource("files")
  @FuzzTest(maxDuration = "5m")
  void readReturnsWhatIsInAFileOrRejects(byte[] bytes) throws IOException {
    Path path = directory.resolve("fuzz.h5");
    Files.write(path, bytes);
    KerasFile file;
    try {
      file = KerasFile.read(path);
    } catch (IOException e) {
      assertThat(e).hasMessageStartingWith("cannot read Keras file " + path + ": ");
      return;
    }
    assertThat(file.weights()).isNotNull();
    assertThat(file.toString()).startsWith("KerasFile[");
    // What was accepted is whole: written again, it is read again, the same.
    Path again = directory.resolve("again.h5");
    try {
      file.write(again, file.optimizer().orElse(null), file.parameters());
    } catch (IOException | IllegalArgumentException e) { // a name or a number that it cannot hold
      assertThat(e).hasMessageMatching("(?s)(cannot write Keras file .+: |.+ must ).+");
      return;
    }
    KerasFile copy = KerasFile.read(again);
    assertThat(Arrays.deepEquals(copy.parameters(), file.parameters())).isTrue(); // NaN too
    assertThat(copy.tensors()).isEqualTo(file.tensors());
    assertThat(state(copy)).isEqualTo(state(file));
  }

  private static Optional<OptimizerState> state(KerasFile file) {
    return file.optimizer().map(Optimizer::getState);
  }
}
