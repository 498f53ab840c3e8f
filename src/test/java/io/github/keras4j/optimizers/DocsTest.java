package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.keras4j.optimizers.docs.DocsRunner;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles and runs every Java block of README, docs and Javadoc, and follows every relative link.
 *
 * <p>A page on an integration, which this build has no jars for, names its folder in a comment
 * {@code <!-- Java from src/integrations/NAME -->}: its blocks must stand in a test there.
 *
 * <p>A block that imports something is compiled with its own imports; another with {@link
 * #IMPORTS}, or with those of the last block above it on its page that is nothing but imports.
 * Whole programs and classes are compiled as they stand; statements are put into a method of a
 * class that extends {@link #PRELUDE}, whose members they may use without declaring them; a comment
 * {@code <!-- uses Name -->} above a block gives it the class of an earlier block of the page.
 * Members of a class are completed by {@link #AROUND_MEMBERS}. Everything with statements or a main
 * method is then run, in one JVM with an empty working directory.
 */
class DocsTest {
  private static final String JAVA_IMPORTS =
      """
      import java.io.*;
      import java.nio.file.*;
      import java.util.*;
      import java.util.concurrent.locks.*;
      import java.util.function.Function;
      """;

  private static final String IMPORTS =
      """
      import io.github.keras4j.optimizers.*;
      import io.github.keras4j.optimizers.schedules.*;
      """
          + JAVA_IMPORTS;

  /** What statements may use: a line to fit, the state of an optimizer, and a file. */
  private static final String PRELUDE =
      """
      class Prelude {
        static final int steps = 3;
        static final double[] weights = {0.5, -0.25, 0.125};
        static final double[] bias = {0.};
        static final double[][] parameters = {weights, bias};
        static final double[][] gradients = {{0.1, 0.2, -0.3}, {0.4}};
        static final io.github.keras4j.optimizers.Optimizer optimizer =
            new io.github.keras4j.optimizers.Adam();
        static final Path path = Path.of("checkpoint.npz");
        static final io.github.keras4j.optimizers.OptimizerState state = optimizer.getState();

        static double[][] gradientsOfTheLoss(double[][] p) {
          double[][] g = new double[p.length][];
          for (int i = 0; i < p.length; i++) {
            g[i] = Arrays.stream(p[i]).map(x -> 2. * x).toArray();
          }
          return g;
        }
      }
      """;

  /** A word in a block of members, and the class around them. */
  private static final Map<String, String> AROUND_MEMBERS =
      Map.of(
          "(Hyperparameters h)",
          """
          final class %2$s extends Optimizer {
            private double beta1, beta2, epsilon;
          %1$s
            protected void update(
                double lr, double[] p, double[] grads, double[][] slots, int from, int to) {}
          }
          """,
          "Builder extends Optimizer.Builder",
          """
          final class %2$s extends Optimizer {
            private %2$s(Hyperparameters h) {
              super(h, 0.001);
              h.decayRate("beta_1", 0.9);
            }
            static %2$s fromConfig(Map<String, ?> config) {
              return Hyperparameters.build(config, %2$s::new);
            }
          %1$s
            protected void update(
                double lr, double[] p, double[] grads, double[][] slots, int from, int to) {}
          }
          """);

  /** The class that members belong to, by what they return. */
  private static final Pattern OPTIMIZER_OF_MEMBERS =
      Pattern.compile("(\\w+)(?: fromConfig\\(| build\\(\\))");

  private static final Pattern FENCE =
      Pattern.compile(
          "(?:^<!-- uses (\\w+) -->\\n+)?^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern FROM_INTEGRATION =
      Pattern.compile("<!-- Java from (src/integrations/\\w+) -->");
  private static final Pattern JAVADOC_CODE =
      Pattern.compile(
          "()^ *\\* <pre>\\{@code\\n(.*?)^ *\\* \\}</pre>", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern TYPE =
      Pattern.compile(
          "^(public |final |abstract )*(class|record|enum|interface) (\\w+)", Pattern.MULTILINE);
  private static final Pattern IMPORT = Pattern.compile("^import .*\n", Pattern.MULTILINE);
  private static final Pattern MEMBER =
      Pattern.compile("^(@Override|public |protected |private |static )", Pattern.MULTILINE);

  /** A block of Java: where it is from, its text, and the line it begins at. */
  private record Block(Path file, int line, String imports, String uses, String code) {
    /** The name of the class it becomes. */
    String className() {
      Matcher type = TYPE.matcher(code);
      return type.find() ? type.group(3) : "Block";
    }

    boolean isProgram() {
      return TYPE.matcher(code).find();
    }

    boolean isMembers() {
      return !isProgram() && MEMBER.matcher(code).find();
    }

    boolean hasMain() {
      return code.contains("void main(String[] ");
    }

    /** The package, one for each block, so that two may declare the same class. */
    String packageName(int index) {
      return "docs" + index;
    }

    String source(int index, String importOfUsed) {
      String header = "package " + packageName(index) + ";\n";
      if (isProgram()) {
        return header + (importsItself() ? "" : imports) + importOfUsed + code;
      }
      if (isMembers()) {
        for (Map.Entry<String, String> around : AROUND_MEMBERS.entrySet()) {
          if (code.contains(around.getKey())) {
            Matcher optimizer = OPTIMIZER_OF_MEMBERS.matcher(code);
            if (optimizer.find()) {
              return header + imports + String.format(around.getValue(), code, optimizer.group(1));
            }
          }
        }
        throw new IllegalStateException(this + " is members of no class that this test knows");
      }
      return header
          + (importsItself() ? ownImports() + JAVA_IMPORTS : imports)
          + importOfUsed
          + PRELUDE
          + "class Block extends Prelude {\n"
          + "public static void main(String[] args) throws Exception {\n"
          + IMPORT.matcher(code).replaceAll("")
          + "}}\n";
    }

    private boolean importsItself() {
      return IMPORT.matcher(code).find();
    }

    private String ownImports() {
      return IMPORT.matcher(code).results().map(MatchResult::group).collect(Collectors.joining());
    }

    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> everyJavaBlockCompilesAndRuns() throws Exception {
    List<Block> blocks = blocks();
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
    return pages()
        .filter(page -> integration(page) != null)
        .flatMap(page -> blocks(page, FENCE).stream())
        .map(
            block ->
                dynamicTest(
                    block.toString(),
                    () -> {
                      String tests =
                          files(integration(block.file).resolve("src/test/java"), ".java")
                              .map(DocsTest::read)
                              .collect(Collectors.joining())
                              .replaceAll("\\s", "");
                      String statements = IMPORT.matcher(block.code).replaceAll("");
                      assertThat(tests).contains(statements.replaceAll("\\s", ""));
                      block
                          .ownImports()
                          .lines()
                          .forEach(line -> assertThat(tests).contains(line.replaceAll("\\s", "")));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyRelativeLinkLeadsSomewhere() {
    return pages()
        .map(page -> dynamicTest(page.toString(), () -> assertThat(deadLinks(page)).isEmpty()));
  }

  // ---- Blocks ---------------------------------------------------------------------------------

  private static Stream<Path> pages() {
    return Stream.of(
            Stream.of(Path.of("README.md")).filter(Files::exists),
            files(Path.of("docs"), ".md"),
            files(Path.of(".github"), ".md"))
        .flatMap(files -> files);
  }

  private static List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    pages()
        .filter(page -> integration(page) == null)
        .forEach(page -> blocks.addAll(blocks(page, FENCE)));
    files(Path.of("src/main/java"), ".java")
        .forEach(source -> blocks.addAll(blocks(source, JAVADOC_CODE)));
    return blocks;
  }

  /** The folder of the integration that a page is on, or null. */
  private static Path integration(Path page) {
    Matcher comment = FROM_INTEGRATION.matcher(read(page));
    return comment.find() ? Path.of(comment.group(1)) : null;
  }

  private static List<Block> blocks(Path file, Pattern pattern) {
    String text = read(file);
    List<Block> blocks = new ArrayList<>();
    String imports = IMPORTS;
    for (MatchResult match : pattern.matcher(text).results().toList()) {
      String code =
          pattern == FENCE ? match.group(2) : match.group(2).replaceAll("(?m)^ *\\* ?", "");
      if (code.lines().allMatch(line -> line.startsWith("import "))) {
        imports = code + JAVA_IMPORTS;
        continue;
      }
      int line = (int) text.substring(0, match.start(2)).lines().count() + 1;
      blocks.add(new Block(file, line, imports, match.group(1), code));
    }
    return blocks;
  }

  /** What the compiler says of each block that it refuses. */
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
    for (int i = 0; user.uses != null && blocks.get(i) != user; i++) {
      Block block = blocks.get(i);
      if (block.file.equals(user.file) && block.className().equals(user.uses)) {
        imports = "import " + block.packageName(i) + "." + user.uses + ";\n";
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
      fail("the blocks did not end within 60 s:\n%s", read(log));
    }
    Map<Integer, String> problems = new TreeMap<>();
    Set<String> succeeded =
        read(log)
            .lines()
            .filter(line -> line.startsWith(DocsRunner.SUCCEEDED))
            .map(line -> line.substring(DocsRunner.SUCCEEDED.length()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    for (String call : calls.toString().lines().toList()) {
      if (!succeeded.contains(call)) {
        int index = Integer.parseInt(call.substring("docs".length(), call.indexOf('.')));
        problems.put(index, read(log));
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

  // ---- Links ----------------------------------------------------------------------------------

  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|href)=\"([^\"]+)\"");
  private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
  private static final Pattern FENCED =
      Pattern.compile("^```.*?^```", Pattern.MULTILINE | Pattern.DOTALL);

  private static List<String> deadLinks(Path page) {
    String text = FENCED.matcher(read(page)).replaceAll("");
    return LINK.matcher(text)
        .results()
        .map(link -> link.group(1) != null ? link.group(1) : link.group(2))
        .filter(link -> !link.contains("://") && !link.startsWith("mailto:"))
        .filter(link -> !exists(page, link))
        .toList();
  }

  private static boolean exists(Path page, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path folder = page.getParent() == null ? Path.of("") : page.getParent();
    Path target = path.isEmpty() ? page : folder.resolve(path);
    return Files.exists(target)
        && (hash < 0 || anchors(read(target)).contains(link.substring(hash + 1)));
  }

  /** The anchors that GitHub gives the headings of a page. */
  private static Set<String> anchors(String text) {
    Set<String> anchors = new LinkedHashSet<>();
    for (MatchResult heading :
        HEADING.matcher(FENCED.matcher(text).replaceAll("")).results().toList()) {
      String anchor =
          heading
              .group(1)
              .strip()
              .toLowerCase(Locale.ROOT)
              .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
              .replaceAll("[^\\p{L}\\p{N}\\p{M} _-]", "")
              .replace(' ', '-');
      String unique = anchor;
      for (int i = 1; !anchors.add(unique); i++) {
        unique = anchor + "-" + i;
      }
    }
    return anchors;
  }

  // ---- Files ----------------------------------------------------------------------------------

  private static Stream<Path> files(Path folder, String ending) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(ending)).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
