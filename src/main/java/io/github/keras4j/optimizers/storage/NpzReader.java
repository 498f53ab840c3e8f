package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * Reads an archive of NumPy arrays, as {@code np.savez} and {@code np.savez_compressed} make it, of
 * which it trusts nothing.
 *
 * <p>The entries are read one after the other, checksums and all; then the directory at the
 * archive's end must name what was read. Memory is taken for what has been seen to be there, never
 * for what a header claims.
 */
public final class NpzReader {
  private static final int BLOCK_BYTES = 1 << 16;
  private static final String SUFFIX = ".npy";

  /**
   * Relative paths of plain names, none of them {@code .} or {@code ..}; possessive, so that a long
   * one takes no stack.
   */
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*+(/[A-Za-z0-9_][A-Za-z0-9_.-]*+)*+(?<=\\.npy)");

  private final ArchiveTail tail;
  private final ZipInputStream zip;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final DoubleBuffer doubles = littleEndian(block).asDoubleBuffer();

  private NpzReader(ArchiveTail tail, ZipInputStream zip) {
    this.tail = tail;
    this.zip = zip;
  }

  /**
   * Reads a whole archive.
   *
   * @param in where from; read to its end, not closed
   * @return by name, in the archive's order: {@link Double}, {@link Long}, {@link Boolean}, {@link
   *     String} or {@code double[]}, an array of several dimensions flattened; of {@code long[]}
   *     and {@code boolean[]} only empty ones
   * @throws IOException if {@code in} throws it, or is not such an archive, whole and nothing else
   */
  public static Map<String, Object> read(InputStream in) throws IOException {
    ArchiveTail tail = new ArchiveTail(new BufferedInputStream(in));
    try (ZipInputStream zip = new ZipInputStream(tail)) { // which closes no more than itself
      return new NpzReader(tail, zip).read();
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw new IOException("is damaged: " + reason(e), e);
    }
  }

  private Map<String, Object> read() throws IOException {
    Map<String, Object> arrays = new LinkedHashMap<>();
    Set<String> files = new HashSet<>();
    for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
      String file = entry.getName();
      if (!NAME.matcher(file).matches()) {
        throw new IOException(
            "entry must have a relative name of plain parts and .npy, got " + Text.quote(file));
      }
      String name = file.substring(0, file.length() - SUFFIX.length());
      if (!files.add(file)) {
        throw new IOException("entry " + Text.quote(name) + " is in the file twice");
      }
      try {
        arrays.put(name, readArray());
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException("entry " + Text.quote(name) + ": " + reason(e), e);
      }
    }
    if (arrays.isEmpty()) {
      throw new IOException("must begin with an entry, as every .npz file does");
    }
    tail.check(files);
    return arrays;
  }

  /** What the JDK says, which of an early end says nothing. */
  private static String reason(Exception e) {
    return e instanceof EOFException ? "ends too early" : e.getMessage();
  }

  private Object readArray() throws IOException {
    Npy header = Npy.read(zip);
    Object array = header.isScalar() ? readScalar(header) : readTensor(header);
    if (zip.read() >= 0) { // and here the checksum is checked
      throw new IOException(
          format(
              "must have %d bytes of data, as dtype %s and shape (%s) say, got more",
              (long) header.elements() * header.elementBytes(), header.type(), header.shape()));
    }
    return array;
  }

  private Object readScalar(Npy header) throws IOException {
    ByteBuffer data = littleEndian(zip.readNBytes(header.elementBytes()));
    if (data.capacity() < header.elementBytes()) {
      throw tooShort(header, data.capacity());
    }
    return switch (header.type()) {
      case Npy.FLOAT64 -> data.getDouble();
      case Npy.INT64 -> data.getLong();
      case Npy.BOOL -> readFlag(data.get());
      default -> readText(data.asIntBuffer());
    };
  }

  private static boolean readFlag(byte flag) throws IOException {
    if (flag != 0 && flag != 1) {
      throw new IOException("must be 0 or 1, as a bool, got " + flag);
    }
    return flag == 1;
  }

  /** Reads characters of four bytes, of which NumPy fills up the last with zeros. */
  private static String readText(IntBuffer characters) throws IOException {
    int length = characters.remaining();
    while (length > 0 && characters.get(length - 1) == 0) {
      length--;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      int character = characters.get(i);
      if (!Text.isCharacter(character)) {
        throw new IOException(format("must be a string, got the character %08x", character));
      }
      text.appendCodePoint(character);
    }
    return text.toString();
  }

  private Object readTensor(Npy header) throws IOException {
    int length = header.elements();
    if (header.type().equals(Npy.FLOAT64)) {
      return readTensor(header, length);
    }
    if (length > 0 || header.type().startsWith(Npy.STRING)) {
      throw new IOException("must be a float64 array, got dtype " + header.type());
    }
    return header.type().equals(Npy.INT64) ? new long[0] : new boolean[0];
  }

  /** Reads an array that is as long as the rest of the stream at first, and then grows. */
  private double[] readTensor(Npy header, int length) throws IOException {
    double[] tensor = new double[Math.min(length, Math.max(doubles.capacity(), available()))];
    for (int next = 0; next < length; ) {
      int wanted = Math.min(doubles.capacity(), length - next);
      int bytes = zip.readNBytes(block, 0, Double.BYTES * wanted);
      if (bytes < Double.BYTES * wanted) {
        throw tooShort(header, (long) Double.BYTES * next + bytes);
      }
      if (tensor.length < next + wanted) {
        tensor = Arrays.copyOf(tensor, (int) Math.min(length, 2L * tensor.length));
      }
      doubles.get(0, tensor, next, wanted);
      next += wanted;
    }
    return tensor;
  }

  private int available() throws IOException {
    return tail.available() / Double.BYTES;
  }

  private static IOException tooShort(Npy header, long bytes) throws IOException {
    return new IOException(
        format(
            "must have %d bytes of data, as dtype %s and shape (%s) say, got %d",
            (long) header.elements() * header.elementBytes(),
            header.type(),
            header.shape(),
            bytes));
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
