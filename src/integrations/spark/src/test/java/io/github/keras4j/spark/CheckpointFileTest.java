package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file is written whole, or there is none. */
class CheckpointFileTest {
  @TempDir Path folder;

  private FileSystem files;
  private org.apache.hadoop.fs.Path path;

  @BeforeEach
  void open() throws IOException {
    Configuration configuration = new Configuration();
    FaultyFileSystem.register(configuration);
    path = new org.apache.hadoop.fs.Path("faulty://" + folder + "/new/file.npz");
    files = path.getFileSystem(configuration);
  }

  private Path written() {
    return folder.resolve("new/file.npz");
  }

  @ParameterizedTest(name = "{0}, abortable {1}")
  @CsvSource({
    "EXCEPTION, false",
    "SAME_EXCEPTION, false",
    "ERROR, false",
    "EXCEPTION, true",
    "SAME_EXCEPTION, true",
    "ERROR, true"
  })
  void saysWhyItCannotBeWritten(FaultyFileSystem.Full full, boolean abortable) {
    FaultyFileSystem.room = 100;
    FaultyFileSystem.full = full;
    FaultyFileSystem.abortable = abortable;
    assertThatThrownBy(() -> CheckpointFile.write(files, path, new Adam(), new double[] {1.}))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("cannot write checkpoint " + path + ": No space left on device")
        .hasCauseInstanceOf(
            full == FaultyFileSystem.Full.ERROR ? FSError.class : IOException.class);
    assertThat(written()).doesNotExist();
    assertThat(FaultyFileSystem.aborted).isEqualTo(abortable ? 1 : 0);
  }

  @Test
  void leavesNothingOfWhatAnotherErrorInterrupted() throws IOException {
    for (Throwable thrown : new Throwable[] {new OutOfMemoryError("no memory"), new Unexpected()}) {
      assertThatThrownBy(
              () ->
                  CheckpointFile.write(
                      files,
                      path,
                      out -> {
                        out.write(1);
                        assertThat(written()).exists();
                        if (thrown instanceof Error error) {
                          throw error;
                        }
                        throw (Unexpected) thrown;
                      }))
          .isSameAs(thrown);
      assertThat(written()).doesNotExist();
    }
  }

  private static final class Unexpected extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void givesTheNameOfAReasonWithoutMessage() {
    assertThatThrownBy(
            () ->
                CheckpointFile.write(
                    files,
                    path,
                    out -> {
                      throw new java.io.EOFException();
                    }))
        .hasMessage("cannot write checkpoint " + path + ": java.io.EOFException");
  }

  @Test
  void doesNotQuoteSparkOnTheJobThatWasAborted() {
    Exception failure =
        new Exception("Job aborted due to stage failure: ExecutorLostFailure (executor 1 exited)");
    assertThat(CheckpointFile.cannotWrite(path, failure))
        .hasMessage("cannot write checkpoint " + path + ": ExecutorLostFailure (executor 1 exited)")
        .hasCause(failure);
  }
}
