package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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

  /** Ends the virtual machine where a program failed. */
  static void exit(int exitCode) {
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** Runs a program; an error is one line, and the exit code says whose it is. */
  static int run(Callable<Integer> program, PrintStream out, PrintStream err, String... args) {
    System.setProperty("java.awt.headless", "true");
    Digits.registerOwn();
    CommandLine line = new CommandLine(program);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.getCommandSpec()
        .usageMessage()
        .footer("%nThe optimizers are " + String.join(", ", Optimizers.names()) + ".");
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

  /** Makes an optimizer with its defaults. */
  Optimizer optimizer(String name) {
    try {
      return Optimizers.get(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(program.commandLine(), e.getMessage());
    }
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
