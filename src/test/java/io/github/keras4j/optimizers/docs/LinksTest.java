package io.github.keras4j.optimizers.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Follows every relative link of README, docs and .github. */
class LinksTest {
  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|srcset|href)=\"([^\"]+)\"");

  private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

  private static final Pattern FENCED =
      Pattern.compile("^```.*?^```", Pattern.MULTILINE | Pattern.DOTALL);

  @TestFactory
  Stream<DynamicTest> everyRelativeLinkLeadsSomewhere() {
    return Pages.all()
        .map(page -> dynamicTest(page.toString(), () -> assertThat(deadLinks(page)).isEmpty()));
  }

  private static List<String> deadLinks(Path page) {
    String text = FENCED.matcher(Pages.read(page)).replaceAll("");
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
        && (hash < 0 || anchors(Pages.read(target)).contains(link.substring(hash + 1)));
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
}
