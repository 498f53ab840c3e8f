package io.github.keras4j.examples;

import static io.github.keras4j.examples.Training.Schedule.CONSTANT;
import static io.github.keras4j.examples.Training.Schedule.COSINE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigitsTest extends ProgramTest {
  @Override
  int run(PrintStream out, PrintStream err, String... args) {
    return Digits.run(out, err, args);
  }

  @Test
  void trainsEachAndPrintsATableAndThePicturesPath() throws IOException {
    Path picture = directory.resolve("new").resolve("curves.png");
    int exitCode =
        run(
            "Nadam",
            "sgd-nesterov",
            "adabelief",
            "schedulefreeadamw",
            "--epochs",
            "5",
            "--output",
            "" + picture);
    assertThat(errLines()).isEmpty();
    assertThat(exitCode).isZero();
    List<String> lines = outLines();
    assertThat(lines).endsWith("Loss curves: " + picture);
    List<String> table = table(4);
    assertThat(table.get(0)).startsWith("optimizer").endsWith("test accuracy");
    assertThat(table.get(1)).startsWith("nadam ");
    assertThat(table.get(2)).startsWith("sgd-nesterov ");
    assertThat(table.get(3)).startsWith("adabelief ");
    assertThat(table.get(4)).startsWith("schedulefreeadamw ");
    assertThat(table).allSatisfy(line -> assertThat(line).hasSameSizeAs(table.get(0)));
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(2000);
    assertThat(image.getRGB(0, 0)).isEqualTo(0xFFFFFFFF); // white, and not transparent
    BufferedImage dark = ImageIO.read(picture.resolveSibling("curves-dark.png").toFile());
    assertThat(dark.getWidth()).isEqualTo(2000);
    assertThat(dark.getRGB(0, 0)).isEqualTo(0xFF0D1117);
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
    "adabelief, 0.92",
    "keras3.sgd, 0.80",
    "keras3.rmsprop, 0.91",
    "keras3.adam, 0.90",
    "keras3.adamax, 0.86",
    "keras3.nadam, 0.91",
    "adamw, 0.90",
    "lion, 0.93",
    "lamb, 0.82",
    "adafactor, 0.71",
    "muon, 0.84",
    "schedulefreeadamw, 0.91"
  })
  void everyOptimizerLearnsToReadDigits(String name, double accuracy) {
    Optimizers.register("adabelief", AdaBelief::fromConfig);
    Training training = train(name, CONSTANT, 8);
    assertThat(training.accuracy()).isGreaterThan(accuracy);
    assertThat(training.losses()).hasSize(9);
  }

  @Test
  void isTheSameEachTime() {
    assertThat(train("nadam", CONSTANT, 2).losses())
        .isEqualTo(train("nadam", CONSTANT, 2).losses());
  }

  // Without momentum, SGD is the same in both generations.
  @Test
  void aScheduleIsTheSameForBothGenerations() {
    List<Double> losses = train("sgd", COSINE, 2).losses();
    assertThat(losses).isEqualTo(train("keras3.sgd", COSINE, 2).losses());
    assertThat(losses).isNotEqualTo(train("sgd", CONSTANT, 2).losses());
  }

  @ParameterizedTest
  @CsvSource({"sgd, 89", "keras3.sgd, 90"}) // the one has what was set, the other what comes next
  void aCosineTakesAllStepsToFall(String name, int step) {
    Optimizer optimizer = Optimizers.get(name);
    Training.run(name, optimizer, COSINE, DigitsData.load(), 2, (epoch, loss) -> {});
    assertThat(optimizer.getIterations()).isEqualTo(90);
    assertThat(optimizer.getLr()).isEqualTo(0.01 * (0.5 * (1. + Math.cos(Math.PI * (step / 90.)))));
  }

  @Test
  void optionsSetScheduleAndWeightDecay() {
    List<String> plain = results();
    List<String> withoutDecay = results("--weight-decay", "0");
    List<String> withDecay = results("--weight-decay", "1");
    List<String> withSchedule = results("--schedule", "cosine");
    // AdamW is Adam with another default of weight decay.
    assertThat(plain.get(0)).isNotEqualTo(plain.get(1)).isEqualTo(withoutDecay.get(0));
    assertThat(withoutDecay.get(0)).isEqualTo(withoutDecay.get(1));
    assertThat(withDecay.get(0)).isEqualTo(withDecay.get(1)).isNotEqualTo(plain.get(0));
    for (int i = 0; i < 3; i++) {
      assertThat(withDecay.get(i)).isNotEqualTo(plain.get(i));
      assertThat(withSchedule.get(i)).isNotEqualTo(plain.get(i));
    }
  }

  /** What the table says of three optimizers, without their names. */
  private List<String> results(String... options) {
    clearOutput();
    List<String> args =
        new ArrayList<>(List.of("keras3.adam", "adamw", "KERAS3.SGD", "--epochs", "1"));
    args.addAll(List.of(options));
    args.addAll(List.of("--output", directory.resolve("curves.png").toString()));
    assertThat(run(args.toArray(String[]::new))).isZero();
    assertThat(errLines()).isEmpty();
    return table(3).stream().skip(1).map(row -> row.replaceFirst("^\\S+ +", "")).toList();
  }

  /** The table's head and rows, which come before the picture's path. */
  private List<String> table(int rows) {
    List<String> lines = outLines();
    return lines.subList(lines.size() - 3 - rows, lines.size() - 2);
  }

  private static Training train(String name, Training.Schedule schedule, int epochs) {
    return Training.run(
        name, Optimizers.get(name), schedule, DigitsData.load(), epochs, (epoch, loss) -> {});
  }

  @Test
  void anUnknownOptimizerListsTheKnownNames() {
    assertThat(run("adam", "adan")).isEqualTo(2);
    assertThat(errLines())
        .containsExactly(
            "digits: unknown optimizer \"adan\", known are "
                + String.join(", ", Optimizers.names())
                + "; did you mean adam?");
    assertThat(Optimizers.names()).contains("sgd", "nadam", "sgd-nesterov", "adabelief");
    assertThat(outLines()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--epochs=0, '--epochs must be at least 1, got 0'",
    "--epochs=ten, 'Invalid value for option ''--epochs'': ''ten'' is not an int'",
    "--schedule=sine, 'Invalid value for option ''--schedule'': expected one of [CONSTANT, COSINE]"
        + " (case-insensitive) but was ''sine'''",
    "--weight-decay=1, '--weight-decay must go with optimizers of Keras 3 alone, got sgd'",
    "--epoch=1, 'Unknown option: ''--epoch=1'''",
    "--output=a.jpg, '--output must end in .png, got a.jpg'"
  })
  void aBadOptionIsOneLine(String option, String message) {
    assertThat(run(option)).isEqualTo(2);
    assertThat(errLines()).containsExactly("digits: " + message);
    assertThat(outLines()).isEmpty();
  }

  @Test
  void aBadWeightDecayIsOneLine() {
    assertThat(run("lion", "--weight-decay=-1")).isEqualTo(2);
    assertThat(errLines())
        .containsExactly("digits: weight_decay must be a finite number >= 0 or null, got -1.0");
    assertThat(outLines()).isEmpty();
  }

  @Test
  void aPictureThatCannotBeWrittenIsOneLine() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(run("adam", "--output", file.resolve("curves.png").toString())).isEqualTo(1);
    assertThat(errLines())
        .containsExactly("digits: cannot write the picture: " + file + ": not a directory");
    assertThat(outLines()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd",
        "adabelief",
        "keras3.nadam",
        "--epochs=N",
        "--schedule=NAME",
        "constant, cosine",
        "--weight-decay=X",
        "--output=FILE",
        "target/digits.png"
      })
  void helpNamesEverything(String part) {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines())).contains(part);
    assertThat(errLines()).isEmpty();
  }
}
