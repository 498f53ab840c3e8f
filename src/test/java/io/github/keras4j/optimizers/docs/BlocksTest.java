package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles every Java block of README, docs and Javadoc, and runs everything with statements or a
 * main method, in one JVM with an empty working directory. What a block prints is compared with
 * what its page says after "It prints".
 *
 * <p>A page on an integration, which this build has no jars for, names its folder in a comment
 * {@code <!-- Java from src/integrations/NAME -->}: its blocks must stand in a test there, except
 * for their comments.
 */
class BlocksTest {
  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> everyJavaBlockCompilesAndRuns() throws Exception {
    List<Block> blocks = Block.all();
    assertThat(blocks).hasSizeGreaterThan(20);
    Map<Integer, String> problems = new TreeMap<>(compile(blocks));
    if (problems.isEmpty()) {
      problems.putAll(run(blocks));
    }
    return Stream.iterate(0, i -> i < blocks.size(), i -> i + 1)
        .map(
            i ->
                dynamicTest(
                    blocks.get(i).toString(),
                    () -> assertThat(problems.getOrDefault(i, "")).isEmpty()));
  }

  @TestFactory
  Stream<DynamicTest> everyJavaBlockOfAnIntegrationStandsInOneOfItsTests() {
    return Pages.all()
        .filter(page -> Pages.integration(page) != null)
        .flatMap(page -> Block.of(page).stream())
        .map(
            block ->
                dynamicTest(
                    block.toString(),
                    () -> {
                      String tests =
                          Pages.files(
                                  Pages.integration(block.file()).resolve("src/test/java"), ".java")
                              .map(Pages::read)
                              .map(Block::bare)
                              .collect(Collectors.joining());
                      assertThat(tests).contains(Block.bare(block.statements()));
                      block
                          .ownImports()
                          .lines()
                          .forEach(line -> assertThat(tests).contains(line.replaceAll("\\s", "")));
                    }));
  }

  /** What the compiler says of each block that it rejects. */
  private Map<Integer, String> compile(List<Block> blocks) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("-d", directory.toString(), "-cp", classPath(), "-proc:none", "-nowarn"));
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      Path folder = Files.createDirectories(directory.resolve(block.packageName(i)));
      Path file = folder.resolve(block.className() + ".java");
      arguments.add(
          Files.writeString(file, block.source(i, importOfUsed(blocks, block))).toString());
    }
    StringWriter messages = new StringWriter();
    PrintWriter out = new PrintWriter(messages);
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    Map<Integer, String> problems = new TreeMap<>();
    if (javac.run(out, out, arguments.toArray(String[]::new)) != 0) {
      Matcher position =
          Pattern.compile("docs(\\d+)\\W\\w+\\.java:\\d+: ").matcher(messages.toString());
      while (position.find()) {
        problems.put(Integer.parseInt(position.group(1)), messages.toString());
      }
      assertThat(problems).as(messages.toString()).isNotEmpty();
    }
    return problems;
  }

  /** The import of the class of an earlier block of the page that a block says it uses. */
  private static String importOfUsed(List<Block> blocks, Block user) {
    String imports = "";
    for (int i = 0; user.uses() != null && blocks.get(i) != user; i++) {
      Block block = blocks.get(i);
      if (block.file().equals(user.file()) && block.className().equals(user.uses())) {
        imports = "import " + block.packageName(i) + "." + user.uses() + ";\n";
      }
    }
    return imports;
  }

  /** What went wrong in each block that did not run to its end. */
  private Map<Integer, String> run(List<Block> blocks) throws Exception {
    StringBuilder calls = new StringBuilder();
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (block.hasMain() || !block.isProgram() && !block.isMembers()) {
        calls.append(block.packageName(i)).append('.').append(block.className()).append('\n');
      }
    }
    Path list = Files.writeString(directory.resolve("calls.txt"), calls);
    Path log = directory.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-cp",
                directory + File.pathSeparator + classPath(),
                DocsRunner.class.getName(),
                list.toString())
            .directory(Files.createDirectory(directory.resolve("work")).toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("the blocks did not end within 60 s:\n%s", Pages.read(log));
    }
    String output = Pages.read(log);
    Map<Integer, String> problems = new TreeMap<>();
    for (String call : calls.toString().lines().toList()) {
      int index = Integer.parseInt(call.substring("docs".length(), call.indexOf('.')));
      int start = output.indexOf(DocsRunner.STARTED + call + "\n");
      int end = output.indexOf("\n" + DocsRunner.SUCCEEDED + call + "\n");
      String expected = blocks.get(index).printed();
      if (start < 0 || end < start) {
        problems.put(index, output);
      } else if (expected != null) {
        String printed = output.substring(output.indexOf('\n', start) + 1, end);
        if (!printed.equals(expected)) {
          problems.put(index, "prints\n" + printed + "instead of\n" + expected);
        }
      }
    }
    return problems;
  }

  /** Where the library, the tests and the examples are. */
  private static String classPath() {
    return Stream.of("target/classes", "target/test-classes")
        .map(path -> Path.of(path).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
