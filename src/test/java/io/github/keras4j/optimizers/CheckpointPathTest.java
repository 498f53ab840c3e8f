package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a checkpoint is saved and loaded, and what becomes of the old one where it cannot be. */
class CheckpointPathTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("checkpoint.npz");
  }

  // ---- Files that are not there, or not to be reached ------------------------------------------

  @Test
  void tellsThatThereIsNoFile() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("checkpoint.npz"));
    for (Path path : List.of(file, link, file.resolve("checkpoint.npz"))) {
      assertThatThrownBy(() -> Checkpoint.load(path))
          .isInstanceOf(NoSuchFileException.class)
          .hasMessage(path.toString());
    }
  }

  /** For a caller who begins from the start where there is no file, nothing of this is that. */
  @Test
  void tellsThatAFileCannotBeReached() throws IOException {
    Checkpoint.save(file, new SGD());
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    for (Path path :
        List.of(
            file.resolve("checkpoint.npz"),
            loop,
            loop.resolve("checkpoint.npz"),
            directory.resolve("n".repeat(300)))) {
      assertThatThrownBy(() -> Checkpoint.load(path))
          .isExactlyInstanceOf(IOException.class)
          .satisfies(
              e ->
                  assertThat(e)
                      .hasMessage(
                          "cannot load checkpoint %s: %s",
                          path, ((FileSystemException) e.getCause()).getReason()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "---------"})
  void tellsThatAFileMayNotBeRead(String permissions) throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Path path = folder.resolve("checkpoint.npz");
    Checkpoint.save(path, new SGD());
    Set<PosixFilePermission> all = Files.getPosixFilePermissions(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
    try {
      assumeFalse(Files.exists(path), "needs a user who may not read everything");
      assertThatThrownBy(() -> Checkpoint.load(path))
          .isExactlyInstanceOf(IOException.class)
          .hasMessage("cannot load checkpoint " + path + ": access denied");
    } finally {
      Files.setPosixFilePermissions(folder, all);
    }
  }

  @Test
  void rejectsToLoadWhatIsNoFile() {
    assertThatThrownBy(() -> Checkpoint.load(directory))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot load checkpoint " + directory + ": is not a regular file");
  }

  @Test
  void rejectsALeftOver() throws IOException {
    Checkpoint.save(file, new SGD());
    Path leftOver = Files.copy(file, directory.resolve("e.0123456789abcdef.tmp"));
    assertThatThrownBy(() -> Checkpoint.load(leftOver))
        .hasMessage(
            "cannot load checkpoint " + leftOver + ": is what an interrupted save left over");
  }

  @Test
  void leavesTheOldFileWhenTheThreadIsInterrupted() throws IOException {
    Checkpoint.save(file, new Adam());
    byte[] old = Files.readAllBytes(file);

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Checkpoint.save(file, new SGD()))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("cannot save checkpoint " + file + ": closed by interrupt");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasBinaryContent(old);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void rejectsTheNameOfATemporaryFile() {
    Path path = directory.resolve("checkpoint.npz.0123456789abcdef.tmp");
    assertThatThrownBy(() -> Checkpoint.save(path, new SGD()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("path must not have the name of a temporary file, got " + path);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void loadsInAThreadThatIsInterrupted() throws IOException {
    Checkpoint.save(file, new Adam());

    Thread.currentThread().interrupt();
    try {
      assertThat(Checkpoint.load(file).optimizer()).isInstanceOf(Adam.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  // ---- Folders that cannot take it ------------------------------------------------------------

  @Test
  void namesAFolderThatIsMissing() {
    Path path = directory.resolve("missing").resolve("checkpoint.npz");
    assertCannotSave(path, path.getParent() + " is not a directory");
  }

  @Test
  void namesAFileThatIsNoFolder() throws IOException {
    Files.createFile(file);
    assertCannotSave(file.resolve("checkpoint.npz"), file + " is not a directory");
  }

  @Test
  void doesNotReplaceAFolder() {
    assertCannotSave(directory, "is not a regular file");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void namesAFolderThatTakesNoFile() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Set<PosixFilePermission> all = Files.getPosixFilePermissions(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
    try {
      assumeFalse(Files.isWritable(folder), "needs a user who may not write everywhere");
      assertCannotSave(
          folder.resolve("checkpoint.npz"), "cannot make a file in " + folder + ": access denied");
    } finally {
      Files.setPosixFilePermissions(folder, all);
    }
  }

  @Test
  void namesAFileSystemThatTakesNoFile() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "needs Linux");
    assertCannotSave(
        Path.of("/proc/self/checkpoint.npz"), "cannot make a file in /proc/self: no such file");
  }

  @Test
  void leavesTheOldFileOnAFullDisk() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.toString()) == 0,
        "needs the right to mount a small disk");
    try {
      Checkpoint.save(file, new Adam());
      byte[] old = Files.readAllBytes(file);
      assertThatThrownBy(() -> Checkpoint.save(file, new Adam(), new double[20_000]))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot save checkpoint " + file + ": No space left on device");
      assertThat(file).hasBinaryContent(old);
      assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    } finally {
      run("umount", directory.toString());
    }
  }

  private static int run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // no such command here
    }
  }

  private static void assertCannotSave(Path path, String reason) {
    assertThatThrownBy(() -> Checkpoint.save(path, new SGD()))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot save checkpoint " + path + ": " + reason);
  }
}
