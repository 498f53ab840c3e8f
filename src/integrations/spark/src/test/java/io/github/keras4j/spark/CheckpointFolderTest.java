package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Nadam;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints in a folder, and training that goes on from them. */
class CheckpointFolderTest {
  private static JavaSparkContext context;
  private static JavaRDD<Example> data;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
    data = context.parallelize(Problem.examples(50), 3);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  @BeforeEach
  void register() {
    FaultyFileSystem.register(context.hadoopConfiguration());
  }

  private SparkTrainer<Example> trainer(Optimizer optimizer, String uri) {
    return SparkTrainer.<Example>builder(optimizer)
        .exampleLoss(Problem.dense())
        .miniBatchFraction(0.7)
        .checkpoints(uri, 2)
        .build();
  }

  private double[][] train(String uri, long steps) throws IOException {
    double[][] parameters = Problem.parameters();
    trainer(new Nadam(), uri).train(data, parameters, steps);
    return parameters;
  }

  private static double[][] uninterrupted(long steps) throws IOException {
    double[][] parameters = Problem.parameters();
    SparkTrainer.<Example>builder(new Nadam())
        .exampleLoss(Problem.dense())
        .miniBatchFraction(0.7)
        .build()
        .train(data, parameters, steps);
    return parameters;
  }

  /** The steps of the checkpoints there are. */
  private List<Long> saved() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".npz") && !name.startsWith("."))
          .map(name -> Long.parseLong(name.substring(5, 17)))
          .sorted()
          .toList();
    }
  }

  @Test
  void goesOnWithTheSameBits() throws IOException {
    String uri = folder.resolve("new/folder").toUri().toString();
    for (int steps = 0; steps <= 7; steps++) {
      assertThat(train(uri, steps)).isDeepEqualTo(uninterrupted(steps));
    }
    assertThatThrownBy(() -> train(uri, 3)) // which would return what was saved after more
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("steps must be at least 7, which have been made, got 3");
  }

  @Test
  void keepsTheNewest() throws IOException {
    train(folder.toString(), 5);
    assertThat(saved()).containsExactly(4L, 5L);
    train(folder.toString(), 6);
    assertThat(saved()).containsExactly(5L, 6L);
    for (int keep : new int[] {3, 1}) {
      SparkTrainer.<Example>builder(new Nadam())
          .exampleLoss(Problem.dense())
          .miniBatchFraction(0.7)
          .checkpoints(folder.toString(), 1)
          .keep(keep)
          .build()
          .train(data, Problem.parameters(), 10L - keep);
      assertThat(saved()).isEqualTo(keep == 3 ? List.of(5L, 6L, 7L) : List.of(9L));
    }
  }

  @Test
  void goesOnFromTheOneBeforeWhereTheNewestIsDamaged() throws IOException {
    train(folder.toString(), 4);
    Path newest = folder.resolve(name(4));
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(newest, bytes);
    SparkTrainer<Example> trainer = trainer(new Nadam(), folder.toString());
    double[][] parameters = Problem.parameters();
    assertThat(trainer.resume(context, parameters)).isEqualTo(2);
    assertThat(parameters).isDeepEqualTo(uninterrupted(2));
    assertThat(saved()).as("until another is whole").containsExactly(2L, 4L);
    trainer.train(data, parameters, 4);
    assertThat(parameters).isDeepEqualTo(uninterrupted(4));
    assertThat(saved()).containsExactly(2L, 4L);
    assertThat(newest).doesNotExist();
  }

  private String name(long step) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(String.format("step-%012d-.*\\.npz", step)))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void neverWritesOverACheckpoint() throws IOException {
    train(folder.toString(), 4);
    Path four = folder.resolve(name(4));
    byte[] whole = Files.readAllBytes(four);
    Path broken = folder.resolve("step-000000000006-0123456789ab.npz");
    Files.write(broken, Arrays.copyOf(whole, whole.length / 2));
    Files.write(folder.resolve("step-000000000005-0123456789ab.npz"), new byte[0]);
    Files.writeString(folder.resolve("step-notes.txt"), "not ours");
    Files.createDirectory(folder.resolve("step-000000000009-0123456789ab.npz"));

    assertThat(train(folder.toString(), 6)).isDeepEqualTo(uninterrupted(6));
    Files.delete(folder.resolve("step-000000000009-0123456789ab.npz"));
    assertThat(saved()).containsExactly(4L, 6L);
    assertThat(broken).doesNotExist();
    assertThat(folder.resolve("step-notes.txt")).exists();
  }

  @Test
  void rejectsAFolderInWhichNoneIsWhole() throws IOException {
    Path broken = folder.resolve("step-000000000006-0123456789ab.npz");
    Files.write(broken, new byte[100]);
    assertThatThrownBy(() -> train(folder.toString(), 8))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("none of the 1 checkpoints in " + folder)
        .hasMessageContaining("the newest is file:" + broken + ": cannot read checkpoint: ");
  }

  @Test
  void rejectsACheckpointOfAnotherTraining() throws IOException {
    train(folder.toString(), 2);
    double[][] parameters = Problem.parameters();
    assertThatThrownBy(() -> trainer(new Adam(), folder.toString()).train(data, parameters, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("checkpoint file:" + folder + "/step-000000000002-")
        .hasMessageEndingWith(".npz: state must have class Adam, got \"Nadam\"");
    assertThat(parameters).isDeepEqualTo(Problem.parameters());
    double[][] others = {new double[9], new double[3], new double[1]};
    assertThatThrownBy(() -> trainer(new Nadam(), folder.toString()).train(data, others, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "parameters must have lengths [120, 3, 1], as in the checkpoint, got [9, 3, 1]");
  }

  @ParameterizedTest
  @EnumSource(FaultyFileSystem.Full.class)
  void keepsTheCheckpointBeforeWhereTheDiskIsFull(FaultyFileSystem.Full full) throws IOException {
    String uri = "faulty://" + folder;
    train(uri, 2);
    FaultyFileSystem.room = 1000;
    FaultyFileSystem.full = full;
    double[][] parameters = Problem.parameters();
    SparkTrainer<Example> trainer = trainer(new Nadam(), uri);
    assertThatThrownBy(() -> trainer.train(data, parameters, 6))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint faulty:" + folder + "/step-000000000004-")
        .hasMessageEndingWith(".npz: No space left on device");
    assertThat(saved()).containsExactly(2L);
    FaultyFileSystem.room = Long.MAX_VALUE;
    assertThat(trainer.step()).isEqualTo(4);
    trainer.train(data, parameters, 6);
    assertThat(parameters).isDeepEqualTo(uninterrupted(6));
    assertThat(saved()).containsExactly(2L, 6L);
  }

  @Test
  void keepsTheCheckpointBeforeWhereTheFolderIsReadOnly() throws IOException {
    String uri = "faulty://" + folder;
    train(uri, 2);
    FaultyFileSystem.readOnly = true;
    assertThatThrownBy(() -> train(uri, 6))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint ")
        .hasMessageContaining("Permission denied");
    assertThat(saved()).containsExactly(2L);
    FaultyFileSystem.readOnly = false;
    assertThat(train(uri, 6)).isDeepEqualTo(uninterrupted(6));
  }

  @Test
  void rejectsAFolderThatIsAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> train(file.toString(), 2))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write checkpoint " + file);
  }

  @Test
  void rejectsAFileSystemThatHadoopDoesNotKnow() {
    assertThatThrownBy(() -> train("nowhere://host/folder", 2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nowhere");
  }
}
