package io.github.keras4j.spark;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.Progressable;

/** The local disk, which may be full or read-only. */
public final class FaultyFileSystem extends RawLocalFileSystem {
  static volatile long room = Long.MAX_VALUE; // bytes for each file
  static volatile boolean readOnly;

  /** Makes it known as {@code faulty:///path}. */
  static void register(Configuration configuration) {
    configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    room = Long.MAX_VALUE;
    readOnly = false;
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
    return new FSDataOutputStream(
        new FilterOutputStream(out) {
          private long left = room;

          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            if (length > left) {
              out.write(bytes, from, (int) left);
              throw new IOException("No space left on device");
            }
            left -= length;
            out.write(bytes, from, length);
          }

          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }
        },
        null);
  }
}
