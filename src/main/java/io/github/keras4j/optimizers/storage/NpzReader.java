package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.text.Text;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
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
  /** Appended to the name of arrays that are stored as one array: the name of their lengths. */
  public static final String LENGTHS = "/lengths";

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
  private final DoubleBuffer doubles = Npy.littleEndian(block).asDoubleBuffer(); // not yet taken
  private long unread; // how many more doubles the entry has

  private NpzReader(ArchiveTail tail, ZipInputStream zip) {
    this.tail = tail;
    this.zip = zip;
  }

  /**
   * Reads a whole archive, to the end of the stream, which is not closed. By name, in the archive's
   * order: {@link Double}, {@link Long}, {@link Boolean}, {@link String}, {@code double[]} and
   * {@code long[]}, an array of several dimensions flattened, or {@code boolean[]}, an empty one
   * alone; where an array of {@code <i8} named {@code X/lengths} stands before X, that is a {@code
   * double[][]} of arrays of these lengths.
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
        throw unreadable(
            "entry must have a relative name of plain parts and .npy, got %s", Text.quote(file));
      }
      String name = file.substring(0, file.length() - SUFFIX.length());
      if (!files.add(file)) {
        throw unreadable("entry %s is in the file twice", Text.quote(name));
      }
      try {
        arrays.put(name, readArray(arrays.get(name + LENGTHS)));
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException("entry " + Text.quote(name) + ": " + reason(e), e);
      }
    }
    if (arrays.isEmpty()) {
      throw unreadable("must begin with an entry, as every .npz file does");
    }
    tail.check(files);
    return arrays;
  }

  /** What the JDK says, except of an early end, of which it says nothing. */
  private static String reason(Exception e) {
    return e instanceof EOFException ? "ends too early" : Text.reason(e);
  }

  private Object readArray(Object lengths) throws IOException {
    Npy header = Npy.read(zip);
    Object array =
        header.isScalar()
            ? readScalar(header)
            : lengths instanceof long[] numbers ? readArrays(header, numbers) : readArray(header);
    if (zip.read() >= 0) { // and here the checksum is checked
      throw wrongSize(header, "more");
    }
    return array;
  }

  private Object readScalar(Npy header) throws IOException {
    ByteBuffer data = readData(header);
    return switch (header.type()) {
      case Npy.FLOAT64 -> data.getDouble();
      case Npy.INT64 -> data.getLong();
      case Npy.BOOL -> readFlag(data.get());
      default -> readText(data.asIntBuffer());
    };
  }

  private static boolean readFlag(byte flag) throws IOException {
    if (flag != 0 && flag != 1) {
      throw unreadable("must be 0 or 1, as a bool, got %s", flag);
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
        throw unreadable("must be a string, got the character %08x", character);
      }
      text.appendCodePoint(character);
    }
    return text.toString();
  }

  private Object readArray(Npy header) throws IOException {
    int length = (int) header.elements(Npy.MAX_ARRAY);
    if (header.type().equals(Npy.FLOAT64)) {
      return readArrays(header, length)[0];
    }
    if (header.type().equals(Npy.INT64)) {
      LongBuffer data = readData(header).asLongBuffer();
      long[] integers = new long[length];
      data.get(integers);
      return integers;
    }
    if (length > 0 || !header.type().equals(Npy.BOOL)) {
      throw unreadable("must be a float64 or int64 array, got dtype %s", header.type());
    }
    return new boolean[0];
  }

  private double[][] readArrays(Npy header, long... lengths) throws IOException {
    if (!header.type().equals(Npy.FLOAT64)) {
      throw unreadable("must be a float64 array, got dtype %s", header.type());
    }
    long sum = 0;
    for (long length : lengths) {
      if (length < 0 || length > Npy.MAX_ARRAY) {
        throw unreadable("must have lengths from 0 to %d, got %d", Npy.MAX_ARRAY, length);
      }
      sum += length;
    }
    long elements = header.elements(Npy.MAX_ELEMENTS);
    if (sum != elements) {
      throw unreadable("must have %d elements, the sum of its lengths, got %d", sum, elements);
    }
    unread = elements;
    doubles.limit(0);
    double[][] arrays = new double[lengths.length][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = nextArray(header, (int) lengths[i]);
    }
    return arrays;
  }

  /** The next doubles: an array as long as the rest of the stream at first, then it grows. */
  private double[] nextArray(Npy header, int length) throws IOException {
    int there = length <= doubles.capacity() ? length : tail.available() / Double.BYTES;
    double[] array = new double[Math.min(length, Math.max(doubles.capacity(), there))];
    for (int next = 0; next < length; ) {
      if (!doubles.hasRemaining()) {
        readBlock(header);
      }
      int count = Math.min(doubles.remaining(), length - next);
      if (array.length < next + count) {
        array = Arrays.copyOf(array, (int) Math.min(length, 2L * array.length));
      }
      doubles.get(array, next, count);
      next += count;
    }
    return array;
  }

  private void readBlock(Npy header) throws IOException {
    int count = (int) Math.min(unread, doubles.capacity());
    int bytes = zip.readNBytes(block, 0, Double.BYTES * count);
    if (bytes < Double.BYTES * count) {
      throw wrongSize(header, header.bytes() - Double.BYTES * unread + bytes);
    }
    unread -= count;
    doubles.clear().limit(count);
  }

  private ByteBuffer readData(Npy header) throws IOException {
    long bytes = header.bytes();
    if (bytes > Npy.MAX_ARRAY) {
      throw unreadable("must have at most %d bytes of data, got %d", Npy.MAX_ARRAY, bytes);
    }
    byte[] data = zip.readNBytes((int) bytes);
    if (data.length < bytes) {
      throw wrongSize(header, data.length);
    }
    return Npy.littleEndian(data);
  }

  private static IOException wrongSize(Npy header, Object got) throws IOException {
    return unreadable(
        "must have %d bytes of data, as dtype %s and shape (%s) say, got %s",
        header.bytes(), header.type(), header.shape(), got);
  }
}
