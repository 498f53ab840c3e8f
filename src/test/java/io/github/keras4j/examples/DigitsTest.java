package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizers;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigitsTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Digits.run(
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
  void trainsEachAndPrintsATableAndThePicturesPath() throws IOException {
    Path picture = directory.resolve("new").resolve("curves.png");
    int exitCode =
        run("Nadam", "sgd-nesterov", "adabelief", "--epochs", "5", "--output", "" + picture);
    assertThat(errLines()).isEmpty();
    assertThat(exitCode).isZero();
    List<String> lines = outLines();
    assertThat(lines).endsWith("Loss curves: " + picture);
    List<String> table = lines.subList(lines.size() - 6, lines.size() - 2);
    assertThat(table.get(0)).startsWith("optimizer").endsWith("test accuracy");
    assertThat(table.get(1)).startsWith("nadam ");
    assertThat(table.get(2)).startsWith("sgd-nesterov ");
    assertThat(table.get(3)).startsWith("adabelief ");
    assertThat(table).allSatisfy(line -> assertThat(line).hasSameSizeAs(table.get(0)));
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(2000);
    assertThat(image.getRGB(0, 0)).isEqualTo(0xFFFFFFFF); // white, and not transparent
  }

  // What was measured, less two in a hundred: room for another processor's last bit of a power,
  // none for a wrong gradient.
  @ParameterizedTest
  @CsvSource({
    "sgd, 0.80",
    "rmsprop, 0.91",
    "adagrad, 0.90",
    "adadelta, 0.91",
    "adam, 0.90",
    "adamax, 0.88",
    "nadam, 0.93",
    "adabelief, 0.92"
  })
  void everyOptimizerLearnsToReadDigits(String name, double accuracy) {
    Optimizers.register("adabelief", AdaBelief::fromConfig);
    Training training = train(name, 8);
    assertThat(training.accuracy()).isGreaterThan(accuracy);
    assertThat(training.losses()).hasSize(9);
  }

  @Test
  void isTheSameEachTime() {
    assertThat(train("nadam", 2).losses()).isEqualTo(train("nadam", 2).losses());
  }

  private static Training train(String name, int epochs) {
    return train(name, Training.Schedule.CONSTANT, epochs);
  }

  private static Training train(String name, Training.Schedule schedule, int epochs) {
    return Training.run(
        name, Optimizers.get(name), schedule, DigitsData.load(), epochs, (epoch, loss) -> {});
  }

  @Test
  void anUnknownOptimizerIsAnsweredByTheKnownNames() {
    assertThat(run("adam", "adan")).isEqualTo(2);
    assertThat(errLines())
        .containsExactly(
            "digits: unknown optimizer \"adan\", known are "
                + String.join(", ", Optimizers.names()));
    assertThat(Optimizers.names()).contains("sgd", "nadam", "sgd-nesterov", "adabelief");
    assertThat(outLines()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--epochs=0, '--epochs must be at least 1, got 0'",
    "--epochs=ten, 'Invalid value for option ''--epochs'': ''ten'' is not an int'",
    "--epoch=1, 'Unknown option: ''--epoch=1'''",
    "--output=a.jpg, '--output must end in .png, got a.jpg'"
  })
  void aBadOptionIsAnsweredByOneLine(String option, String message) {
    assertThat(run(option)).isEqualTo(2);
    assertThat(errLines()).containsExactly("digits: " + message);
    assertThat(outLines()).isEmpty();
  }

  @Test
  void aPictureThatCannotBeWrittenIsAnsweredByOneLine() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(run("adam", "--output", file.resolve("curves.png").toString())).isEqualTo(1);
    assertThat(errLines())
        .singleElement()
        .asString()
        .startsWith("digits: cannot write the picture: ")
        .endsWith(file.toString());
    assertThat(outLines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "adabelief", "--epochs=N", "--output=FILE", "target/digits.png"})
  void helpNamesEverything(String part) {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines())).contains(part);
    assertThat(errLines()).isEmpty();
  }
}
