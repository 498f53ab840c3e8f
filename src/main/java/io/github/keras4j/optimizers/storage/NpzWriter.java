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

  /** An archive's first day; but the JDK adds a time zone to the first of January. */
  private static final LocalDateTime NO_DATE = LocalDateTime.of(1980, 2, 1, 0, 0);

  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final DoubleBuffer doubles = block.asDoubleBuffer();

  private NpzWriter() {}

  /**
   * Writes a whole archive to a stream, which is flushed, not closed: by name {@link Double},
   * {@link Long}, {@link String} without NUL, {@code long[]}, or {@code double[][]} as one array
   * after another. The same arrays give the same bytes at all times.
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

  /** Feeds header and data to a sink, and returns how many bytes they are. */
  private long feed(Object array, Sink sink) throws IOException {
    if (array instanceof double[][] tensors) {
      long elements = 0;
      for (double[] tensor : tensors) {
        elements += tensor.length;
      }
      feed(new Npy(Npy.FLOAT64, elements + ","), new byte[0], sink);
      feed(tensors, sink);
      return Npy.HEADER_BYTES + Double.BYTES * elements;
    }
    if (array instanceof long[] numbers) {
      ByteBuffer data = littleEndian(Long.BYTES * numbers.length);
      data.asLongBuffer().put(numbers);
      return feed(new Npy(Npy.INT64, numbers.length + ","), data.array(), sink);
    }
    if (array instanceof String text) {
      int[] characters = text.isEmpty() ? new int[1] : text.codePoints().toArray();
      ByteBuffer data = littleEndian(Integer.BYTES * characters.length);
      data.asIntBuffer().put(characters);
      return feed(new Npy(Npy.STRING + characters.length, Npy.SCALAR), data.array(), sink);
    }
    if (array instanceof Long number) {
      byte[] data = littleEndian(Long.BYTES).putLong(number).array();
      return feed(new Npy(Npy.INT64, Npy.SCALAR), data, sink);
    }
    byte[] data = littleEndian(Double.BYTES).putDouble((Double) array).array();
    return feed(new Npy(Npy.FLOAT64, Npy.SCALAR), data, sink);
  }

  private static long feed(Npy header, byte[] data, Sink sink) throws IOException {
    sink.take(header.toBytes(), 0, Npy.HEADER_BYTES);
    sink.take(data, 0, data.length);
    return Npy.HEADER_BYTES + (long) data.length;
  }

  /** Feeds full blocks, whatever the lengths of the arrays, and a last one. */
  private void feed(double[][] tensors, Sink sink) throws IOException {
    doubles.clear();
    for (double[] tensor : tensors) {
      for (int from = 0; from < tensor.length; ) {
        int count = Math.min(doubles.remaining(), tensor.length - from);
        doubles.put(tensor, from, count);
        from += count;
        if (!doubles.hasRemaining()) {
          sink.take(block.array(), 0, BLOCK_BYTES);
          doubles.clear();
        }
      }
    }
    sink.take(block.array(), 0, Double.BYTES * doubles.position());
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
