package io.github.keras4j.hdf5;

import io.github.keras4j.optimizers.storage.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a model is read from: a file. */
final class Source {
  private Source() {}

  static Model model(Path path) throws IOException {
    return Model.read(bytes(path));
  }

  private static byte[] bytes(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException("is no regular file");
    }
    if (AtomicFile.isTemporary(path)) {
      throw new IOException("is what an interrupted write left over");
    }
    if (Files.size(path) > Integer.MAX_VALUE - 8) {
      throw new IOException("has more than 2 GiB");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return in.readAllBytes();
    }
  }
}
