package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Files as arrays of bytes, for tests that look at each of them. */
final class InMemory {
  private InMemory() {}

  static byte[] write(Group root) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Hdf5Writer.write(root).writeTo(bytes);
    return bytes.toByteArray();
  }

  static Group read(byte[] file) throws IOException {
    return Hdf5Reader.read(Bytes.of(ByteBuffer.wrap(file)));
  }

  static byte[] bytes(Bytes bytes) throws IOException {
    return bytes.first(Math.toIntExact(bytes.size()));
  }

  /** What is in an archive, by name. */
  static Map<String, byte[]> entries(byte[] archive) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }
}
