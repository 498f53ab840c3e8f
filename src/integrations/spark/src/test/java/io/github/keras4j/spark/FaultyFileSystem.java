package io.github.keras4j.spark;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Abortable;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.Progressable;

/** The local disk, which may be full or read-only. */
public final class FaultyFileSystem extends RawLocalFileSystem {
  static volatile long room = Long.MAX_VALUE; // bytes for each file
  static volatile boolean readOnly;
  static volatile boolean abortable;
  static volatile int aborted; // streams
  static volatile Full full;

  /** Makes it known as {@code faulty:///path}. */
  static void register(Configuration configuration) {
    configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    room = Long.MAX_VALUE;
    readOnly = false;
    abortable = false;
    aborted = 0;
    full = Full.EXCEPTION;
  }

  @Override
  public URI getUri() {
    return URI.create("faulty:///");
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  private static void requireWritable(Path path) throws AccessControlException {
    if (readOnly) {
      throw new AccessControlException("Permission denied: " + path);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    requireWritable(path);
    return limited(
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    requireWritable(path);
    return limited(super.create(path, overwrite, bufferSize, replication, blockSize, progress));
  }

  private static FSDataOutputStream limited(FSDataOutputStream out) {
    return new FSDataOutputStream(abortable ? new Abandoned(out) : new Limited(out), null);
  }

  /** How a full disk is reported. */
  enum Full {
    /** By an exception. */
    EXCEPTION,
    /** By one exception, which closing throws again, as HDFS does. */
    SAME_EXCEPTION,
    /** By an error, as Hadoop's local disks do. */
    ERROR;

    private void report(IOException reason) throws IOException {
      if (this == ERROR) {
        throw error(reason);
      }
      throw reason;
    }

    private static FSError error(IOException reason) {
      try {
        Constructor<FSError> constructor = FSError.class.getDeclaredConstructor(Throwable.class);
        constructor.setAccessible(true);
        return constructor.newInstance(reason);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Has room for so many bytes. */
  private static class Limited extends FilterOutputStream {
    private long left = room;
    private IOException failed; // null for not yet

    Limited(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (length > left) {
        out.write(bytes, from, (int) left);
        failed = new IOException("No space left on device");
        full.report(failed);
      }
      left -= length;
      out.write(bytes, from, length);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void close() throws IOException {
      out.close();
      if (failed != null && full != Full.EXCEPTION) {
        full.report(failed);
      }
    }
  }

  /** Can be aborted, as object stores can. */
  private static final class Abandoned extends Limited implements Abortable, StreamCapabilities {
    Abandoned(OutputStream out) {
      super(out);
    }

    @Override
    public boolean hasCapability(String capability) {
      return capability.equals(CommonPathCapabilities.ABORTABLE_STREAM);
    }

    @Override
    public AbortableResult abort() {
      aborted++;
      return null;
    }
  }
}
