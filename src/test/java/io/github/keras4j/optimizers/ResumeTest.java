package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Training that is stopped, saved and loaded goes on as if nothing had been. */
class ResumeTest {
  @TempDir private Path directory;

  /** Every configuration, stopped after every step, saved here and continued in another JVM. */
  @Test
  void continuesInAnotherJvmBitForBit() throws Exception {
    List<Golden.Run> runs = Golden.runs().toList();
    for (int i = 0; i < runs.size(); i++) {
      Golden.Run run = runs.get(i);
      Optimizer optimizer = run.optimizer();
      double[][] parameters = run.initialParameters();
      for (int step = 0; step <= run.file().gradients().length; step++) {
        if (step > 0) {
          optimizer.applyGradients(run.file().gradients()[step - 1], parameters);
        }
        write(file(directory, i, step), optimizer, parameters);
      }
    }

    Process other = ChildJvm.start(Continue.class, directory);
    String report = new String(other.getInputStream().readAllBytes());
    assertThat(other.waitFor()).isZero();
    int stops = runs.stream().mapToInt(run -> run.file().gradients().length + 1).sum();
    assertThat(report).isEqualTo(stops + " stops\n");
  }

  /** Keras's weights carry enough unless they lack the iterations and decay needs them. */
  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.Golden#runs")
  void continuesFromWeightsWhereTheyCarryEnough(Golden.Run run) {
    double[][][] gradients = run.file().gradients();
    Optimizer optimizer = run.optimizer();
    boolean hasIterations =
        !List.of("RMSprop", "Adagrad", "Adadelta").contains(run.file().className());
    boolean decays = (double) optimizer.getConfig().getOrDefault("decay", 0.) > 0.;
    double[][] parameters = run.initialParameters();
    for (int stop = 1; stop < gradients.length; stop++) {
      optimizer.applyGradients(gradients[stop - 1], parameters);
      Optimizer resumed = Optimizers.deserialize(Optimizers.serialize(optimizer));
      resumed.setWeights(optimizer.getWeights());
      assertThat(resumed.getIterations()).isEqualTo(hasIterations ? stop : 0);

      Optimizer uninterrupted = Optimizers.deserialize(Optimizers.serialize(optimizer));
      uninterrupted.setState(optimizer.getState());
      double[][] expected = Stream.of(parameters).map(double[]::clone).toArray(double[][]::new);
      double[][] actual = Stream.of(parameters).map(double[]::clone).toArray(double[][]::new);
      uninterrupted.applyGradients(gradients[stop], expected);
      resumed.applyGradients(gradients[stop], actual);
      assertThat(Arrays.deepEquals(actual, expected))
          .as("step %d is the same", stop + 1)
          .isEqualTo(hasIterations || !decays);
    }
  }

  /** Saves thousands of files in seconds, since it waits for no disk. */
  private static void write(Path file, Optimizer optimizer, double[][] parameters)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      Checkpoint.write(out, optimizer, parameters);
    }
  }

  private static Path file(Path directory, int run, int step) {
    return directory.resolve(run + "-" + step + ".npz");
  }

  /** The other JVM: from each stop to the end, and there what the uninterrupted run holds. */
  static final class Continue {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      List<Golden.Run> runs = Golden.runs().toList();
      int stops = 0;
      for (int i = 0; i < runs.size(); i++) {
        double[][][] gradients = runs.get(i).file().gradients();
        Contents end = Contents.of(Checkpoint.load(file(directory, i, gradients.length)));
        for (int stop = 0; stop <= gradients.length; stop++) {
          Checkpoint saved = Checkpoint.load(file(directory, i, stop));
          for (int step = stop; step < gradients.length; step++) {
            saved.optimizer().applyGradients(gradients[step], saved.parameters());
          }
          if (!Contents.of(saved).equals(end)) {
            throw new AssertionError(runs.get(i) + " differs when resumed after step " + stop);
          }
          stops++;
        }
      }
      System.out.print(stops + " stops\n");
    }
  }
}
