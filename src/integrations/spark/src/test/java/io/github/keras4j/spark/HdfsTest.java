package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.hdfs.protocol.NSQuotaExceededException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints on HDFS, with quotas that are used up. */
class HdfsTest {
  private static final int BLOCK = 1 << 20;
  private static final int PARAMETERS = 300_000; // of a checkpoint that has seven blocks
  private static final Path FOLDER = new Path("/training");

  @TempDir static java.nio.file.Path disks;

  private static JavaSparkContext context;
  private static JavaRDD<Integer> data;
  private static MiniDFSCluster cluster;
  private static DistributedFileSystem files;
  private static String uri;

  @BeforeAll
  static void start() throws IOException {
    context = Contexts.local(2);
    data = context.parallelize(List.of(1, 2, 3, 4), 2);
    context.hadoopConfiguration().setInt("dfs.blocksize", BLOCK);
    context.hadoopConfiguration().setInt("dfs.replication", 1);
    Configuration configuration = new Configuration(context.hadoopConfiguration());
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disks.toString());
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
    files = cluster.getFileSystem();
    uri = cluster.getURI() + FOLDER.toString();
  }

  @AfterAll
  static void stop() {
    cluster.shutdown();
    context.stop();
  }

  @BeforeEach
  void beginAnEmptyFolder() throws IOException {
    files.delete(FOLDER, true);
    files.mkdirs(FOLDER);
  }

  private static double[] initial() {
    return new Random(3).doubles(PARAMETERS).toArray();
  }

  private static double add(int x, double[] parameters, double[] gradients) {
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] += parameters[i] - x;
    }
    return x;
  }

  private static SparkTrainer.Builder<Integer> builder() {
    ExampleLoss<Integer> loss =
        (x, parameters, gradients) -> add(x, parameters[0], gradients.tensor(0));
    return SparkTrainer.<Integer>builder(new Adam()).exampleLoss(loss);
  }

  private static double[][] train(SparkTrainer.Builder<Integer> builder, long steps)
      throws IOException {
    double[][] parameters = {initial()};
    builder.build().train(data, parameters, steps);
    return parameters;
  }

  private static ShardedTrainer<Integer> sharded() {
    return ShardedTrainer.<Integer>builder(new Adam(), TensorSpec.of("all", PARAMETERS))
        .loss((x, view, gradients) -> add(x, view.tensor(0), gradients.tensor(0)))
        .initial((tensor, from, to) -> Arrays.copyOfRange(initial(), from, to))
        .shards(2)
        .checkpoints(uri, 2)
        .build();
  }

  private static void setRoom(long files, long bytes) throws IOException {
    HdfsTest.files.setQuota(FOLDER, files, bytes);
  }

  private static long used() throws IOException {
    return files.getContentSummary(FOLDER).getSpaceConsumed();
  }

  private static List<String> found() throws IOException {
    List<String> found = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = files.listFiles(FOLDER, true);
    while (all.hasNext()) {
      found.add(all.next().getPath().toString());
    }
    return found;
  }

  @Test
  void keepsTheCheckpointBeforeWhereTheQuotaIsUsedUp() throws IOException {
    double[][] expected = train(builder(), 4);
    train(builder().checkpoints(uri, 2), 2);
    List<String> before = found();
    assertThat(before).as("a model and its conditions").hasSize(2);
    setRoom(HdfsConstants.QUOTA_DONT_SET, used() + 2 * BLOCK + BLOCK / 2);
    assertThatThrownBy(() -> train(builder().checkpoints(uri, 2), 4))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint " + uri + "/step-000000000004-")
        .hasMessageContaining(".npz: The DiskSpace quota of /training is exceeded")
        .hasCauseInstanceOf(DSQuotaExceededException.class);
    assertThat(found()).isEqualTo(before);

    setRoom(HdfsConstants.QUOTA_RESET, HdfsConstants.QUOTA_RESET);
    assertThat(train(builder().checkpoints(uri, 2), 4)).isDeepEqualTo(expected);
    assertThat(found()).hasSize(4).containsAll(before);
  }

  @Test
  void saysThatThereMayBeNoMoreFiles() throws IOException {
    train(builder().checkpoints(uri, 2), 2);
    setRoom(4, HdfsConstants.QUOTA_DONT_SET); // the folder, two files, and the next conditions
    assertThatThrownBy(() -> train(builder().checkpoints(uri, 2), 4))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining(".npz: The NameSpace quota (directories and files) of directory")
        .hasCauseInstanceOf(NSQuotaExceededException.class);
    assertThat(found()).hasSize(2);
  }

  @Test
  void keepsTheShardsBeforeWhereTheQuotaIsUsedUp() throws IOException {
    double[][] expected = train(builder(), 4);
    sharded().train(data, 2);
    List<String> before = found();
    assertThat(before).as("two shards, their list and conditions").hasSize(4);
    setRoom(HdfsConstants.QUOTA_DONT_SET, used() + 2 * BLOCK + BLOCK / 2);
    ShardedTrainer<Integer> trainer = sharded();
    assertThatThrownBy(() -> trainer.train(data, 4))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint " + uri + "/step-000000000004-")
        .hasMessageContaining(".npz: The DiskSpace quota of /training is exceeded")
        .hasMessageNotContaining("Job aborted")
        .hasCauseInstanceOf(DSQuotaExceededException.class);
    assertThat(found()).isEqualTo(before);

    setRoom(HdfsConstants.QUOTA_RESET, HdfsConstants.QUOTA_RESET);
    trainer.train(data, 4);
    assertThat(trainer.parameters()).isDeepEqualTo(expected);
  }
}
