package io.github.keras4j.examples;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
      description = "where to draw the picture; default ${DEFAULT-VALUE}")
  private Path output;

  @Option(names = "--help", usageHelp = true, description = "show this and exit")
  private boolean help;

  private final String ending;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec program;

  Picture(Path file) {
    output = file;
    ending = file.toString().substring(file.toString().lastIndexOf('.'));
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
    if (!line.getCommandSpec().positionalParameters().isEmpty()) {
      line.getCommandSpec()
          .usageMessage()
          .footer("%nThe optimizers are " + String.join(", ", Optimizers.names()) + ".");
    }
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
                err.println(prefix + "cannot write the picture: " + reason((IOException) e));
                return FAILURE;
              }
              throw e;
            })
        .execute(args);
  }

  /** What the file system says, without the name of a class. */
  private static String reason(IOException e) {
    if (!(e instanceof FileSystemException failure)) {
      return e.getMessage();
    }
    String reason = failure.getReason();
    if (reason == null) {
      reason =
          e instanceof NoSuchFileException
              ? "cannot be created"
              : e instanceof AccessDeniedException ? "permission denied" : "not a directory";
    }
    return failure.getFile() + ": " + reason;
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
    if (!output.toString().endsWith(ending)) {
      throw new ParameterException(
          program.commandLine(), "--output must end in " + ending + ", got " + output);
    }
    Files.createDirectories(file().getParent());
  }

  void write(JFreeChart chart, int width, int height) throws IOException {
    Charts.write(chart, file(), width, height);
  }

  void write(String svg) throws IOException {
    Files.writeString(file(), svg);
  }

  Path file() {
    return output.toAbsolutePath().normalize();
  }
}
