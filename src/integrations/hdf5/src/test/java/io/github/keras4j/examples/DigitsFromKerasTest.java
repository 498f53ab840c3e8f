package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.hdf5.KerasFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example learns, and writes what it has learnt. */
class DigitsFromKerasTest {
  @TempDir Path folder;

  @Test
  void goesOnWhereKerasStopped() throws Exception {
    Path model = Path.of("src/examples/resources/digits.keras");
    Path target = folder.resolve("from-java.keras");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true));
    try {
      DigitsFromKeras.main(new String[] {model.toString(), target.toString()});
    } finally {
      System.setOut(out);
    }
    List<String> lines = printed.toString().lines().toList();
    List<Double> accuracies =
        lines.stream()
            .filter(line -> line.contains("accuracy"))
            .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();
    assertThat(accuracies).hasSize(11);
    assertThat(accuracies.get(0)).isEqualTo(0.7667); // as Keras says of the model that it wrote
    assertThat(accuracies.get(10)).isGreaterThan(0.85);
    assertThat(lines).last().asString().endsWith(", after 585 steps");

    KerasFile before = KerasFile.read(model);
    KerasFile after = KerasFile.read(target);
    assertThat(before.optimizer().orElseThrow().getIterations()).isEqualTo(135);
    assertThat(after.optimizer().orElseThrow().getIterations()).isEqualTo(585);
    assertThat(after.tensors()).isEqualTo(before.tensors());
  }
}
