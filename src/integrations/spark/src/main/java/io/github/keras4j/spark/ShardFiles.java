package io.github.keras4j.spark;

import static java.util.stream.Collectors.joining;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.github.keras4j.optimizers.Checkpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The checkpoints of a sharded model: a folder for each, with a file for each shard, which
 * executors write, and last a list of those files, without which the folder counts for nothing.
 */
final class ShardFiles {
  private static final String LIST = "shards";

  private final JavaSparkContext context;
  private final ShardPlan plan;
  private final StepFolder folder;
  private final SerializableConfiguration configuration;

  ShardFiles(JavaSparkContext context, ShardPlan plan, String uri, int keep) throws IOException {
    this.context = context;
    this.plan = plan;
    Configuration hadoop = context.hadoopConfiguration();
    folder = new StepFolder(uri, "", keep, hadoop);
    configuration = new SerializableConfiguration(hadoop);
  }

  /** Writes a checkpoint, removes old ones, and returns the shards as it has them. */
  JavaRDD<Shard> write(long step, Conditions conditions, JavaRDD<Shard> shards) throws IOException {
    Path path = folder.newPath(step);
    String parent = path.toString();
    SerializableConfiguration hadoop = configuration;
    try {
      List<Written> written =
          shards
              .mapPartitionsWithIndex(
                  (number, its) ->
                      List.of(write(its.next(), number, parent, hadoop.value())).iterator(),
                  true)
              .collect();
      for (Written shard : written) {
        if (shard.failure != null) {
          throw new IOException(shard.failure.getMessage(), shard.failure.getCause());
        }
      }
      String names = written.stream().map(shard -> shard.name + "\n").collect(joining());
      byte[] list = names.getBytes(StandardCharsets.US_ASCII);
      conditions.write(folder.files(), folder.besides(path));
      CheckpointFile.write(folder.files(), new Path(path, LIST), out -> out.write(list));
    } catch (IOException | RuntimeException | Error e) {
      folder.remove(path);
      throw e;
    } catch (Exception e) { // Spark's are not declared
      folder.remove(path);
      throw CheckpointFile.cannotWrite(path, e);
    }
    JavaRDD<Shard> written = read(path, false);
    try {
      folder.keepNewest(path);
    } catch (IOException | RuntimeException e) {
      written.unpersist();
      throw e;
    }
    return written;
  }

  /**
   * A file that a task has written, or why it could not. Returned, not thrown: so all tasks have
   * ended when the folder is removed, and none makes it once more.
   */
  @DefaultSerializer(JavaSerializer.class)
  record Written(String name, IOException failure) implements Serializable {}

  private static Written write(Shard shard, int number, String parent, Configuration hadoop) {
    // A separate one for each attempt, since two may be under way at once.
    String name =
        String.format(Locale.ROOT, "shard-%05d-%d.npz", number, TaskContext.get().taskAttemptId());
    Path file = new Path(parent, name);
    try {
      CheckpointFile.write(file.getFileSystem(hadoop), file, shard.optimizer(), shard.parameters());
      return new Written(name, null);
    } catch (IOException e) {
      return new Written(name, e);
    }
  }

  /** The shards, and how they came about; null where that is not known. */
  record Saved(JavaRDD<Shard> shards, Conditions conditions) {}

  /**
   * The newest whole checkpoint, or null if there is none at all.
   *
   * @throws IllegalArgumentException if it is of another number of shards, another model or another
   *     optimizer
   */
  StepFolder.Saved<Saved> newest(Predicate<Conditions> hasOtherRate) throws IOException {
    return folder.newest(
        path -> {
          Conditions conditions = Conditions.read(folder.files(), folder.besides(path));
          return new Saved(
              read(path, conditions != null && hasOtherRate.test(conditions)), conditions);
        });
  }

  private JavaRDD<Shard> read(Path path, boolean withRateOfPlan) throws IOException {
    List<String> names = names(path);
    if (names.size() != plan.count()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "shards must be %d, as in the checkpoint %s, got %d",
              names.size(),
              path,
              plan.count()));
    }
    String parent = path.toString();
    SerializableConfiguration hadoop = configuration;
    ShardPlan shardPlan = plan;
    JavaRDD<Shard> shards =
        context
            .parallelize(names, names.size())
            .mapPartitionsWithIndex(
                (number, own) -> {
                  Path file = new Path(parent, own.next());
                  Checkpoint saved = CheckpointFile.read(file.getFileSystem(hadoop.value()), file);
                  return List.of(shardPlan.restored(number, saved, withRateOfPlan)).iterator();
                },
                true);
    shards.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      // Reads all of them. What does not fit is returned, since Spark would try it again.
      shards.map(shard -> String.valueOf(shard.rejection())).collect().stream()
          .filter(rejection -> !rejection.equals("null"))
          .findFirst()
          .ifPresent(
              rejection -> {
                throw new IllegalArgumentException("checkpoint " + path + ": " + rejection);
              });
    } catch (IllegalArgumentException e) {
      shards.unpersist();
      throw e;
    } catch (Exception e) { // Spark's are not declared
      shards.unpersist();
      throw new IOException(CheckpointFile.message(e), e);
    }
    return shards;
  }

  private List<String> names(Path path) throws IOException {
    FileSystem files = folder.files();
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    try (InputStream in = files.open(new Path(path, LIST))) {
      in.transferTo(list);
    }
    String text = list.toString(StandardCharsets.US_ASCII);
    if (!text.endsWith("\n")) {
      throw new IOException("its list of shards is cut off");
    }
    return List.of(text.split("\n"));
  }
}
