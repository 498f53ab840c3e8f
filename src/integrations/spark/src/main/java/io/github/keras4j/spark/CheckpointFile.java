package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/** A checkpoint in a file of any file system that Hadoop knows. */
final class CheckpointFile {
  private CheckpointFile() {}

  /** Writes a new file, and has it on the disks where the file system can say so. */
  static void write(FileSystem files, Path path, Optimizer optimizer, double[]... parameters)
      throws IOException {
    try {
      files.mkdirs(path.getParent());
      try (FSDataOutputStream out = files.create(path, false)) {
        Checkpoint.write(out, optimizer, parameters);
        if (out.hasCapability(StreamCapabilities.HSYNC)) {
          out.hsync();
        }
      }
    } catch (IOException e) {
      throw new IOException("cannot write checkpoint " + path + ": " + e.getMessage(), e);
    }
  }

  static Checkpoint read(FileSystem files, Path path) throws IOException {
    try (InputStream in = files.open(path)) {
      return Checkpoint.read(in);
    }
  }
}
