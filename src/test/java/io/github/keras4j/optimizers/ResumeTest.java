package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.ChildJvm;
import io.github.keras4j.optimizers.support.Contents;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that is stopped, saved and loaded goes on as if nothing had been. */
class ResumeTest {
  private static final int[] LENGTHS = {1, 5, 6};

  /** Three updates where four gradients are accumulated for each. */
  private static final int STEPS = 12;

  @TempDir private Path directory;

  /** Every configuration, stopped after every step, saved here and continued in another JVM. */
  @Test
  void continuesInAnotherJvmBitForBit() throws Exception {
    List<Row> rows = OptimizerTable.rowsOfTheLibrary().toList();
    for (int i = 0; i < rows.size(); i++) {
      Optimizer optimizer = rows.get(i).optimizer(LENGTHS);
      double[][] parameters = Bits.normal(0, LENGTHS);
      for (int step = 0; step <= STEPS; step++) {
        if (step > 0) {
          optimizer.applyGradients(gradients(step), parameters);
        }
        write(file(directory, i, step), optimizer, parameters);
      }
    }

    Process other = ChildJvm.start(Continue.class, directory, rows.size());
    String report = new String(other.getInputStream().readAllBytes());
    assertThat(other.waitFor()).isZero();
    assertThat(report).isEqualTo(rows.size() * (STEPS + 1) + " stops\n");
  }

  private static double[][] gradients(int step) {
    return Bits.normal(step, LENGTHS);
  }

  /** Saves thousands of files in seconds, since it waits for no disk. */
  private static void write(Path file, Optimizer optimizer, double[][] parameters)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      Checkpoint.write(out, optimizer, parameters);
    }
  }

  private static Path file(Path directory, int row, int step) {
    return directory.resolve(row + "-" + step + ".npz");
  }

  /** The other JVM: from each stop to the end, and there what the uninterrupted run holds. */
  static final class Continue {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      int rows = Integer.parseInt(arguments[1]);
      int stops = 0;
      for (int i = 0; i < rows; i++) {
        Contents end = Contents.of(Checkpoint.load(file(directory, i, STEPS)));
        for (int stop = 0; stop <= STEPS; stop++) {
          Checkpoint saved = Checkpoint.load(file(directory, i, stop));
          for (int step = stop + 1; step <= STEPS; step++) {
            saved.optimizer().applyGradients(gradients(step), saved.parameters());
          }
          if (!Contents.of(saved).equals(end)) {
            throw new AssertionError("row " + i + " differs when resumed after step " + stop);
          }
          stops++;
        }
      }
      System.out.print(stops + " stops\n");
    }
  }
}
