package io.github.keras4j.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one training has saved after its steps, in a folder of any file system that Hadoop knows.
 * Each gets a name that no other had, since renaming overwrites nothing, and is not atomic in
 * object stores; what a killed process left half written is found out by reading it.
 */
final class StepFolder {
  private static final Logger LOG = LoggerFactory.getLogger(StepFolder.class);

  private static final String CONDITIONS = "conditions";
  private static final String WHOLE = "SparkTrainer";
  private static final String SHARDED = "ShardedTrainer";
  private static final Pattern ANY_KIND = Pattern.compile("step-\\d{12}-[0-9a-f]{12}(\\.npz)?");

  private final Path folder;
  private final FileSystem files;
  private final Pattern name;
  private final String suffix;
  private final int keep; // how many
  private final Set<String> damaged = new HashSet<>();

  StepFolder(String uri, String suffix, int keep, Configuration configuration) throws IOException {
    this.keep = keep;
    folder = new Path(uri);
    files = folder.getFileSystem(configuration);
    name = Pattern.compile("step-(\\d{12})-[0-9a-f]{12}" + Pattern.quote(suffix));
    this.suffix = suffix;
  }

  FileSystem files() {
    return files;
  }

  /** A place that nothing has been written to. */
  Path newPath(long step) {
    String unique = UUID.randomUUID().toString();
    return new Path(
        folder,
        String.format(
            Locale.ROOT, "step-%012d-%s%s", step, unique.substring(unique.length() - 12), suffix));
  }

  /**
   * Removes what is not newer than what was saved now, except the newest, as many as are to be
   * kept. What could not be read is none of these.
   */
  void keepNewest(Path saved) throws IOException {
    int kept = 0;
    for (Path path : newestFirst()) {
      boolean newer = step(path) > step(saved);
      if (!newer && (damaged.contains(path.getName()) || kept++ >= keep)) {
        remove(path);
      }
    }
  }

  /** Where what belongs to something that is saved lies, besides it or, in a folder, inside. */
  Path besides(Path path) {
    return suffix.isEmpty() ? new Path(path, CONDITIONS) : path.suffix("." + CONDITIONS);
  }

  /** Removes something, and what belongs to it; where that fails, it only takes up room. */
  void remove(Path path) {
    CheckpointFile.remove(files, path);
    if (!suffix.isEmpty()) {
      CheckpointFile.remove(files, besides(path));
    }
  }

  /** Reads something that was saved. */
  interface Reader<S> {
    S read(Path path) throws IOException;
  }

  /** What was saved after so many steps. */
  record Saved<S>(long step, S value) {}

  /** The newest that can be read, or null if there is none at all. */
  <S> Saved<S> newest(Reader<S> reader) throws IOException {
    List<Path> paths = newestFirst();
    IOException broken = null;
    for (Path path : paths) {
      try {
        return new Saved<>(step(path), reader.read(path));
      } catch (IOException e) {
        LOG.warn("{} is passed over: {}", path, e.getMessage());
        damaged.add(path.getName());
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
    boolean others = false;
    try {
      for (FileStatus file : files.listStatus(folder)) {
        boolean rightKind = file.isDirectory() == suffix.isEmpty();
        String own = file.getPath().getName();
        if (rightKind && name.matcher(own).matches()) {
          found.add(file);
        }
        others |= !rightKind && ANY_KIND.matcher(own).matches();
      }
    } catch (FileNotFoundException noneYet) {
      return List.of();
    }
    if (found.isEmpty() && others) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "folder must hold checkpoints of a %s, got some of a %s in %s",
              suffix.isEmpty() ? SHARDED : WHOLE,
              suffix.isEmpty() ? WHOLE : SHARDED,
              folder));
    }
    found.sort(
        Comparator.<FileStatus>comparingLong(file -> step(file.getPath()))
            .thenComparingLong(FileStatus::getModificationTime)
            .reversed());
    return found.stream().map(FileStatus::getPath).toList();
  }

  private long step(Path path) {
    Matcher matcher = name.matcher(path.getName());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("path must be a checkpoint's, got " + path);
    }
    return Long.parseLong(matcher.group(1));
  }
}
