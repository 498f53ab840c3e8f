package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.keras4j.optimizers.support.Bits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes as a checkpoint: what was saved is loaded, all else rejected with one clear line. */
class CheckpointFuzzTest {
  @TempDir static Path directory;

  @FuzzTest(maxDuration = "5m")
  void loadReturnsACheckpointOrThrows(byte[] bytes) throws IOException {
    Path file = directory.resolve("fuzz.npz");
    Files.write(file, bytes);
    Checkpoint saved;
    try {
      saved = Checkpoint.load(file);
    } catch (IOException e) {
      assertThat(e).hasMessageStartingWith("cannot load checkpoint " + file + ": ");
      assertThat(e.getMessage().codePoints()).noneMatch(Character::isISOControl);
      assertThat(e.getCause().getClass()).isIn(IOException.class, IllegalArgumentException.class);
      return;
    }
    // What was accepted is whole: saved again, it is loaded again, the same.
    Path again = directory.resolve("again.npz");
    Checkpoint.save(again, saved.optimizer(), saved.parameters());
    Checkpoint copy = Checkpoint.load(again);
    Bits.assertSame(copy.optimizer().getState(), saved.optimizer().getState());
    Bits.assertSame("parameters", copy.parameters(), saved.parameters());
  }
}
