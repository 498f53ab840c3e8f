package io.github.keras4j.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jfree.chart.JFreeChart;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of a program that draws a picture: its common options and its errors. */
final class Picture {
  private static final int FAILURE = 1;
  private static final int USAGE = 2;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "where to draw the picture, a .png file; default ${DEFAULT-VALUE}")
  private Path output;

  @Option(names = "--help", usageHelp = true, description = "show this and exit")
  private boolean help;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec program;

  Picture(Path file) {
    output = file;
  }

  /** Runs a program; an error is one line, and the exit code says whose it is. */
  static int run(CommandLine line, PrintStream out, PrintStream err, String... args) {
    System.setProperty("java.awt.headless", "true");
    String prefix = line.getCommandName() + ": ";
    return line.setOut(new PrintWriter(out, true))
        .setParameterExceptionHandler(
            (e, unused) -> {
              err.println(prefix + e.getMessage());
              return USAGE;
            })
        .setExecutionExceptionHandler(
            (e, unused, alsoUnused) -> {
              if (e instanceof IOException) {
                err.println(prefix + "cannot write the picture: " + e);
                return FAILURE;
              }
              throw e;
            })
        .execute(args);
  }

  /** To be called first, so that no work is lost to a file that cannot be written. */
  void prepare() throws IOException {
    if (!output.toString().endsWith(".png")) {
      throw new ParameterException(
          program.commandLine(), "--output must end in .png, got " + output);
    }
    Files.createDirectories(file().getParent());
  }

  void write(JFreeChart chart, int width, int height) throws IOException {
    Charts.write(chart, file(), width, height);
  }

  Path file() {
    return output.toAbsolutePath().normalize();
  }
}
