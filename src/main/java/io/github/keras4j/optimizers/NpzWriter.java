package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Writes numbers and arrays to an archive of NumPy arrays, each passed on as it comes. */
final class NpzWriter {
  /** Fits the second-level cache, where the checksum finds it. */
  private static final int BLOCK_BYTES = 1 << 18;

  private final FileChannel channel;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final List<ZipFormat.Entry> entries = new ArrayList<>();
  private final CRC32 crc = new CRC32();
  private long written; // all bytes before the block
  private int unsummed; // where in the block the bytes begin that the checksum lacks

  NpzWriter(FileChannel channel) {
    this.channel = channel;
  }

  void put(String name, double[] tensor) throws IOException {
    begin(name, new Npy(Npy.FLOAT64, tensor.length + ","), (long) Double.BYTES * tensor.length);
    int next = 0;
    while (next < tensor.length) {
      reserve(Double.BYTES);
      int count = Math.min(block.remaining() / Double.BYTES, tensor.length - next);
      block.asDoubleBuffer().put(tensor, next, count);
      block.position(block.position() + count * Double.BYTES);
      next += count;
    }
    end();
  }

  void put(String name, double number) throws IOException {
    begin(name, new Npy(Npy.FLOAT64, Npy.SCALAR), Double.BYTES);
    block.putDouble(number);
    end();
  }

  void put(String name, long number) throws IOException {
    begin(name, new Npy(Npy.INT64, Npy.SCALAR), Long.BYTES);
    block.putLong(number);
    end();
  }

  void put(String name, boolean flag) throws IOException {
    begin(name, new Npy(Npy.BOOL, Npy.SCALAR), 1);
    block.put((byte) (flag ? 1 : 0));
    end();
  }

  void put(String name, String text) throws IOException {
    int[] characters = text.codePoints().toArray();
    begin(
        name,
        new Npy(Npy.STRING + characters.length, Npy.SCALAR),
        (long) Integer.BYTES * characters.length);
    for (int character : characters) {
      reserve(Integer.BYTES);
      block.putInt(character);
    }
    end();
  }

  /** Writes the central directory; nothing can be put after it. */
  void finish() throws IOException {
    long offset = position();
    for (ZipFormat.Entry entry : entries) {
      reserve(entry.maxCentralBytes());
      entry.writeCentral(block);
    }
    long size = position() - offset;
    reserve(ZipFormat.ZIP64_END_BYTES + ZipFormat.END_BYTES);
    boolean zip64 = ZipFormat.needsZip64End(entries.size(), offset, size);
    ZipFormat.writeEnd(block, zip64, entries.size(), offset, size);
    flush();
  }

  private void begin(String name, Npy header, long bytes) throws IOException {
    String file = name + ".npy";
    reserve(ZipFormat.localBytes(file) + Npy.HEADER_BYTES + Double.BYTES);
    ZipFormat.Entry entry = new ZipFormat.Entry(file, position(), Npy.HEADER_BYTES + bytes, 0);
    entries.add(entry);
    entry.writeLocal(block);
    crc.reset();
    unsummed = block.position();
    header.writeHeader(block);
  }

  private void end() throws IOException {
    sum();
    ZipFormat.Entry entry = entries.remove(entries.size() - 1);
    int value = (int) crc.getValue();
    if (entry.offset() >= written) {
      block.putInt((int) (entry.offset() - written) + ZipFormat.LOCAL_CRC, value);
    } else {
      ByteBuffer late = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      late.putInt(value).flip();
      while (late.hasRemaining()) {
        channel.write(late, entry.offset() + ZipFormat.LOCAL_CRC + late.position());
      }
    }
    entries.add(new ZipFormat.Entry(entry.name(), entry.offset(), entry.size(), value));
  }

  private long position() {
    return written + block.position();
  }

  /** Makes room in the block. */
  private void reserve(int bytes) throws IOException {
    if (block.remaining() < bytes) {
      sum();
      flush();
    }
  }

  private void sum() {
    crc.update(block.array(), unsummed, block.position() - unsummed);
    unsummed = block.position();
  }

  private void flush() throws IOException {
    block.flip();
    written += block.remaining();
    while (block.hasRemaining()) {
      channel.write(block);
    }
    block.clear();
    unsummed = 0;
  }
}
