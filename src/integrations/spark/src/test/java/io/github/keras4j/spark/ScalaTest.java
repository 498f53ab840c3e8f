package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Scala of docs/spark.md compiles, runs, and prints what the comments behind println say. */
class ScalaTest {
  private static final Path PAGE = Path.of("..", "..", "..", "docs", "spark.md");
  private static final Pattern FENCE =
      Pattern.compile("^```scala\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern OBJECT = Pattern.compile("^object (\\w+)", Pattern.MULTILINE);
  private static final Pattern PRINTED = Pattern.compile("println\\(.*\\) // (.*)");
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  @TempDir Path directory;

  @Test
  void runs() throws Exception {
    List<MatchResult> programs = FENCE.matcher(Files.readString(PAGE)).results().toList();
    assertThat(programs).isNotEmpty();
    for (MatchResult program : programs) {
      String code = program.group(1);
      Path source = Files.writeString(directory.resolve("Program.scala"), code);
      java(
          "scala.tools.nsc.Main",
          "-deprecation",
          "-Xfatal-warnings",
          "-classpath",
          CLASS_PATH,
          "-d",
          directory.toString(),
          source.toString());
      Matcher name = OBJECT.matcher(code);
      assertThat(name.find()).isTrue();
      List<String> expected =
          PRINTED.matcher(code).results().map(printed -> printed.group(1)).toList();
      assertThat(expected).isNotEmpty();
      assertThat(java(name.group(1))).isEqualTo(expected);
    }
  }

  /** Runs a class, and returns what it prints. */
  private List<String> java(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-X"))
        .forEach(command::add);
    command.addAll(List.of("-cp", directory + File.pathSeparator + CLASS_PATH));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed.lines().toList();
  }
}
