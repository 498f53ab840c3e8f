package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Rejects words of which readers whose English is a second language said that they had to stop at
 * them, in the English pages and in the Javadoc, comments, names and messages of all sources: core,
 * integrations, examples, benchmarks and tests.
 */
class PlainWordsTest {
  /** What is rejected, and what to write in its place. */
  private static final Map<String, String> WORDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("anew", "again"),
              Map.entry("but for", "except"),
              Map.entry("answers|answered|answering", "returns"),
              Map.entry("of (?:one's|its|his|their|our|your) own", "separate, custom"),
              Map.entry("refus(?:e|es|ed|ing|al|als)", "reject"),
              Map.entry("beside", "next to"),
              Map.entry("those of", "the noun itself, or \"as in\""),
              Map.entry("namesakes?", "of the same name"),
              Map.entry("kin", "such as, similar"),
              Map.entry("lest", "so that not"),
              Map.entry("thereof|therein|whereby|wherein|hereby", "of it, in it, by which"),
              Map.entry("nought|naught", "zero, nothing")));

  /** Sentences that need such a word, by the end of the file's name. */
  private static final Map<String, String> EXCEPTIONS =
      Map.of(
          "CONTRIBUTING.md",
          "Not *anew*, *but for*, *answers*, *of its own*, *refuses*, *beside*, *those of*");

  private static final Path BUILT = Path.of("target");

  private static final Pattern BREAK = Pattern.compile("\\s*\\n\\s*(?:\\*(?!/)|//|#)?\\s*");

  /** Between the words of a name, as in "aNameOfItsOwn". */
  private static final Pattern IN_NAMES =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

  @TestFactory
  Stream<DynamicTest> everyPageAndEverySourceSaysItInPlainWords() {
    return Stream.concat(pages(), sources())
        .map(file -> dynamicTest(file.toString(), () -> assertThat(found(file)).isEmpty()));
  }

  private static Stream<Path> pages() {
    return Pages.all().filter(page -> !page.startsWith(Path.of("docs", "ko")));
  }

  private static Stream<Path> sources() {
    return Stream.of(".java", ".py")
        .flatMap(ending -> Pages.files(Path.of("src"), ending))
        .filter(file -> !file.endsWith("PlainWordsTest.java"))
        .filter(file -> StreamSupport.stream(file.spliterator(), false).noneMatch(BUILT::equals));
  }

  private static List<String> found(Path file) {
    String text = BREAK.matcher(IN_NAMES.matcher(Pages.read(file)).replaceAll(" ")).replaceAll(" ");
    String searched =
        text.replace(EXCEPTIONS.getOrDefault(file.getFileName().toString(), "\n"), "");
    return WORDS.entrySet().stream()
        .flatMap(
            word ->
                Pattern.compile("\\b(?:" + word.getKey() + ")\\b", Pattern.CASE_INSENSITIVE)
                    .matcher(searched)
                    .results()
                    .map(match -> around(match, searched) + " -- write: " + word.getValue()))
        .toList();
  }

  private static String around(MatchResult match, String text) {
    int from = Math.max(0, match.start() - 40);
    return text.substring(from, Math.min(text.length(), match.end() + 40)).strip();
  }
}
