package io.github.keras4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathsTest extends ProgramTest {
  private static final Pattern END = Pattern.compile("at \\((.*), (.*)\\)$");

  @Override
  int run(PrintStream out, PrintStream err, String... args) {
    return Paths.run(out, err, args);
  }

  @Test
  void drawsThePathsAndPrintsWhereTheyEnd() throws IOException {
    Path picture = directory.resolve("new").resolve("paths.svg");
    int exitCode =
        run("Adam", "adamax", "keras3.adam", "lion", "--steps", "1", "--output", "" + picture);
    assertThat(errLines()).isEmpty();
    assertThat(exitCode).isZero();
    // The first step of all is as long as the learning rate, against the gradient's sign.
    assertThat(outLines())
        .containsExactly(
            "adam, lr 0.1                           after 1 steps at (0.6000, 1.3000)",
            "adamax, lr 0.2                         after 1 steps at (0.5000, 1.2000)",
            "keras3.adam, lr 0.1                    after 1 steps at (0.6000, 1.3000)",
            "lion, lr 0.012                         after 1 steps at (0.6880, 1.3880)",
            "",
            "Paths: " + picture);
    String svg = Files.readString(picture);
    assertThat(svg).startsWith("<svg ").contains("viewBox=\"0 0 960 320\"").endsWith("</svg>\n");
    // In the whole, and near the minimum: a line for each, and one in the legend.
    assertThat(Pattern.compile("class=\"way s[0-3]\"").matcher(svg).results()).hasSize(2 * 4);
    assertThat(Pattern.compile("class=\"s[0-3]\"").matcher(svg).results()).hasSize(4);
  }

  /** The picture of the README: it must stay small, and must not depend on where it was drawn. */
  @Test
  void thePictureOfThePagesIsTheOneThatIsDrawn() throws IOException {
    Path picture = directory.resolve("paths.svg");
    assertThat(run("--output", "" + picture)).isZero();
    Path published = Path.of("docs", "images", "paths.svg");
    assertThat(Files.size(published)).isLessThan(200_000);
    assertThat(numbers(picture)).containsExactly(numbers(published), within(0.2));
  }

  private static double[] numbers(Path svg) throws IOException {
    return Pattern.compile("-?[0-9]+([.][0-9]+)?")
        .matcher(Files.readString(svg))
        .results()
        .mapToDouble(match -> Double.parseDouble(match.group()))
        .toArray();
  }

  /** From 2.47 away; measured were at most 0.87, Adadelta's. */
  @Test
  void everyOptimizerFindsItsWay() {
    List<String> args =
        new ArrayList<>(
            List.of("sgd", "sgd-nesterov", "rmsprop", "adagrad", "adadelta", "adam", "adamax"));
    args.addAll(List.of("nadam", "adabelief", "keras3.sgd", "keras3.rmsprop", "keras3.adagrad"));
    args.addAll(List.of("keras3.adadelta", "keras3.adam", "keras3.adamax", "keras3.nadam"));
    args.addAll(List.of("adamw", "ftrl", "lion", "lamb", "adafactor", "muon"));
    args.add("schedulefreeadamw");
    int optimizers = args.size();
    args.addAll(List.of("--output", directory.resolve("paths.svg").toString()));
    assertThat(run(args.toArray(String[]::new))).isZero();
    assertThat(outLines().subList(0, optimizers))
        .allSatisfy(
            line -> {
              Matcher end = END.matcher(line);
              assertThat(end.find()).isTrue();
              double x = Double.parseDouble(end.group(1));
              double y = Double.parseDouble(end.group(2));
              assertThat(Math.hypot(x - 3., y - 0.5)).isLessThan(0.89);
            });
  }

  @Test
  void anUnknownOptimizerListsTheKnownNames() {
    assertThat(run("adam", "adan")).isEqualTo(2);
    assertThat(errLines())
        .containsExactly(
            "paths: unknown optimizer \"adan\", known are "
                + String.join(", ", Optimizers.names())
                + "; did you mean adam?");
    assertThat(outLines()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--steps=0, '--steps must be at least 1, got 0'",
    "--output=a.jpg, '--output must end in .svg, got a.jpg'"
  })
  void aBadArgumentIsOneLine(String argument, String message) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(errLines()).containsExactly("paths: " + message);
    assertThat(outLines()).isEmpty();
  }

  @Test
  void helpNamesTheDefaults() {
    assertThat(run("--help")).isZero();
    assertThat(String.join("\n", outLines()))
        .contains("OPTIMIZER", "keras3.adam", "300", "target/paths.svg");
    assertThat(errLines()).isEmpty();
  }
}
