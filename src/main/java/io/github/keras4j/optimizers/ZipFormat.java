package io.github.keras4j.optimizers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The records of a ZIP archive as NumPy's {@code savez} makes them: entries that are stored, of a
 * date that says nothing, with ZIP64 sizes in front of the data.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE, .ZIP File
 *     Format Specification</a>
 */
final class ZipFormat {
  static final int LOCAL_SIGNATURE = 0x04034b50;
  static final int CENTRAL_SIGNATURE = 0x02014b50;
  static final int END_SIGNATURE = 0x06054b50;
  static final int ZIP64_END_SIGNATURE = 0x06064b50;
  static final int ZIP64_LOCATOR_SIGNATURE = 0x07064b50;

  static final int LOCAL_BYTES = 30;
  static final int CENTRAL_BYTES = 46;
  static final int END_BYTES = 22;
  static final int ZIP64_END_BYTES = 56 + 20;

  /** Where in a local header the checksum is, which is known only after the data. */
  static final int LOCAL_CRC = 14;

  static final short ZIP64_EXTRA = 1;
  static final short ZIP64_VERSION = 45;
  static final long MAX_UINT32 = 0xffffffffL;
  static final int MAX_UINT16 = 0xffff;

  /** The first of January 1980, where DOS begins to count. */
  private static final int NO_DATE = 0x21 << 16;

  /** The systems that an entry may say it was made on. */
  static final byte DOS = 0;

  static final byte UNIX = 3;

  /** Read and written by the owner, as Python gives a file of an archive. */
  static final int OWNER_ATTRIBUTES = 0600 << 16;

  /** Beyond, Python writes ZIP64 fields, and so do we, to write the same bytes. */
  private static final long PYTHON_LIMIT = Integer.MAX_VALUE;

  private ZipFormat() {}

  /** How long the local header of a file is. */
  static int localBytes(String name) {
    return LOCAL_BYTES + name.length() + 20;
  }

  /** One file of the archive. */
  record Entry(String name, long offset, long size, int crc) {
    int maxCentralBytes() {
      return CENTRAL_BYTES + name.length() + 28;
    }

    void writeLocal(ByteBuffer buffer) {
      buffer.putInt(LOCAL_SIGNATURE).putShort(ZIP64_VERSION);
      writeCommon(buffer, (int) MAX_UINT32, (int) MAX_UINT32, 20);
      buffer.put(name.getBytes(StandardCharsets.US_ASCII));
      buffer.putShort(ZIP64_EXTRA).putShort((short) 16).putLong(size).putLong(size);
    }

    void writeCentral(ByteBuffer buffer) {
      boolean largeSize = size > PYTHON_LIMIT;
      boolean largeOffset = offset > PYTHON_LIMIT;
      int extra = (largeSize ? 16 : 0) + (largeOffset ? 8 : 0);
      int size32 = (int) (largeSize ? MAX_UINT32 : size);
      buffer.putInt(CENTRAL_SIGNATURE).putShort((short) (UNIX << 8 | ZIP64_VERSION));
      buffer.putShort(ZIP64_VERSION);
      writeCommon(buffer, size32, size32, extra == 0 ? 0 : 4 + extra);
      buffer.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(OWNER_ATTRIBUTES);
      buffer.putInt((int) (largeOffset ? MAX_UINT32 : offset));
      buffer.put(name.getBytes(StandardCharsets.US_ASCII));
      if (extra > 0) {
        buffer.putShort(ZIP64_EXTRA).putShort((short) extra);
      }
      if (largeSize) {
        buffer.putLong(size).putLong(size);
      }
      if (largeOffset) {
        buffer.putLong(offset);
      }
    }

    private void writeCommon(ByteBuffer buffer, int compressedSize, int size, int extraBytes) {
      buffer.putShort((short) 0).putShort((short) 0).putInt(NO_DATE);
      buffer.putInt(crc).putInt(compressedSize).putInt(size);
      buffer.putShort((short) name.length()).putShort((short) extraBytes);
    }
  }

  /** Whether an archive needs the ZIP64 end records. */
  static boolean needsZip64End(long entries, long centralOffset, long centralSize) {
    return entries > MAX_UINT16 || centralOffset > PYTHON_LIMIT || centralSize > PYTHON_LIMIT;
  }

  /** Whether the end record alone cannot say how large an archive is. */
  static boolean exceedsZip32(long entries, long centralOffset, long centralSize) {
    return entries > MAX_UINT16 || centralOffset > MAX_UINT32 || centralSize > MAX_UINT32;
  }

  /** Writes what comes after the central directory. */
  static void writeEnd(
      ByteBuffer buffer, boolean zip64, long entries, long centralOffset, long centralSize) {
    if (zip64) {
      buffer.putInt(ZIP64_END_SIGNATURE).putLong(44).putShort(ZIP64_VERSION);
      buffer.putShort(ZIP64_VERSION).putInt(0).putInt(0).putLong(entries).putLong(entries);
      buffer.putLong(centralSize).putLong(centralOffset);
      buffer.putInt(ZIP64_LOCATOR_SIGNATURE).putInt(0).putLong(centralOffset + centralSize);
      buffer.putInt(1);
    }
    short entries16 = (short) Math.min(entries, MAX_UINT16);
    buffer.putInt(END_SIGNATURE).putInt(0).putShort(entries16).putShort(entries16);
    buffer.putInt((int) Math.min(centralSize, MAX_UINT32));
    buffer.putInt((int) Math.min(centralOffset, MAX_UINT32)).putShort((short) 0);
  }
}
