package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathsTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Paths.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  private List<String> outLines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private List<String> errLines() {
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void drawsThePathsAndPrintsWhereTheyEnd() throws IOException {
    Path picture = directory.resolve("new").resolve("paths.png");
    int exitCode = run("Adam", "adamax", "--steps", "1", "--output", "" + picture);
    assertThat(errLines()).isEmpty();
    assertThat(exitCode).isZero();
    // The first step of both is as long as the learning rate, against the gradient's sign.
    assertThat(outLines())
        .containsExactly(
            "Adam, lr 0.1                           after 1 steps at (0.6000, 1.3000)",
            "Adamax, lr 0.2                         after 1 steps at (0.5000, 1.2000)",
            "",
            "Paths: " + picture);
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(2000);
    assertThat(image.getHeight()).isEqualTo(1520);
  }

  @ParameterizedTest
  @CsvSource({
    "adan, 'unknown optimizer adan, known are"
        + " sgd, rmsprop, adagrad, adadelta, adam, adamax, nadam'",
    "--steps=0, '--steps must be at least 1, got 0'",
    "--output=a.jpg, '--output must end in .png, got a.jpg'"
  })
  void aBadArgumentIsAnsweredByOneLine(String argument, String message) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(errLines()).containsExactly("paths: " + message);
    assertThat(outLines()).isEmpty();
  }

  @Test
  void helpNamesTheDefaults() {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines())).contains("OPTIMIZER", "300", "target/paths.png");
    assertThat(errLines()).isEmpty();
  }
}
