package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Replaces a file so that it is the old one or the new one, whole, at every moment. */
final class AtomicFile {
  private static final Pattern TEMPORARY = Pattern.compile(".+\\.[0-9a-f]{16}\\.tmp");

  private AtomicFile() {}

  /** What the new file is to hold. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Whether a file has the name of one that {@link #replace} has not moved in place. */
  static boolean isTemporary(Path path) {
    return TEMPORARY.matcher(String.valueOf(path.getFileName())).matches();
  }

  static void replace(Path path, Content content) throws IOException {
    boolean exists = Files.exists(path);
    if (exists && !Files.isRegularFile(path)) {
      throw new IOException("is no regular file");
    }
    Path target = exists ? path.toRealPath() : path.toAbsolutePath();
    Path directory = target.getParent();
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is no directory");
    }
    try (FileChannel parent = open(directory)) {
      moveInPlace(target, content);
      if (parent != null) {
        parent.force(true); // or the move itself may not outlast a power failure
      }
    }
  }

  /** A directory's channel, or null where the system opens none, as Windows. */
  private static FileChannel open(Path directory) throws IOException {
    try {
      return FileChannel.open(directory, StandardOpenOption.READ);
    } catch (AccessDeniedException e) {
      return null;
    }
  }

  private static void moveInPlace(Path target, Content content) throws IOException {
    Path temporary = temporary(target);
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      try (channel) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable e) {
      remove(temporary, e);
      throw e;
    }
  }

  private static Path temporary(Path target) {
    String random = String.format("%016x", ThreadLocalRandom.current().nextLong());
    return target.resolveSibling(target.getFileName() + "." + random + ".tmp");
  }

  private static void remove(Path temporary, Throwable cause) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
