package io.github.keras4j.hdf5;

import static io.github.keras4j.optimizers.text.Text.format;

import io.jhdf.Constants;
import io.jhdf.FractalHeap;
import io.jhdf.GlobalHeap;
import io.jhdf.Superblock;
import io.jhdf.Utils;
import io.jhdf.btree.BTreeV2;
import io.jhdf.btree.record.BTreeRecord;
import io.jhdf.exceptions.HdfException;
import io.jhdf.storage.HdfBackingStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of an HDF5 file of a stranger, as jHDF sees them: the one place that has to do with
 * what such a file may claim.
 *
 * <p>It hands out slices of what is there, never memory for what is said to be there, and not more
 * of them, all told, than a file of this length can need; so no loop of references is followed for
 * long.
 */
final class Hdf5Bytes implements HdfBackingStorage {
  static final long UNDEFINED = Constants.UNDEFINED_ADDRESS;

  /** So many bytes of blocks may be looked at for each byte of the file. */
  private static final int LOOKS = 32;

  /** What a look costs at least. */
  private static final int LOOK_BYTES = 64;

  private static final int OPAQUE = 5;
  private static final int STRING = 3;

  /** More than the first block of any version has. */
  private static final int SUPERBLOCK_BYTES = 512;

  private final Bytes bytes;
  private final Superblock superblock;
  private final Map<Long, GlobalHeap> heaps = new HashMap<>();

  /** What jHDF is to see in place of bytes of the file, by where they are. */
  private final TreeMap<Long, Byte> replaced = new TreeMap<>();

  private long looksLeft;
  private long dataLeft;
  private long heapsLeft;

  Hdf5Bytes(Bytes file) throws IOException {
    bytes = file;
    looksLeft = (long) LOOKS * file.size() + (1 << 20);
    dataLeft = file.size();
    heapsLeft = file.size();
    superblock =
        Superblock.readSuperblock(
            ByteBuffer.wrap(file.first(SUPERBLOCK_BYTES)).order(ByteOrder.LITTLE_ENDIAN));
  }

  // ---- Blocks of which jHDF believes too much --------------------------------------------------

  /** A heap whose number of blocks the file has room for. */
  FractalHeap heap(long address) {
    int lengths = getSizeOfLengths();
    int offsets = getSizeOfOffsets();
    int table = 14 + 8 * lengths + 2 * offsets + 4 * lengths;
    ByteBuffer header = readBufferFromAddress(address, table + 4 + 2 * lengths + 4 + offsets + 2);
    long width = Short.toUnsignedLong(header.getShort(table));
    long rows = Short.toUnsignedLong(header.getShort(header.limit() - 2));
    requireRoom(width * rows * offsets);
    return new FractalHeap(this, address);
  }

  /** A tree whose number of records the file has room for. */
  <T extends BTreeRecord> BTreeV2<T> tree(long address) {
    int offsets = getSizeOfOffsets();
    ByteBuffer header = readBufferFromAddress(address, 18 + offsets + getSizeOfLengths());
    long recordSize = Short.toUnsignedLong(header.getShort(10));
    header.position(18 + offsets);
    long records = Utils.readBytesAsUnsignedLong(header, getSizeOfLengths());
    requireRoom(Math.multiplyExact(Math.max(1, recordSize), records));
    return new BTreeV2<>(this, address);
  }

  /** No two arrays or strings share bytes in the file. */
  void take(long size) throws IOException {
    dataLeft -= size;
    if (dataLeft < 0) {
      throw new IOException("has arrays and strings of more bytes, all told, than the file");
    }
  }

  void requireRoom(long size) {
    if (size < 0 || size > bytes.size()) {
      throw new HdfException("claims " + size + " bytes of a file of " + bytes.size());
    }
  }

  /** A string that lies elsewhere, in a heap. */
  ByteBuffer string(ByteBuffer reference) throws IOException {
    int length = Utils.readBytesAsUnsignedInt(reference, 4);
    long address = Utils.readBytesAsUnsignedLong(reference, getSizeOfOffsets());
    int index = Utils.readBytesAsUnsignedInt(reference, 4);
    if (index == 0) {
      return ByteBuffer.allocate(0);
    }
    take(length);
    return heaps.computeIfAbsent(address, this::globalHeap).getObjectData(index).limit(length);
  }

  private GlobalHeap globalHeap(long address) {
    ByteBuffer header = readBufferFromAddress(address, 8 + getSizeOfLengths()).position(8);
    heapsLeft -= Utils.readBytesAsUnsignedLong(header, getSizeOfLengths());
    if (heapsLeft < 0) {
      throw new HdfException("has heaps of more bytes, all told, than the file");
    }
    return new GlobalHeap(this, address);
  }

  /** The data of an array, or of an attribute, in separate memory. */
  Bytes data(long address, long size) throws IOException {
    requireRange(address, size);
    take(size);
    return bytes.load(address, size);
  }

  /**
   * Makes a type that jHDF reads of the bytes without a tag that h5py keeps a bfloat16 in, in an
   * object header of version 1: strings of as many bytes, whose description has the same length.
   */
  void nameOpaqueTypes(long address) {
    ByteBuffer prefix = readBufferFromAddress(address, 16);
    if (prefix.get(0) != 1) {
      return;
    }
    int messages = Short.toUnsignedInt(prefix.getShort(2));
    long start = address + 16;
    long size = Integer.toUnsignedLong(prefix.getInt(8));
    ByteBuffer block = map(start, Math.min(size, bytes.size() - start));
    int at = 0;
    for (int i = 0; i < messages && at + 16 <= block.limit(); i++) {
      int length = Short.toUnsignedInt(block.getShort(at + 2));
      byte type = block.get(at + 8);
      boolean isType = block.getShort(at) == 3 && length == 8;
      if (isType && (type & 0xF) == OPAQUE && block.get(at + 9) == 0) {
        replaced.put(start + at + 8, (byte) (type & 0xF0 | STRING));
      }
      at += 8 + length;
    }
  }

  // ---- The file, as jHDF sees it --------------------------------------------------------------

  private void look(long length) {
    looksLeft -= Math.max(length, LOOK_BYTES);
    if (looksLeft < 0) {
      throw new HdfException("refers to the same bytes over and over");
    }
  }

  private void requireRange(long address, long length) {
    if (address < 0 || length < 0 || length > bytes.size() - address) {
      throw new HdfException(
          format("claims %d bytes at %d of a file of %d", length, address, bytes.size()));
    }
  }

  @Override
  public ByteBuffer map(long address, long length) {
    requireRange(address, length);
    look(length);
    try {
      ByteBuffer block = bytes.read(address, Math.toIntExact(length));
      replaced
          .subMap(address, address + length)
          .forEach((at, value) -> block.put((int) (at - address), value));
      return block.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ByteBuffer readBufferFromAddress(long address, int length) {
    return map(address, length);
  }

  @Override
  public ByteBuffer mapNoOffset(long address, long length) {
    return map(address, length);
  }

  @Override
  public long getUserBlockSize() {
    return 0;
  }

  @Override
  public Superblock getSuperblock() {
    return superblock;
  }

  @Override
  public FileChannel getFileChannel() {
    throw new UnsupportedOperationException("the file is read block by block");
  }

  @Override
  public int getSizeOfOffsets() {
    return superblock.getSizeOfOffsets();
  }

  @Override
  public int getSizeOfLengths() {
    return superblock.getSizeOfLengths();
  }

  @Override
  public void close() {}

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public boolean inMemory() {
    return true;
  }
}
