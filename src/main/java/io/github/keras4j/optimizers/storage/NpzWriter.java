package io.github.keras4j.optimizers.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes an archive of NumPy arrays, as {@code np.savez}: stored, not compressed. */
public final class NpzWriter {
  /** Fits the second-level cache, where the checksum finds it. */
  private static final int BLOCK_BYTES = 1 << 16;

  /** An archive's first day; but the JDK adds a time zone to the first of January. */
  private static final LocalDateTime NO_DATE = LocalDateTime.of(1980, 2, 1, 0, 0);

  private final byte[] block = new byte[BLOCK_BYTES];
  private final DoubleBuffer doubles = Npy.littleEndian(block).asDoubleBuffer();

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

  private void put(ZipOutputStream zip, String name, Object array) throws IOException {
    Npy header = header(array);
    CheckedOutputStream checked =
        new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32());
    write(checked, header, array);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(Npy.HEADER_BYTES + header.bytes());
    entry.setCrc(checked.getChecksum().getValue());
    entry.setTimeLocal(NO_DATE);
    zip.putNextEntry(entry);
    write(zip, header, array);
    zip.closeEntry();
  }

  private static Npy header(Object array) {
    if (array instanceof double[][] tensors) {
      long elements = Arrays.stream(tensors).mapToLong(tensor -> tensor.length).sum();
      return new Npy(Npy.FLOAT64, elements + ",");
    }
    if (array instanceof long[] numbers) {
      return new Npy(Npy.INT64, numbers.length + ",");
    }
    if (array instanceof String text) {
      return new Npy(Npy.STRING + Math.max(1, text.codePoints().count()), Npy.SCALAR);
    }
    return new Npy(array instanceof Long ? Npy.INT64 : Npy.FLOAT64, Npy.SCALAR);
  }

  private void write(OutputStream out, Npy header, Object array) throws IOException {
    out.write(header.toBytes());
    if (array instanceof double[][] tensors) {
      writeBlocks(out, tensors);
      return;
    }
    ByteBuffer data = Npy.littleEndian(new byte[(int) header.bytes()]);
    if (array instanceof long[] numbers) {
      data.asLongBuffer().put(numbers);
    } else if (array instanceof String text) {
      data.asIntBuffer().put(text.codePoints().toArray());
    } else if (array instanceof Long number) {
      data.putLong(number);
    } else {
      data.putDouble((Double) array);
    }
    out.write(data.array());
  }

  /** Writes full blocks, whatever the lengths of the arrays, and a last one. */
  private void writeBlocks(OutputStream out, double[][] tensors) throws IOException {
    doubles.clear();
    for (double[] tensor : tensors) {
      for (int from = 0; from < tensor.length; ) {
        int count = Math.min(doubles.remaining(), tensor.length - from);
        doubles.put(tensor, from, count);
        from += count;
        if (!doubles.hasRemaining()) {
          out.write(block);
          doubles.clear();
        }
      }
    }
    out.write(block, 0, Double.BYTES * doubles.position());
  }
}
