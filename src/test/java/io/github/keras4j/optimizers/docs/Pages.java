package io.github.keras4j.optimizers.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pages of README, docs and .github. */
final class Pages {
  private static final Pattern FROM_INTEGRATION =
      Pattern.compile("<!-- Java from (src/integrations/\\w+) -->");

  private Pages() {}

  static Stream<Path> all() {
    return Stream.of(
            Stream.of(Path.of("README.md")).filter(Files::exists),
            files(Path.of("docs"), ".md"),
            files(Path.of(".github"), ".md"))
        .flatMap(files -> files);
  }

  /** The folder of the integration that a page is on, or null. */
  static Path integration(Path page) {
    Matcher comment = FROM_INTEGRATION.matcher(read(page));
    return comment.find() ? Path.of(comment.group(1)) : null;
  }

  static Stream<Path> files(Path folder, String ending) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(ending)).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
