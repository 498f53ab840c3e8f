package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * A ZIP archive as a stream that counts its bytes and keeps the last of them: the central directory
 * and the record of the archive's end, which the JDK's stream of entries does not look at. They
 * show whether a file was cut, holds anything before, between or behind the archive's parts, or has
 * an entry under another name.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">PKWARE, .ZIP File
 *     Format Specification</a>
 */
public final class ArchiveTail extends InputStream {
  private static final int FILE_SIGNATURE = 0x02014b50;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int END_SIGNATURE = 0x06054b50;

  /** A file's record in the directory, without name, extra field and comment. */
  private static final int FILE_BYTES = 46;

  /** More than a writer of arrays puts into extra field and comment. */
  private static final int EXTRA_BYTES = 1024;

  /** The archive's end. In ZIP64 another end and a locator stand before it. */
  private static final int END_BYTES = 22;

  private static final int LOCATOR_BYTES = 20 + END_BYTES;
  private static final int ZIP64_BYTES = 56 + LOCATOR_BYTES;

  /** More than the JDK's stream reads before it finds that there is no other entry. */
  private static final int READ_AHEAD = 1024;

  private final InputStream in;
  private final byte[] last = new byte[READ_AHEAD];
  private long count;

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
      int fresh = Math.min(read, READ_AHEAD);
      System.arraycopy(last, fresh, last, 0, READ_AHEAD - fresh);
      System.arraycopy(bytes, offset + read - fresh, last, READ_AHEAD - fresh, fresh);
    }
    return read;
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  /**
   * Reads to the end, and checks that the archive says there that it consists of the entries that
   * have been read. Only there are names stored again: a checksum covers what is in an entry, not
   * its name.
   */
  public void check(Set<String> names) throws IOException {
    ByteBuffer tail = readTail(names).order(ByteOrder.LITTLE_ENDIAN);
    int end = tail.limit() - END_BYTES;
    int zip64End = tail.limit() - ZIP64_BYTES;
    boolean zip64 = tail.getInt(tail.limit() - LOCATOR_BYTES) == LOCATOR_SIGNATURE;
    long said = zip64 ? tail.getLong(zip64End + 32) : unsigned(tail.getShort(end + 10));
    long size = zip64 ? tail.getLong(zip64End + 40) : Integer.toUnsignedLong(tail.getInt(end + 12));
    long offset =
        zip64 ? tail.getLong(zip64End + 48) : Integer.toUnsignedLong(tail.getInt(end + 16));
    int directoryEnd = zip64 ? zip64End : end;
    if (tail.getInt(end) != END_SIGNATURE
        || said != names.size()
        || size < 0
        || size > directoryEnd
        || offset + size + tail.limit() - directoryEnd != count) {
      throw noArchiveOf(names);
    }
    checkDirectory(tail.limit(directoryEnd).position(directoryEnd - (int) size), names);
  }

  /** The last bytes, among them the whole directory, unless it has more than these names. */
  private ByteBuffer readTail(Set<String> names) throws IOException {
    long most = ZIP64_BYTES;
    for (String name : names) {
      most += FILE_BYTES + name.getBytes(StandardCharsets.UTF_8).length + EXTRA_BYTES;
    }
    byte[] before = last.clone();
    byte[] rest = readNBytes((int) Math.min(most, Integer.MAX_VALUE - 2L * READ_AHEAD));
    if (transferTo(OutputStream.nullOutputStream()) > 0) {
      throw noArchiveOf(names);
    }
    return ByteBuffer.allocate(READ_AHEAD + rest.length).put(before).put(rest);
  }

  private void checkDirectory(ByteBuffer directory, Set<String> names) throws IOException {
    Set<String> listed = new HashSet<>();
    while (directory.remaining() >= FILE_BYTES) {
      int file = directory.position();
      int length = unsigned(directory.getShort(file + 28));
      int next =
          file
              + FILE_BYTES
              + length
              + unsigned(directory.getShort(file + 30))
              + unsigned(directory.getShort(file + 32));
      if (directory.getInt(file) != FILE_SIGNATURE || next > directory.limit()) {
        throw noArchiveOf(names);
      }
      String name =
          new String(directory.array(), file + FILE_BYTES, length, StandardCharsets.UTF_8);
      if (!names.contains(name) || !listed.add(name)) {
        throw unreadable("must name each entry in its directory, got %s there", Text.quote(name));
      }
      directory.position(next);
    }
    if (directory.hasRemaining() || listed.size() < names.size()) {
      throw noArchiveOf(names);
    }
  }

  private static int unsigned(short number) {
    return Short.toUnsignedInt(number);
  }

  private IOException noArchiveOf(Set<String> names) {
    return unreadable(
        "must end, after %d bytes, as an archive of the %d entries read", count, names.size());
  }
}
