package io.github.keras4j.tribuo;

import static org.assertj.core.api.Assertions.assertThat;

import consumer.Program;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Runs on the module path, where OLCUT must be let at the fields. */
class ModuleTest {
  @Test
  void isMadeAgainFromItsProvenanceAsAModule() throws Exception {
    String modules =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> !path.endsWith("test-classes"))
            .filter(path -> path.matches(".*(keras|classes|tribuo|olcut|protobuf|jackson).*"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--module-path",
                modules,
                "--add-modules",
                "io.github.keras4j.tribuo",
                "-cp",
                Path.of("target/test-classes").toAbsolutePath().toString(),
                Program.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output)
        .startsWith(
            "module io.github.keras4j.tribuo\nKerasOptimiser(optimizer=keras3.AdamW,config={");
  }
}
