package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordVectorsTest extends ProgramTest {
  @Override
  int run(PrintStream out, PrintStream err, String... args) {
    return WordVectors.run(out, err, args);
  }

  @Test
  void trainsInThreeWaysAndPrintsATableAndNearestWords() throws IOException {
    Path picture = directory.resolve("new").resolve("words.png");
    int exitCode =
        run("Adagrad", "--seconds", "1", "--words", "king,romeo", "--output", "" + picture);
    assertThat(errLines()).isEmpty();
    assertThat(exitCode).isZero();
    List<String> lines = outLines();
    assertThat(lines.get(0))
        .isEqualTo("Learning vectors of 64 numbers for 12,373 words, in two tables, 1 s each.");
    int table = lines.indexOf("gradients            loss       steps   ms a step");
    assertThat(lines.get(table + 1)).matches("adagrad dense  +[0-9.]+ +[0-9]+ +[0-9.]+");
    assertThat(lines.get(table + 2)).matches("adagrad rows   +[0-9.]+ +[0-9]+ +[0-9.]+");
    assertThat(lines.get(table + 3)).matches("adagrad lazy   +[0-9.]+ +[0-9]+ +[0-9.]+");
    assertThat(lines.get(table + 5)).matches("Nearest words, by adagrad (dense|rows|lazy):");
    assertThat(lines.get(table + 6)).matches("king   ([a-z']+, ){5}[a-z']+");
    assertThat(lines.get(table + 7)).matches("romeo  ([a-z']+, ){5}[a-z']+");
    assertThat(lines).endsWith("Loss curves: " + picture);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(2000);
  }

  @ParameterizedTest
  @CsvSource({
    "--seconds=0, '--seconds must be at least 1, got 0'",
    "--words=laptop, '--words must stand in the text, got laptop'",
    "--output=a.jpg, '--output must end in .png, got a.jpg'",
    "lamb, 'Lamb takes dense gradients alone, got rows in gradients[0]'"
  })
  void aBadArgumentIsReportedInOneLine(String argument, String message) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(errLines()).containsExactly("words: " + message);
    assertThat(outLines()).isEmpty();
  }

  @Test
  void helpNamesTheDefaults() {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines()))
        .contains("OPTIMIZER", "keras3.adagrad", "--seconds=N", "romeo", "target/words.png");
    assertThat(errLines()).isEmpty();
  }
}
