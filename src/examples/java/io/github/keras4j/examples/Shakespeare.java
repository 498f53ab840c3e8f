package io.github.keras4j.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * A million letters of Shakespeare; the file's README says where they come from.
 *
 * @param words each different word once, in small letters, the most frequent first
 * @param counts how often each stands in the text
 * @param text the words in the order of the text, by number
 */
record Shakespeare(List<String> words, int[] counts, int[] text) {
  private static final Pattern WORD = Pattern.compile("[a-z]+(?:'[a-z]+)*");

  /** Reads the text. */
  static Shakespeare load() {
    try (InputStream file =
            Shakespeare.class.getResourceAsStream("/shakespeare/shakespeare.txt.gz");
        InputStream text = new GZIPInputStream(file)) {
      return of(new String(text.readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Shakespeare of(String letters) {
    List<String> text =
        WORD.matcher(letters.toLowerCase(Locale.ROOT)).results().map(MatchResult::group).toList();
    Map<String, Integer> counts = new HashMap<>();
    text.forEach(word -> counts.merge(word, 1, Integer::sum));
    List<String> words =
        counts.keySet().stream()
            .sorted(
                Comparator.<String>comparingInt(counts::get)
                    .reversed()
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    Map<String, Integer> numbers = new HashMap<>();
    IntStream.range(0, words.size()).forEach(number -> numbers.put(words.get(number), number));
    return new Shakespeare(
        words,
        words.stream().mapToInt(counts::get).toArray(),
        text.stream().mapToInt(numbers::get).toArray());
  }
}
