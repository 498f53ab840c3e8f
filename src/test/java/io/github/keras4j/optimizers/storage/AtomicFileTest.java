package io.github.keras4j.optimizers.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files replaced whole, wherever they are and whatever they are called. */
class AtomicFileTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("file");
  }

  @Test
  void makesAndReplacesAFile() throws IOException {
    replace(file, "old");
    assertThat(file).hasContent("old");
    replace(file, "new");
    assertThat(file).hasContent("new");
    assertThat(directory)
        .isDirectoryContaining(file::equals)
        .isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void replacesAFileInAnArchiveWhereNoDirectoryCanBeForced() throws IOException {
    Path archive = directory.resolve("archive.zip");
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      replace(zip.getPath("/file"), "old");
      replace(zip.getPath("file"), "new");
    }
    try (FileSystem zip = FileSystems.newFileSystem(archive)) {
      assertThat(zip.getPath("/file")).hasContent("new");
      try (Stream<Path> all = Files.list(zip.getPath("/"))) {
        assertThat(all).containsExactly(zip.getPath("/file"));
      }
    }
  }

  /** Nobody could promise that a file in it outlasts a power failure. */
  @Test
  void rejectsADirectoryThatCannotBeReadSoNotBeForced() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("-wx------"));
    try {
      assumeFalse(Files.isReadable(directory), "needs a user who may not read everything");
      assertThatThrownBy(() -> replace(file, "new"))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot open directory %s to force it: %s", directory, "access denied");
      assertThat(file).doesNotExist();
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
    assertThat(directory).isEmptyDirectory();
  }

  // ---- Links ----------------------------------------------------------------------------------

  @Test
  void followsLinksToAFile() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
    Path linkToLink = Files.createSymbolicLink(directory.resolve("link to link"), link);
    Files.writeString(file, "old");

    replace(linkToLink, "new");

    assertThat(link).isSymbolicLink();
    assertThat(linkToLink).isSymbolicLink();
    assertThat(Files.isSymbolicLink(file)).isFalse();
    assertThat(file).hasContent("new");
  }

  @Test
  void followsALinkWhoseFileIsMissing() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("folder", "file"));

    replace(link, "new");

    assertThat(link).isSymbolicLink();
    assertThat(folder.resolve("file")).hasContent("new");
  }

  @Test
  void rejectsALinkToItself() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("link"));

    assertThatThrownBy(() -> replace(link, "new")).hasMessage("is a link that leads nowhere");

    assertThat(link).isSymbolicLink();
  }

  // ---- Permissions ----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-", "r--r-----"})
  void keepsThePermissionsOfTheFileItReplaces(String permissions) throws IOException {
    Files.writeString(file, "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

    AtomicFile.replace(
        file,
        out -> {
          try (Stream<Path> files = Files.list(directory)) {
            Path temporary = files.filter(AtomicFile::isTemporary).findFirst().orElseThrow();
            assertPermissions(temporary, permissions);
          }
          out.write('x');
        });

    assertPermissions(file, permissions);
    assertThat(file).hasContent("x");
  }

  @Test
  void givesANewFileThePermissionsOfAnyOther() throws IOException {
    Path other = Files.createFile(directory.resolve("other"));

    replace(file, "new");

    assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(other));
  }

  private static void assertPermissions(Path path, String permissions) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo(permissions);
  }

  // ---- Names ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63})
  void takesEveryNameThatTheSystemTakes(int characters) throws IOException {
    Path path = directory.resolve("\ud83d\ude00".repeat(characters) + ".np"); // 4 bytes each

    replace(path, "new");

    assertThat(path).hasContent("new");
  }

  @Test
  void namesATemporaryFileByTheStartOfTheName() throws IOException {
    String name = "n".repeat(50);
    AtomicFile.replace(
        directory.resolve(name),
        out -> {
          try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                .singleElement()
                .asString()
                .matches("n{40}\\.[0-9a-f]{16}\\.tmp");
          }
        });
  }

  @Test
  void tellsATemporaryFileByItsWholeName() {
    assertThat(AtomicFile.isTemporary(Path.of("folder", "a.0123456789abcdef.tmp"))).isTrue();
    for (String name :
        new String[] {
          "a.tmp",
          "a.0123456789ABCDEF.tmp",
          "a.0123456789abcde.tmp",
          ".0123456789abcdef.tmp",
          "a.0123456789abcdef.tmp.npz"
        }) {
      assertThat(AtomicFile.isTemporary(Path.of(name))).as(name).isFalse();
    }
    assertThat(AtomicFile.isTemporary(Path.of("/"))).isFalse();
  }

  // ---- Failures -------------------------------------------------------------------------------

  static Stream<Throwable> failures() {
    return Stream.of(
        new IOException("full"),
        new IllegalStateException("wrong"),
        new OutOfMemoryError("none left"),
        new StackOverflowError());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void keepsTheOldFileAloneWhateverTheWriterThrows(Throwable failure) throws IOException {
    replace(file, "old");

    assertThatThrownBy(
            () ->
                AtomicFile.replace(
                    file,
                    out -> {
                      out.write(new byte[9_999]);
                      throw failure(failure);
                    }))
        .isSameAs(failure);

    assertThat(file).hasContent("old");
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).containsExactly(file);
    }
  }

  /** To be thrown, but not returned, unless it is declared. */
  private static IOException failure(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    return (IOException) failure;
  }

  @Test
  void addsThatItCouldNotRemoveWhatItWrote() {
    AtomicFile.Content content =
        out -> {
          try (Stream<Path> only = Files.list(directory)) {
            Path temporary = only.findFirst().orElseThrow();
            Files.delete(temporary);
            Files.createDirectories(temporary.resolve("in the way"));
          }
          throw new IOException("full");
        };
    assertThatThrownBy(() -> AtomicFile.replace(file, content))
        .hasMessage("full")
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .hasOnlyElementsOfType(DirectoryNotEmptyException.class)
                    .hasSize(1));
  }

  private static void replace(Path path, String content) throws IOException {
    AtomicFile.replace(path, out -> out.write(content.getBytes()));
  }
}
