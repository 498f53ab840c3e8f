package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Replaces a file so that it is the old one or the new one, whole, at every moment. */
public final class AtomicFile {
  private static final Pattern TEMPORARY = Pattern.compile(".+\\.[0-9a-f]{16}\\.tmp");

  /** So much of a file's name is also its temporary file's, which must not grow too long for it. */
  private static final int NAME_CHARACTERS = 40;

  /** More than any system follows. */
  private static final int MAX_LINKS = 100;

  private AtomicFile() {}

  public interface Content {
    /** Writes the file to a stream that is not buffered, and need not be closed. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Whether a file has the name of one that {@link #replace} has not moved in place. */
  public static boolean isTemporary(Path path) {
    return TEMPORARY.matcher(String.valueOf(path.getFileName())).matches();
  }

  /**
   * Makes or replaces a file, in a directory that exists. The new one is written next to it, forced
   * to the disk, moved into place in one step, and the directory forced. A link is followed, also
   * one whose file does not exist. The new file gets the permissions of the one it replaces, where
   * these are POSIX's. Where it throws, the old file, or none, is in place, unless all that failed
   * was forcing the directory.
   */
  public static void replace(Path path, Content content) throws IOException {
    Path target = followLinks(path);
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new IOException("is not a regular file");
    }
    Path directory = target.getParent();
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    try (FileChannel parent = openDirectory(directory)) {
      moveInPlace(target, content);
      if (parent != null) {
        parent.force(true); // or the move itself may not outlast a power failure
      }
    }
  }

  private static Path followLinks(Path path) throws IOException {
    Path target = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MAX_LINKS) {
        throw new IOException("is a link that leads nowhere");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  /**
   * A directory's channel, or null where there is no such thing, as on Windows or in an archive.
   * Elsewhere a directory that cannot be opened, since it cannot be read, is an error: nobody could
   * promise that a file in it lasts.
   */
  private static FileChannel openDirectory(Path directory) throws IOException {
    try {
      return FileChannel.open(directory, StandardOpenOption.READ);
    } catch (IOException | UnsupportedOperationException e) {
      if (directory.getFileSystem() == FileSystems.getDefault()
          && directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        throw new IOException(
            "cannot open directory " + directory + " to force it: " + Text.reason(e), e);
      }
      return null;
    }
  }

  private static void moveInPlace(Path target, Content content) throws IOException {
    PosixFileAttributeView old = posix(target);
    Set<PosixFilePermission> permissions =
        old == null || !Files.exists(target) ? null : old.readAttributes().permissions();
    Path temporary = temporary(target);
    SeekableByteChannel channel = create(temporary, permissions);
    try {
      try (channel) {
        if (permissions != null) {
          posix(temporary).setPermissions(permissions); // those that the process's mask took away
        }
        content.writeTo(Channels.newOutputStream(channel));
        if (channel instanceof FileChannel) {
          ((FileChannel) channel).force(true);
        }
      }
      // Some file systems replace nothing unless asked to; all others ignore the second option.
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (Throwable e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException notRemoved) {
        e.addSuppressed(notRemoved);
      }
      throw e;
    }
  }

  private static PosixFileAttributeView posix(Path path) {
    return Files.getFileAttributeView(path, PosixFileAttributeView.class);
  }

  /** From the first moment on nobody may read the new file who may not read the old one. */
  private static SeekableByteChannel create(Path file, Set<PosixFilePermission> permissions)
      throws IOException {
    FileAttribute<?>[] attributes =
        permissions == null
            ? new FileAttribute<?>[0]
            : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    try {
      return Files.newByteChannel(
          file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
    } catch (IOException e) {
      throw new IOException("cannot make a file in " + file.getParent() + ": " + Text.reason(e), e);
    }
  }

  private static Path temporary(Path target) {
    String name = target.getFileName().toString();
    int characters = Math.min(NAME_CHARACTERS, name.codePointCount(0, name.length()));
    return target.resolveSibling(
        format(
            "%s.%016x.tmp",
            name.substring(0, name.offsetByCodePoints(0, characters)),
            ThreadLocalRandom.current().nextLong()));
  }
}
