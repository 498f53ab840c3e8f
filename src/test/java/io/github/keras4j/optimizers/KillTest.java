package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it saves leaves a whole checkpoint, of its last save or newer. */
class KillTest {
  private static final int KILLS = 50;

  @TempDir private Path directory;

  @Test
  void leavesAWholeCheckpointWhenKilledAtAnyMoment() throws Exception {
    Path file = directory.resolve("training.npz");
    Random random = new Random(20260509);
    double[][] parameters = Train.initialParameters();
    Optimizer optimizer = Train.optimizer();
    int interruptedSaves = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Process child = ChildJvm.start(Train.class, file);
      DataInputStream saves = new DataInputStream(child.getInputStream());
      long saved = saves.readLong();
      child.waitFor(random.nextInt(40_000), TimeUnit.MICROSECONDS);
      child.toHandle().destroyForcibly(); // which, unlike the process, leaves its output to be read
      child.waitFor();
      saved = Math.max(saved, lastOf(saves));

      Checkpoint checkpoint = Checkpoint.load(file);
      long iterations = checkpoint.optimizer().getIterations();
      // The child may have been killed after a move and before it could tell.
      assertThat(iterations).isBetween(saved, saved + 1);
      while (optimizer.getIterations() < iterations) {
        Train.step(optimizer, parameters);
      }
      assertThat(Contents.of(checkpoint).equals(Contents.of(optimizer, parameters)))
          .as("the checkpoint is what %d steps make", iterations)
          .isTrue();
      interruptedSaves += removeLeftOvers(file);
    }
    assertThat(interruptedSaves).as("kills that met a save under way").isPositive();
  }

  private static long lastOf(DataInputStream numbers) throws IOException {
    long last = 0;
    try {
      while (true) {
        last = numbers.readLong();
      }
    } catch (EOFException e) {
      return last;
    }
  }

  private int removeLeftOvers(Path file) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (!entry.equals(file)) {
          assertThat(entry.getFileName().toString()).matches("training\\.npz\\.[0-9a-f]{16}\\.tmp");
          assertThatThrownBy(() -> Checkpoint.load(entry))
              .isInstanceOf(IOException.class)
              .hasMessage(
                  "cannot load checkpoint " + entry + ": is what an interrupted save left over");
          Files.delete(entry);
          count++;
        }
      }
    }
    return count;
  }

  /** The process to be killed: goes on from the file, and tells each step that it has saved. */
  static final class Train {
    static Optimizer optimizer() {
      return Adam.builder().decay(1e-3).amsgrad(true).build();
    }

    static double[][] initialParameters() {
      return new double[][] {new double[3_000], new double[500], {1.}};
    }

    /** Gradients of which no two steps have the same. */
    static void step(Optimizer optimizer, double[][] parameters) {
      Random random = new Random(optimizer.getIterations());
      double[][] gradients = initialParameters();
      for (double[] gradient : gradients) {
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = random.nextDouble() - 0.5;
        }
      }
      optimizer.applyGradients(gradients, parameters);
    }

    public static void main(String[] arguments) throws IOException {
      Path file = Path.of(arguments[0]);
      Optimizer optimizer = optimizer();
      double[][] parameters = initialParameters();
      if (Files.exists(file)) {
        Checkpoint saved = Checkpoint.load(file);
        optimizer = saved.optimizer();
        parameters = saved.parameters();
      }
      DataOutputStream saves = new DataOutputStream(System.out);
      while (true) {
        step(optimizer, parameters);
        Checkpoint.save(file, optimizer, parameters);
        saves.writeLong(optimizer.getIterations());
        saves.flush();
      }
    }
  }
}
