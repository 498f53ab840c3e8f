package io.github.keras4j.optimizers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Reads an archive of NumPy arrays, of which it trusts nothing.
 *
 * <p>The JDK's own readers look either at the local headers or at the central directory; here the
 * two must agree in every byte, the entries must lie one after the other from the first byte to the
 * directory, and the file must end with it. So whatever two programs see in the file, they see the
 * same. Memory is taken for what has been seen to be in the file, never for what a header claims.
 */
final class NpzReader {
  /** Fits the second-level cache, and every entry but an array. */
  private static final int BLOCK_BYTES = 1 << 19;

  private static final String SUFFIX = ".npy";
  private static final int COMMON_BYTES = 14;
  private static final int STORED = 0;
  private static final int ENCRYPTED = 1;
  private static final int SIZES_LATER = 1 << 3;
  private static final int UTF8 = 1 << 11;
  private static final Set<Integer> VERSIONS = Set.of(10, 20, 45);

  /**
   * Relative paths of plain names, none of them {@code .} or {@code ..}; possessive, so that a long
   * one takes no stack.
   */
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*+(/[A-Za-z0-9_][A-Za-z0-9_.-]*+)*+(?<=\\.npy)");

  private final FileChannel channel;
  private final long size;
  private final ByteBuffer block; // what has been read from the file and not been taken yet
  private long position; // of the next byte to take
  private final CRC32 crc = new CRC32();
  private final List<Local> locals = new ArrayList<>();

  /**
   * What the central directory must repeat.
   *
   * @param common version, flags, method, time, date and checksum, as they are
   */
  private record Local(String name, ByteBuffer common, long offset, long size, int crc) {}

  private NpzReader(FileChannel channel) throws IOException {
    this.channel = channel;
    this.size = channel.size();
    this.block =
        ByteBuffer.allocateDirect((int) Math.min(size, BLOCK_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN)
            .limit(0);
  }

  /**
   * Reads a whole file.
   *
   * @return by name: {@link Double}, {@link Long}, {@link Boolean}, {@link String} or {@code
   *     double[]}, an array of several dimensions flattened
   */
  static Map<String, Object> read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      return new NpzReader(channel).read();
    }
  }

  private Map<String, Object> read() throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (signature() == ZipFormat.LOCAL_SIGNATURE) {
      Local local = readLocal();
      locals.add(local);
      String name = withoutSuffix(local.name);
      if (values.containsKey(name)) {
        throw new IOException("entry " + name + " is in the file twice");
      }
      try {
        values.put(name, readValue(local));
      } catch (IOException e) {
        throw new IOException("entry " + name + ": " + e.getMessage(), e);
      }
    }
    if (locals.isEmpty()) {
      throw new IOException("must begin with an entry, as every .npz file does");
    }
    long directory = position;
    for (Local local : locals) {
      checkCentral(local);
    }
    checkEnd(directory);
    return values;
  }

  // ---- The archive ----------------------------------------------------------------------------

  private Local readLocal() throws IOException {
    long offset = position;
    ByteBuffer header = take(ZipFormat.LOCAL_BYTES, "a local header");
    byte[] common = new byte[COMMON_BYTES];
    header.get(4, common);
    int version = header.getShort(4);
    int flags = header.getShort(6);
    int method = Short.toUnsignedInt(header.getShort(8));
    int crc = header.getInt(14);
    int nameBytes = Short.toUnsignedInt(header.getShort(26));
    int extraBytes = Short.toUnsignedInt(header.getShort(28));
    long[] sizes = {uint32(header, 22), uint32(header, 18)};

    String name = text(take(nameBytes, "the name of an entry"));
    if (!NAME.matcher(name).matches()) {
      throw new IOException(
          "entry must have a relative name of plain parts and .npy, got \""
              + Npy.quote(name)
              + '"');
    }
    require(method == STORED, name, "must be stored, got compression method " + method);
    require((flags & ENCRYPTED) == 0, name, "must not be encrypted");
    require((flags & SIZES_LATER) == 0, name, "must have its size in front of the data");
    require((flags & ~UTF8) == 0, name, "must have no flags but UTF-8's");
    require(VERSIONS.contains(version), name, "must need ZIP version 1.0, 2.0 or 4.5");
    widen(name, sizes, take(extraBytes, "the extra field of entry " + name));
    require(sizes[0] == sizes[1], name, "must be as long as it is stored");
    require(
        sizes[0] >= 0 && sizes[0] <= size - position,
        name,
        String.format(
            "says it has %d bytes, but the file ends after %d", sizes[0], size - position));
    return new Local(name, ByteBuffer.wrap(common), offset, sizes[0], crc);
  }

  private void checkCentral(Local local) throws IOException {
    if (signature() != ZipFormat.CENTRAL_SIGNATURE) {
      throw new IOException(
          String.format("must hold an entry or the central directory at byte %d", position));
    }
    ByteBuffer header = take(ZipFormat.CENTRAL_BYTES, "the central directory");
    int attributes = header.getInt(38);
    boolean plain =
        header.slice(6, COMMON_BYTES).equals(local.common)
            && header.get(4) == local.common.get(0)
            && (header.get(5) == ZipFormat.DOS || header.get(5) == ZipFormat.UNIX)
            && header.getInt(32) == 0 // no comment, first disk
            && header.getShort(36) == 0
            && (attributes == 0 || attributes == ZipFormat.OWNER_ATTRIBUTES);
    int nameBytes = Short.toUnsignedInt(header.getShort(28));
    int extraBytes = Short.toUnsignedInt(header.getShort(30));
    long[] fields = {uint32(header, 24), uint32(header, 20), uint32(header, 42)};
    String name = text(take(nameBytes, "the central directory"));
    widen(local.name, fields, take(extraBytes, "the central directory"));
    require(
        plain
            && name.equals(local.name)
            && Arrays.equals(fields, new long[] {local.size, local.size, local.offset}),
        local.name,
        "must be the same in its local header and in the central directory");
  }

  private void checkEnd(long directory) throws IOException {
    int entries = locals.size();
    long bytes = position - directory;
    boolean zip64 = signature() == ZipFormat.ZIP64_END_SIGNATURE;
    ByteBuffer expected =
        ByteBuffer.allocate(ZipFormat.END_BYTES + (zip64 ? ZipFormat.ZIP64_END_BYTES : 0))
            .order(ByteOrder.LITTLE_ENDIAN);
    ZipFormat.writeEnd(expected, zip64, entries, directory, bytes);
    if (!take(expected.capacity(), "the end of the archive").equals(expected.flip())
        || !zip64 && ZipFormat.exceedsZip32(entries, directory, bytes)) {
      throw new IOException(
          String.format(
              "must end as an archive of %d entries with the central directory at byte %d",
              entries, directory));
    }
    if (position != size) {
      throw new IOException(
          String.format("must end with the archive, got %d bytes after it", size - position));
    }
  }

  /** Puts ZIP64's fields in the place of those that are all ones; it must hold no others. */
  private static void widen(String name, long[] fields, ByteBuffer extra) throws IOException {
    int wide = 0;
    for (long field : fields) {
      wide += field == ZipFormat.MAX_UINT32 ? 1 : 0;
    }
    require(
        wide == 0
            ? extra.remaining() == 0
            : extra.remaining() == 4 + 8 * wide
                && extra.getShort() == ZipFormat.ZIP64_EXTRA
                && extra.getShort() == 8 * wide,
        name,
        "must have no extra field but that of ZIP64");
    for (int i = 0; i < fields.length; i++) {
      if (fields[i] == ZipFormat.MAX_UINT32) {
        fields[i] = extra.getLong();
      }
    }
  }

  private static void require(boolean fulfilled, String name, String message) throws IOException {
    if (!fulfilled) {
      throw new IOException("entry " + withoutSuffix(name) + ": " + message);
    }
  }

  private static String withoutSuffix(String name) {
    return name.substring(0, name.length() - SUFFIX.length());
  }

  private static long uint32(ByteBuffer buffer, int index) {
    return Integer.toUnsignedLong(buffer.getInt(index));
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(bytes).toString();
  }

  // ---- The arrays -----------------------------------------------------------------------------

  private Object readValue(Local local) throws IOException {
    crc.reset();
    long end = position + local.size;
    int headerBytes = Npy.headerBytes(takeData(Npy.PREFIX_BYTES, end));
    byte[] text = new byte[headerBytes];
    takeData(headerBytes, end).get(text);
    Npy header = Npy.parse(text);
    int elements = header.elements();
    if (elements * header.elementBytes() != end - position) {
      throw new IOException(
          String.format(
              "must have %d bytes of data, as dtype %s and shape (%s) say, got %d",
              elements * header.elementBytes(), header.type(), header.shape(), end - position));
    }
    Object value = header.isScalar() ? readScalar(header, end) : readTensor(header, elements, end);
    if ((int) crc.getValue() != local.crc) {
      throw new IOException(
          String.format(
              "must have checksum %08x, as the archive says, got %08x: the data is damaged",
              local.crc, (int) crc.getValue()));
    }
    return value;
  }

  private Object readScalar(Npy header, long end) throws IOException {
    ByteBuffer data = takeData((int) header.elementBytes(), end);
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
      if (character == 0
          || !Character.isValidCodePoint(character)
          || Character.getType(character) == Character.SURROGATE) {
        throw new IOException(String.format("must be a string, got the character %08x", character));
      }
      text.appendCodePoint(character);
    }
    return text.toString();
  }

  private double[] readTensor(Npy header, int elements, long end) throws IOException {
    if (!header.type().equals(Npy.FLOAT64)) {
      throw new IOException(String.format("must be a float64 array, got dtype %s", header.type()));
    }
    double[] tensor = new double[elements];
    int next = 0;
    while (next < elements) {
      // What the block holds, however little, spares moving it to the block's begin.
      int bytes = block.remaining() >= Double.BYTES ? block.remaining() : block.capacity();
      int count = Math.min(bytes / Double.BYTES, elements - next);
      takeData(count * Double.BYTES, end).asDoubleBuffer().get(tensor, next, count);
      next += count;
    }
    return tensor;
  }

  // ---- The bytes ------------------------------------------------------------------------------

  /** The signature of the record that comes next. */
  private int signature() throws IOException {
    fill(Integer.BYTES, "the archive");
    return block.getInt(block.position());
  }

  /** The next bytes of an entry's data, as {@link #take}, and sums them up. */
  private ByteBuffer takeData(int bytes, long end) throws IOException {
    if (bytes > end - position) {
      throw new IOException("must be a NumPy array, but ends within its header");
    }
    ByteBuffer data = take(bytes, "an entry");
    crc.update(data.duplicate());
    return data;
  }

  /** The next bytes, which are good until the next call. */
  private ByteBuffer take(int bytes, String what) throws IOException {
    fill(bytes, what);
    ByteBuffer taken = block.slice(block.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
    block.position(block.position() + bytes);
    position += bytes;
    return taken;
  }

  /** Sees to it that the block holds the next bytes. */
  private void fill(int bytes, String what) throws IOException {
    if (bytes > size - position) {
      throw new IOException(String.format("ends within %s, at byte %d", what, size));
    }
    if (block.remaining() >= bytes) {
      return;
    }
    block.compact();
    while (block.position() < bytes) {
      if (channel.read(block) < 0) {
        throw new IOException("has become shorter while it was read");
      }
    }
    block.flip();
  }
}
