package io.github.keras4j.examples;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a program have in common: a directory for its picture, and what it prints. */
abstract class ProgramTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  abstract int run(PrintStream out, PrintStream err, String... args);

  final int run(String... args) {
    return run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  final List<String> outLines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  final List<String> errLines() {
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  final void clearOutput() {
    out.reset();
  }
}
