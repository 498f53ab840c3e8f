package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one training in a folder of any file system that Hadoop knows. Each gets a
 * name that no other had, since renaming overwrites nothing, and is not atomic in object stores;
 * what a killed process left half written is found out by reading it.
 */
final class CheckpointFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final Pattern NAME = Pattern.compile("step-(\\d{12})-[0-9a-f]{12}\\.npz");

  private final Path folder;
  private final FileSystem files;

  CheckpointFolder(String uri, Configuration configuration) throws IOException {
    folder = new Path(uri);
    files = folder.getFileSystem(configuration);
  }

  /** What a checkpoint holds, and after how many steps it was written. */
  record Saved(long step, Checkpoint checkpoint) {}

  /** Writes a checkpoint, then removes those before it. */
  void write(long step, Optimizer optimizer, double[][] parameters) throws IOException {
    Path path = new Path(folder, newName(step));
    try {
      files.mkdirs(folder);
      try (FSDataOutputStream out = files.create(path, false)) {
        Checkpoint.write(out, optimizer, parameters);
        if (out.hasCapability(StreamCapabilities.HSYNC)) {
          out.hsync();
        }
      }
    } catch (IOException e) {
      delete(path);
      throw new IOException("cannot write checkpoint " + path + ": " + e.getMessage(), e);
    }
    for (Path other : newestFirst()) {
      if (!other.getName().equals(path.getName()) && step(other) <= step) {
        delete(other);
      }
    }
  }

  private static String newName(long step) {
    String unique = UUID.randomUUID().toString();
    return String.format(
        Locale.ROOT, "step-%012d-%s.npz", step, unique.substring(unique.length() - 12));
  }

  /** The newest whole checkpoint, or null if there is none at all. */
  Saved newest() throws IOException {
    List<Path> paths = newestFirst();
    IOException broken = null;
    for (Path path : paths) {
      try (InputStream in = files.open(path)) {
        return new Saved(step(path), Checkpoint.read(in));
      } catch (IOException e) {
        LOG.warn("{} is passed over: {}", path, e.getMessage());
        IOException reason = new IOException(path + ": " + e.getMessage(), e);
        if (broken == null) {
          broken = reason;
        } else {
          broken.addSuppressed(reason);
        }
      }
    }
    if (broken != null) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "none of the %d checkpoints in %s can be read; the newest is %s",
              paths.size(),
              folder,
              broken.getMessage()),
          broken);
    }
    return null;
  }

  private List<Path> newestFirst() throws IOException {
    List<FileStatus> found = new ArrayList<>();
    try {
      for (FileStatus file : files.listStatus(folder)) {
        if (file.isFile() && NAME.matcher(file.getPath().getName()).matches()) {
          found.add(file);
        }
      }
    } catch (FileNotFoundException noneYet) {
      return List.of();
    }
    found.sort(
        Comparator.<FileStatus>comparingLong(file -> step(file.getPath()))
            .thenComparingLong(FileStatus::getModificationTime)
            .reversed());
    return found.stream().map(FileStatus::getPath).toList();
  }

  private static long step(Path path) {
    Matcher name = NAME.matcher(path.getName());
    if (!name.matches()) {
      throw new IllegalArgumentException("path must be a checkpoint's, got " + path);
    }
    return Long.parseLong(name.group(1));
  }

  private void delete(Path path) {
    try {
      files.delete(path, false);
    } catch (IOException e) {
      LOG.warn("{} could not be removed: {}", path, e.getMessage());
    }
  }
}
