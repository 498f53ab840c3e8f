package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.ChildJvm;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it saves leaves a whole checkpoint, of its last save or newer. */
class KillTest {
  private static final int KILLS = 50;

  @TempDir private Path directory;

  @Test
  void leavesAWholeCheckpointWhenKilledAtAnyMoment() throws Exception {
    Random random = new Random(20260509);
    List<Training> trainings = new ArrayList<>();
    for (Entry entry : OptimizerTable.all().filter(Entry::isOfTheLibrary).toList()) {
      Training training = new Training(entry, directory.resolve(entry + ".npz"));
      Checkpoint.save(training.file, training.optimizer, training.parameters);
      trainings.add(training);
    }
    int interruptedSaves = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Training training = trainings.get(kill % trainings.size());
      Path file = training.file;
      Process child = ChildJvm.start(Train.class, file);
      DataInputStream saves = new DataInputStream(child.getInputStream());
      long saved = saves.readLong();
      child.waitFor(random.nextInt(40_000), TimeUnit.MICROSECONDS);
      child.toHandle().destroyForcibly(); // which, unlike the process, leaves its output to be read
      child.waitFor();
      saved = Math.max(saved, lastOf(saves));

      Checkpoint checkpoint = Checkpoint.load(file);
      long iterations = steps(checkpoint.optimizer());
      // The child may have been killed after a move and before it could tell.
      assertThat(iterations).isBetween(saved, saved + 1);
      while (steps(training.optimizer) < iterations) {
        Train.step(training.optimizer, training.parameters);
      }
      assertThat(
              Contents.of(checkpoint).equals(Contents.of(training.optimizer, training.parameters)))
          .as("%s is what %d steps make", file, iterations)
          .isTrue();
      interruptedSaves += removeLeftOvers(file);
    }
    assertThat(interruptedSaves).as("kills that met a save under way").isPositive();
  }

  /** What the killed process trains, here without interruption. */
  private static final class Training {
    private static final int[] LENGTHS = {3_000, 500, 1};

    final Path file;
    final Optimizer optimizer;
    final double[][] parameters = Bits.normal(0, LENGTHS);

    /** In the last of the optimizer's configurations. */
    Training(Entry entry, Path file) {
      this.file = file;
      optimizer = entry.rows().reduce((first, second) -> second).orElseThrow().optimizer(LENGTHS);
    }
  }

  /** All steps, also those between updates. */
  private static long steps(Optimizer optimizer) {
    return optimizer.getState().iterations();
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
        if (!entry.toString().endsWith(".npz")) {
          assertThat(entry.getFileName().toString())
              .matches(Pattern.quote(file.getFileName().toString()) + "\\.[0-9a-f]{16}\\.tmp");
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
    /** Gradients of which no two steps have the same. */
    static void step(Optimizer optimizer, double[][] parameters) {
      Random random = new Random(steps(optimizer));
      double[][] gradients = Bits.copy(parameters);
      for (double[] gradient : gradients) {
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = random.nextDouble() - 0.5;
        }
      }
      optimizer.applyGradients(gradients, parameters);
    }

    public static void main(String[] arguments) throws IOException {
      Path file = Path.of(arguments[0]);
      Checkpoint saved = Checkpoint.load(file);
      Optimizer optimizer = saved.optimizer();
      double[][] parameters = saved.parameters();
      DataOutputStream saves = new DataOutputStream(System.out);
      while (true) {
        step(optimizer, parameters);
        Checkpoint.save(file, optimizer, parameters);
        saves.writeLong(steps(optimizer));
        saves.flush();
      }
    }
  }
}
