package io.github.keras4j.optimizers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.programs.Fingerprints;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.Trait;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the rows of the table in separate Java machines, one for each way to run code. */
class CompilersTest {
  /** Compiles every method of the library before its first call, and nothing else, in no time. */
  private static final String COMPILE_ALL =
      "-Xcomp -XX:CompileCommand=quiet"
          + " -XX:CompileCommand=compileonly,io.github.keras4j.optimizers.*::* ";

  private static final Map<String, String> HERE = Fingerprints.all();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        COMPILE_ALL + "-XX:TieredStopAtLevel=1", // C1
        COMPILE_ALL + "-XX:-TieredCompilation", // C2
        COMPILE_ALL + "-XX:-TieredCompilation -XX:-UseSuperWord", // C2 without vectors
      })
  void computesTheSameBitsAsThisMachine(String options) throws Exception {
    List<String> lines = run(options + " -XX:+PrintCompilation");

    assertThat(lines.stream().anyMatch(line -> line.contains("optimizers.Adam::updatePlain")))
        .as("compiled")
        .isEqualTo(!options.equals("-Xint"));
    assertThat(fingerprints(lines)).hasSizeGreaterThan(90).isEqualTo(HERE);
  }

  /** On x86-64 these options put another {@link Math#pow} in place of the processor's own. */
  @ParameterizedTest
  @ValueSource(strings = {"", "-Xint "})
  void computesTheSameBitsWithAnotherPowerFunction(String options) throws Exception {
    Map<String, String> actual =
        fingerprints(run(options + "-XX:+UnlockDiagnosticVMOptions -XX:DisableIntrinsic=_dpow"));
    Map<String, String> expected = new HashMap<>(HERE);
    OptimizerTable.optimizers()
        .filter(entry -> entry.is(Trait.TAKES_MATH_POW))
        .forEach(
            entry -> {
              actual.keySet().removeIf(configuration -> configuration.startsWith(entry + " "));
              expected.keySet().removeIf(configuration -> configuration.startsWith(entry + " "));
            });

    assertThat(actual).isNotEmpty().isEqualTo(expected);
  }

  private static Map<String, String> fingerprints(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(Fingerprints.PREFIX))
        .map(line -> line.split(" ", 3))
        .collect(Collectors.toMap(parts -> parts[2], parts -> parts[1]));
  }

  private static List<String> run(String options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options.split(" ")));
    command.add("-cp");
    command.add(
        String.join(
            File.pathSeparator,
            "target/classes",
            "target/test-classes",
            System.getProperty("java.class.path")));
    command.add(Fingerprints.class.getName());
    Process machine =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Fingerprints.write(machine.getOutputStream());
    List<String> lines =
        new String(machine.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(machine.waitFor()).as("exit code of %s, which printed %s", command, lines).isZero();
    return lines;
  }
}
