package io.github.keras4j.optimizers.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes an archive of NumPy arrays, as {@code np.savez}: stored, not compressed. */
public final class NpzWriter {
  /** Fits the second-level cache, where the checksum finds it. */
  private static final int BLOCK_BYTES = 1 << 16;

  /** An archive's first day; but the first of January gets a time zone beside it from the JDK. */
  private static final LocalDateTime NO_DATE = LocalDateTime.of(1980, 2, 1, 0, 0);

  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final DoubleBuffer doubles = block.asDoubleBuffer();

  private NpzWriter() {}

  /**
   * Writes a whole archive. The same arrays give the same bytes at all times.
   *
   * @param out where to; flushed, not closed
   * @param arrays by name: {@link Double}, {@link Long}, {@link Boolean}, {@link String} without
   *     NUL and at most 99,999 characters, or {@code double[]}; of {@code long[]} and {@code
   *     boolean[]} only empty ones
   * @throws IOException if {@code out} throws it
   */
  public static void write(OutputStream out, Map<String, ?> arrays) throws IOException {
    OutputStream buffered = new BufferedOutputStream(out, BLOCK_BYTES);
    NpzWriter writer = new NpzWriter();
    Archive zip = new Archive(buffered);
    try {
      for (Map.Entry<String, ?> array : arrays.entrySet()) {
        writer.put(zip, array.getKey() + ".npy", array.getValue());
      }
      zip.finish();
    } finally {
      zip.release();
    }
    buffered.flush();
  }

  /** An archive that frees its memory outside the heap without closing what it is written to. */
  private static final class Archive extends ZipOutputStream {
    Archive(OutputStream out) {
      super(out);
    }

    void release() {
      def.end();
    }
  }

  /** Takes bytes. */
  private interface Sink {
    void take(byte[] bytes, int offset, int length) throws IOException;
  }

  private void put(ZipOutputStream zip, String name, Object array) throws IOException {
    CRC32 crc = new CRC32();
    long size = feed(array, crc::update);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(size);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(NO_DATE);
    zip.putNextEntry(entry);
    feed(array, zip::write);
    zip.closeEntry();
  }

  /** Feeds header and data to a sink, and answers how many bytes they are. */
  private long feed(Object array, Sink sink) throws IOException {
    sink.take(header(array).toBytes(), 0, Npy.HEADER_BYTES);
    if (array instanceof double[]) {
      double[] tensor = (double[]) array;
      for (int from = 0; from < tensor.length; from += doubles.capacity()) {
        int count = Math.min(doubles.capacity(), tensor.length - from);
        doubles.put(0, tensor, from, count);
        sink.take(block.array(), 0, Double.BYTES * count);
      }
      return Npy.HEADER_BYTES + (long) Double.BYTES * tensor.length;
    }
    byte[] data = data(array);
    sink.take(data, 0, data.length);
    return Npy.HEADER_BYTES + (long) data.length;
  }

  private static Npy header(Object array) {
    if (array instanceof double[]) {
      return new Npy(Npy.FLOAT64, ((double[]) array).length + ",");
    }
    if (array instanceof long[]) {
      return new Npy(Npy.INT64, "0,");
    }
    if (array instanceof boolean[]) {
      return new Npy(Npy.BOOL, "0,");
    }
    if (array instanceof String) {
      return new Npy(Npy.STRING + characters((String) array).length, Npy.SCALAR);
    }
    String type =
        array instanceof Double ? Npy.FLOAT64 : array instanceof Long ? Npy.INT64 : Npy.BOOL;
    return new Npy(type, Npy.SCALAR);
  }

  private static byte[] data(Object array) {
    if (array instanceof String) {
      int[] characters = characters((String) array);
      ByteBuffer data = littleEndian(Integer.BYTES * characters.length);
      data.asIntBuffer().put(characters);
      return data.array();
    }
    if (array instanceof Double) {
      return littleEndian(Double.BYTES).putDouble((Double) array).array();
    }
    if (array instanceof Long) {
      return littleEndian(Long.BYTES).putLong((Long) array).array();
    }
    return array instanceof Boolean ? new byte[] {(byte) ((Boolean) array ? 1 : 0)} : new byte[0];
  }

  /** At least one, as in NumPy, which fills up with zeros. */
  private static int[] characters(String text) {
    return text.isEmpty() ? new int[1] : text.codePoints().toArray();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
