package io.github.keras4j.optimizers.docs;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compiles and runs every program in Kotlin or Scala in the docs, each in a separate Java machine,
 * and fails unless it prints what the comments behind its {@code println} say. The compilers come
 * from the profile {@code languages}:
 *
 * <pre>
 * mvn -q -Planguages test-compile exec:exec
 * </pre>
 */
public final class Languages {
  private static final String CLASS_PATH = System.getProperty("java.class.path");
  private static final Pattern FENCE =
      Pattern.compile("^```(kotlin|scala)\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern PRINTED = Pattern.compile("println\\(.*\\) // (.*)");

  private Languages() {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createDirectories(Path.of("target", "languages"));
    int programs = 0;
    for (Path page : Pages.all().filter(page -> Pages.integration(page) == null).toList()) {
      for (MatchResult block : FENCE.matcher(Files.readString(page)).results().toList()) {
        Path output = Files.createTempDirectory(folder, block.group(1));
        List<String> printed = run(block.group(1), block.group(2), output.toAbsolutePath());
        List<String> expected =
            PRINTED.matcher(block.group(2)).results().map(m -> m.group(1)).toList();
        if (expected.isEmpty() || !printed.equals(expected)) {
          throw new IllegalStateException(
              page + ", " + block.group(1) + ": " + printed + " instead of " + expected);
        }
        System.out.println(page + ": " + block.group(1) + " compiles and runs");
        programs++;
      }
    }
    if (programs == 0) {
      throw new IllegalStateException("no program found");
    }
  }

  private static List<String> run(String language, String code, Path output) throws Exception {
    Path source = output.resolve("Program." + (language.equals("kotlin") ? "kt" : "scala"));
    Files.writeString(source, code);
    String main;
    if (language.equals("kotlin")) {
      java(
          "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
          "-no-stdlib",
          "-cp",
          CLASS_PATH,
          "-d",
          output.toString(),
          source.toString());
      main = "ProgramKt";
    } else {
      java("dotty.tools.dotc.Main", "-usejavacp", "-d", output.toString(), source.toString());
      Matcher name = Pattern.compile("@main def (\\w+)").matcher(code);
      main = name.find() ? name.group(1) : "Program";
    }
    return java("-cp", output + File.pathSeparator + CLASS_PATH, main);
  }

  /** Runs a class, by default with this class path, and returns what it prints. */
  private static List<String> java(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (!arguments[0].equals("-cp")) {
      command.addAll(List.of("-cp", CLASS_PATH));
    }
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(List.of(arguments) + " failed: " + printed);
    }
    return printed.lines().toList();
  }
}
