package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A checkpoint in a file of any file system that Hadoop knows. */
final class CheckpointFile {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);
  private static final String CANNOT_WRITE = "cannot write checkpoint ";
  private static final String ABORTED = "Job aborted due to stage failure: "; // Spark's

  private CheckpointFile() {}

  /** What a file will hold. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a new file as {@link #write(FileSystem, Path, Content) below}. */
  static void write(FileSystem files, Path path, Optimizer optimizer, double[]... parameters)
      throws IOException {
    write(files, path, out -> Checkpoint.write(out, optimizer, parameters));
  }

  /**
   * Writes a new file, and has it on the disks where the file system can say so. A file that could
   * not be written whole is removed.
   *
   * @throws IOException if the file system throws it, or Hadoop's {@link FSError}, as its local
   *     disks do
   */
  static void write(FileSystem files, Path path, Content content) throws IOException {
    FSDataOutputStream out = null;
    try {
      files.mkdirs(path.getParent());
      out = files.create(path, false);
      content.writeTo(out);
      if (out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
      out.close();
    } catch (IOException | FSError e) {
      giveUp(out);
      remove(files, path);
      throw cannotWrite(path, e);
    } catch (RuntimeException | Error e) {
      giveUp(out);
      remove(files, path);
      throw e;
    }
  }

  /** The failure to write a checkpoint, with the reason that the file system or Spark gave. */
  static IOException cannotWrite(Path path, Throwable reason) {
    return new IOException(CANNOT_WRITE + path + ": " + message(reason), reason);
  }

  /** The reason that the file system or Spark gave. */
  static String message(Throwable reason) {
    Throwable own = reason instanceof FSError ? reason.getCause() : reason;
    String message = own.getMessage() == null ? own.toString() : own.getMessage();
    return message.startsWith(ABORTED) ? message.substring(ABORTED.length()) : message;
  }

  /**
   * Closes a stream to a file that is to be removed, without making it visible where that can be
   * helped. Not by try-with-resources: what a stream throws from {@code close} may be the very
   * exception that it threw before, which nothing can be suppressed in but others.
   */
  private static void giveUp(FSDataOutputStream out) {
    if (out == null) {
      return;
    }
    try {
      if (out.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
        out.abort();
      }
      out.close();
    } catch (IOException | RuntimeException | FSError e) {
      LOG.debug("a stream that is given up does not close", e);
    }
  }

  /** Removes a file or folder; where that fails, it only takes up room. */
  static void remove(FileSystem files, Path path) {
    try {
      files.delete(path, true);
    } catch (IOException | RuntimeException | FSError e) {
      LOG.warn("{} could not be removed: {}", path, e.getMessage());
    }
  }

  static Checkpoint read(FileSystem files, Path path) throws IOException {
    try (InputStream in = files.open(path)) {
      return Checkpoint.read(in);
    } catch (FSError e) {
      throw new IOException(message(e), e);
    }
  }
}
