package io.github.keras4j.optimizers.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A block of Java.
 *
 * <p>A block that imports something is compiled with its own imports; another with {@link
 * #IMPORTS}, or with the imports of the last block above it on its page that is nothing but
 * imports. Whole programs and classes are compiled as they stand; statements are put into a method
 * of a class that extends {@link #PRELUDE}, whose members they may use without declaring them; a
 * comment {@code <!-- uses Name -->} above a block gives it the class of an earlier block of the
 * page. Members of a class are completed by {@link #AROUND_MEMBERS}.
 *
 * @param line where it begins
 * @param printed what it prints as the page says, in a block of text after the words "It prints";
 *     null where it says nothing
 */
record Block(Path file, int line, String imports, String uses, String code, String printed) {
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
      import io.github.keras4j.optimizers.builders.*;
      import io.github.keras4j.optimizers.constraints.*;
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
            protected void updateStep(double lr, Variable x, int from, int to) {}
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
            protected void updateStep(double lr, Variable x, int from, int to) {}
          }
          """);

  /** The class that members belong to, by what they return. */
  private static final Pattern OPTIMIZER_OF_MEMBERS =
      Pattern.compile("(\\w+)(?: fromConfig\\(| build\\(\\))");

  private static final Pattern FENCE =
      Pattern.compile(
          "(?:^<!-- uses (\\w+) -->\\n+)?^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern PRINTED =
      Pattern.compile(
          "\\s*(?:It prints|다음과 같이 출력됩니다\\.)\\s*^```text\\n(.*?)^```",
          Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern JAVADOC_CODE =
      Pattern.compile(
          "()^ *\\* <pre>\\{@code\\n(.*?)^ *\\* \\}</pre>", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern TYPE =
      Pattern.compile(
          "^(public |final |abstract )*(class|record|enum|interface) (\\w+)", Pattern.MULTILINE);

  private static final Pattern COMMENT = Pattern.compile("(?<!:)//.*|/\\*(?s:.*?)\\*/");

  private static final Pattern IMPORT = Pattern.compile("^import .*\n", Pattern.MULTILINE);

  private static final Pattern MEMBER =
      Pattern.compile("^(@Override|public |protected |private |static )", Pattern.MULTILINE);

  static List<Block> all() {
    List<Block> blocks = new ArrayList<>();
    Pages.all()
        .filter(page -> Pages.integration(page) == null)
        .forEach(page -> blocks.addAll(of(page)));
    Pages.files(Path.of("src/main/java"), ".java")
        .forEach(source -> blocks.addAll(of(source, JAVADOC_CODE)));
    return blocks;
  }

  /** The blocks of a page. */
  static List<Block> of(Path page) {
    return of(page, FENCE);
  }

  private static List<Block> of(Path file, Pattern pattern) {
    String text = Pages.read(file);
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
      Matcher printed = PRINTED.matcher(text).region(match.end(), text.length());
      blocks.add(
          new Block(
              file,
              line,
              imports,
              match.group(1),
              code,
              printed.lookingAt() ? printed.group(1) : null));
    }
    return blocks;
  }

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
        + statements()
        + "}}\n";
  }

  private boolean importsItself() {
    return IMPORT.matcher(code).find();
  }

  String ownImports() {
    return IMPORT.matcher(code).results().map(MatchResult::group).collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return file + ":" + line;
  }

  /** Without comments, which each language of the docs has in its words, and without spaces. */
  static String bare(String code) {
    return COMMENT.matcher(code).replaceAll("").replaceAll("\\s", "");
  }

  /** Without imports. */
  String statements() {
    return IMPORT.matcher(code).replaceAll("");
  }
}
