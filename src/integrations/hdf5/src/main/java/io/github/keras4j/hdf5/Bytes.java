package io.github.keras4j.hdf5;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Bytes of any number, more than 2 GiB too: in a file, in memory, or made when they are read. */
interface Bytes {
  /**
   * So many at once: one array of Java ends at 2 GiB, and what has been read into a processor's
   * cache is taken apart while it is there.
   */
  int PIECE = 1 << 18;

  long size();

  /**
   * Fills a buffer.
   *
   * @throws IndexOutOfBoundsException if there are not so many
   */
  void read(long from, ByteBuffer bytes) throws IOException;

  /**
   * Some of them, in an array that may be part of the whole.
   *
   * @throws IndexOutOfBoundsException if there are not so many
   */
  default ByteBuffer read(long from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, size());
    ByteBuffer bytes = ByteBuffer.allocate(length);
    read(from, bytes);
    return bytes.flip();
  }

  /** The same bytes in memory; of a part of what is in memory, no copy. */
  default Bytes load(long from, long size) throws IOException {
    List<ByteBuffer> pieces = new ArrayList<>();
    for (long at = 0; at < size; at += PIECE) {
      pieces.add(read(from + at, (int) Math.min(PIECE, size - at)));
    }
    return new Pieces(pieces, size);
  }

  default Bytes load() throws IOException {
    return load(0, size());
  }

  default void writeTo(OutputStream out) throws IOException {
    for (long at = 0; at < size(); at += PIECE) {
      ByteBuffer piece = read(at, (int) Math.min(PIECE, size() - at));
      out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }
  }

  /** What is there of the first bytes. */
  default byte[] first(int most) throws IOException {
    byte[] first = new byte[(int) Math.min(most, size())];
    read(0, first.length).get(first);
    return first;
  }

  /** A part of these bytes. */
  default Bytes part(long start, long size) {
    Bytes whole = this;
    return new Bytes() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public void read(long from, ByteBuffer bytes) throws IOException {
        Objects.checkFromIndexSize(from, bytes.remaining(), size);
        whole.read(start + from, bytes);
      }

      @Override
      public ByteBuffer read(long from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, size);
        return whole.read(start + from, length);
      }
    };
  }

  /** A file, which is read when it is asked for. */
  record InFile(FileChannel channel, long size) implements Bytes {
    @Override
    public void read(long from, ByteBuffer bytes) throws IOException {
      Objects.checkFromIndexSize(from, bytes.remaining(), size);
      int end = bytes.limit();
      for (long at = from; bytes.position() < end; ) {
        // for each read the JDK takes as much memory again
        bytes.limit(Math.min(end, bytes.position() + PIECE));
        int count = channel.read(bytes, at);
        if (count < 0) {
          throw new IOException("is truncated");
        }
        at += count;
      }
    }
  }

  /** Bytes in memory, in pieces of equal length, except the last. */
  record Pieces(List<ByteBuffer> pieces, long size) implements Bytes {
    @Override
    public void read(long from, ByteBuffer bytes) {
      Objects.checkFromIndexSize(from, bytes.remaining(), size);
      for (long at = from; bytes.hasRemaining(); ) {
        ByteBuffer piece = pieces.get((int) (at / PIECE));
        int offset = (int) (at % PIECE);
        int count = Math.min(bytes.remaining(), piece.limit() - offset);
        bytes.put(piece.slice(offset, count));
        at += count;
      }
    }

    @Override
    public ByteBuffer read(long from, int length) throws IOException {
      Objects.checkFromIndexSize(from, length, size);
      int offset = (int) (from % PIECE);
      if (length > 0 && length <= pieces.get((int) (from / PIECE)).limit() - offset) {
        return pieces.get((int) (from / PIECE)).slice(offset, length);
      }
      return Bytes.super.read(from, length);
    }
  }

  /** The bytes of a buffer, which is not copied. */
  static Bytes of(ByteBuffer bytes) {
    List<ByteBuffer> pieces = new ArrayList<>();
    for (int at = bytes.position(); at < bytes.limit(); at += PIECE) {
      pieces.add(bytes.slice(at, Math.min(PIECE, bytes.limit() - at)));
    }
    return new Pieces(pieces, bytes.remaining());
  }

  /** What is left of a stream, of so many bytes at most. */
  static Bytes of(InputStream in, long most) throws IOException {
    List<ByteBuffer> pieces = new ArrayList<>();
    long size = 0;
    int length;
    do {
      byte[] piece = in.readNBytes((int) Math.min(PIECE, most - size));
      length = piece.length;
      size += length;
      if (length > 0) {
        pieces.add(ByteBuffer.wrap(piece));
      }
    } while (length == PIECE);
    return new Pieces(pieces, size);
  }
}
