package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Compares each Korean page with the English one: headings of the same levels, blocks of the same
 * code except for comments, and in each section and each block of text the same figures.
 *
 * <p>A figure of the English page must stand in the same section of the Korean one, as often. A
 * figure of the Korean page may also be a word in the English one, such as 2 for "two".
 */
class TranslationTest {
  private static final Path KOREAN = Path.of("docs", "ko");

  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern HEADING = Pattern.compile("^#+ .*$", Pattern.MULTILINE);

  private static final Pattern FIGURE =
      Pattern.compile("(?<![\\p{L}\\p{N}_.])\\d+(?:[.,]\\d+)*(?:[eE][-+]?\\d+)?");

  /** Targets of links, HTML, generations of Keras, months and "flat", which are no figures. */
  private static final Pattern NO_FIGURES =
      Pattern.compile("(?<=])\\([^)]*\\)|<[^>\\n]*>|Keras\\s+[23](?!\\.?\\d)|\\d+월|1차원으로");

  private static final Pattern COMMENT = Pattern.compile("(?<!\\S)#.*|<!--.*?-->");

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("zero", "0"),
          Map.entry("zeros", "0"),
          Map.entry("one", "1"),
          Map.entry("once", "1"),
          Map.entry("first", "1"),
          Map.entry("two", "2"),
          Map.entry("twice", "2"),
          Map.entry("half", "2"),
          Map.entry("second", "2"),
          Map.entry("three", "3"),
          Map.entry("four", "4"),
          Map.entry("quarter", "4"),
          Map.entry("five", "5"),
          Map.entry("six", "6"),
          Map.entry("seven", "7"),
          Map.entry("eight", "8"),
          Map.entry("nine", "9"),
          Map.entry("ten", "10"),
          Map.entry("tenth", "10"),
          Map.entry("hundred", "100"),
          Map.entry("thousand", "1000"));

  /** What stands between two blocks or headings, or in a block. */
  private record Part(String kind, String text) {
    List<String> figures() {
      return FIGURE
          .matcher(NO_FIGURES.matcher(text).replaceAll(""))
          .results()
          .map(MatchResult::group)
          .toList();
    }

    /** Without comments and spaces. */
    String bare() {
      return switch (kind) {
        case "java", "kotlin", "scala" -> Block.bare(text);
        default -> COMMENT.matcher(text).replaceAll("").replaceAll("\\s", "");
      };
    }
  }

  @TestFactory
  Stream<DynamicTest> everyKoreanPageHasTheCodeAndTheFiguresOfTheEnglishOne() {
    return Pages.files(KOREAN, ".md")
        .map(
            page -> {
              Path name = KOREAN.relativize(page);
              Path english =
                  name.equals(Path.of("README.md")) ? name : Path.of("docs").resolve(name);
              return dynamicTest(
                  name.toString(),
                  () -> assertThat(differences(Pages.read(english), Pages.read(page))).isEmpty());
            });
  }

  private static List<String> differences(String english, String korean) {
    List<Part> blocks = blocks(english);
    List<Part> koreanBlocks = blocks(korean);
    List<Part> sections = sections(english);
    List<Part> koreanSections = sections(korean);
    assertThat(koreanBlocks).extracting(Part::kind).isEqualTo(kinds(blocks));
    assertThat(koreanSections).extracting(Part::kind).isEqualTo(kinds(sections));
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      Part block = blocks.get(i);
      Part translated = koreanBlocks.get(i);
      if (block.kind().equals("text")) {
        compareFigures(block, translated, differences);
      } else if (!block.bare().equals(translated.bare())) {
        differences.add("other code: " + translated.text());
      }
    }
    for (int i = 0; i < sections.size(); i++) {
      compareFigures(sections.get(i), koreanSections.get(i), differences);
    }
    return differences;
  }

  private static void compareFigures(Part english, Part korean, List<String> differences) {
    List<String> missing = new ArrayList<>(english.figures());
    List<String> more = new ArrayList<>(korean.figures());
    Set<String> known = new HashSet<>(missing);
    Arrays.stream(english.text().toLowerCase(Locale.ROOT).split("[^a-z]+"))
        .filter(WORDS::containsKey)
        .forEach(word -> known.add(WORDS.get(word)));
    korean.figures().forEach(missing::remove);
    more.removeAll(known);
    if (!missing.isEmpty() || !more.isEmpty()) {
      String beginning = korean.text().strip().lines().findFirst().orElse("");
      differences.add(beginning + ": without " + missing + ", but with " + more);
    }
  }

  private static List<String> kinds(List<Part> parts) {
    return parts.stream().map(Part::kind).toList();
  }

  private static List<Part> blocks(String page) {
    return BLOCK
        .matcher(page)
        .results()
        .map(block -> new Part(block.group(1).isEmpty() ? "text" : block.group(1), block.group(2)))
        .toList();
  }

  /** The text under each heading, without blocks; its kind is the level of the heading. */
  private static List<Part> sections(String page) {
    String text = BLOCK.matcher(page).replaceAll("");
    List<Part> sections = new ArrayList<>();
    Matcher heading = HEADING.matcher(text);
    int from = 0;
    while (heading.find()) {
      sections.add(section(text.substring(from, heading.start())));
      from = heading.start();
    }
    sections.add(section(text.substring(from)));
    return sections;
  }

  private static Part section(String text) {
    return new Part(text.startsWith("#") ? text.substring(0, text.indexOf(' ')) : "", text);
  }
}
