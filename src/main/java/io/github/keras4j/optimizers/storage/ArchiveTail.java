package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Text.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ZIP archive as a stream that counts its bytes and remembers the last of them: the record of the
 * archive's end, which the JDK's stream of entries does not look at. With it a file that was cut,
 * or that holds anything before, between or behind the archive's parts, is told from a whole one.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE, .ZIP File
 *     Format Specification</a>
 */
public final class ArchiveTail extends InputStream {
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int END_SIGNATURE = 0x06054b50;

  /** ZIP64's end, its locator, and the end; most archives have the last one alone. */
  private static final int LOCATOR = 56;

  private static final int END = LOCATOR + 20;
  private static final int BYTES = END + 22;

  private final InputStream in;
  private final byte[] last = new byte[BYTES];
  private long count;

  /**
   * Begins with an archive.
   *
   * @param in where from; not closed
   */
  public ArchiveTail(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    if (read > 0) {
      count += read;
      int fresh = Math.min(read, BYTES);
      System.arraycopy(last, fresh, last, 0, BYTES - fresh);
      System.arraycopy(bytes, offset + read - fresh, last, BYTES - fresh, fresh);
    }
    return read;
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  /**
   * Reads to the end, and checks what the archive says of itself there.
   *
   * @param entries how many have been read
   * @throws IOException if the whole was no archive of so many
   */
  public void check(int entries) throws IOException {
    transferTo(OutputStream.nullOutputStream());
    ByteBuffer records = ByteBuffer.wrap(last).order(ByteOrder.LITTLE_ENDIAN);
    boolean zip64 = records.getInt(LOCATOR) == LOCATOR_SIGNATURE;
    long said = zip64 ? records.getLong(32) : Short.toUnsignedLong(records.getShort(END + 10));
    long size = zip64 ? records.getLong(40) : Integer.toUnsignedLong(records.getInt(END + 12));
    long offset = zip64 ? records.getLong(48) : Integer.toUnsignedLong(records.getInt(END + 16));
    if (records.getInt(END) != END_SIGNATURE
        || said != entries
        || offset + size + (zip64 ? BYTES : BYTES - END) != count) {
      throw new IOException(
          format("must end, after %d bytes, as an archive of the %d entries read", count, entries));
    }
  }
}
