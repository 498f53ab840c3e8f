package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions for names of tensors. They may come from a file that nobody trusts, and the
 * JDK's engine backtracks: lengths and steps are bounded, so that every question ends soon.
 * Immutable except for the steps that are left.
 */
final class NamePatterns {
  private static final int MAX_LENGTH = 1000;
  private static final int FIRST_STEPS = 100_000;
  private static final int STEPS_FOR_EACH = 1000;

  private final List<Pattern> patterns;
  private long steps; // that are left for the questions so far

  private NamePatterns(List<Pattern> patterns) {
    this.patterns = patterns;
  }

  /** Compiles patterns; {@code what} names the list in messages. */
  static NamePatterns of(String what, List<String> patterns) {
    List<Pattern> compiled = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      compiled.add(compile(what + "[" + i + "]", patterns.get(i)));
    }
    return new NamePatterns(List.copyOf(compiled));
  }

  static Pattern compile(String what, String regex) {
    if (regex == null || regex.isEmpty() || regex.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          format(
              "%s must be a pattern of 1 to %d characters, got %s",
              what, MAX_LENGTH, Text.describe(regex)));
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          format(
              "%s must be a regular expression, got %s: %s",
              what, Text.quote(regex), Text.plain(e.getDescription())),
          e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          format("%s must be a pattern that is less deep, got %s", what, Text.quote(regex)));
    }
  }

  boolean isEmpty() {
    return patterns.isEmpty();
  }

  /** The patterns as strings. */
  List<String> strings() {
    return patterns.stream().map(Pattern::pattern).toList();
  }

  /** Begins a series of questions. */
  void begin() {
    steps = FIRST_STEPS;
  }

  /** Whether one of the patterns is found in a name. */
  boolean findIn(String name) {
    return patterns.stream().anyMatch(pattern -> matcher(pattern, name, Matcher::find));
  }

  /** The numbers of the patterns that match the whole of a name. */
  List<Integer> matching(String name) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      if (matcher(patterns.get(i), name, Matcher::matches)) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  private interface Question {
    boolean isTrueOf(Matcher matcher);
  }

  private boolean matcher(Pattern pattern, String name, Question question) {
    requireShort(name);
    steps += STEPS_FOR_EACH;
    try {
      return question.isTrueOf(pattern.matcher(new Counted(name)));
    } catch (TooManySteps | StackOverflowError e) {
      throw new IllegalArgumentException(
          format(
              "pattern must be one that is matched in few steps, got %s for the name %s",
              Text.quote(pattern.pattern()), Text.quote(name)));
    }
  }

  private static void requireShort(String name) {
    if (name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          format(
              "name of a tensor must have at most %d characters to be matched by patterns, got %s",
              MAX_LENGTH, Text.quote(name)));
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManySteps() {
      super(null, null, false, false);
    }
  }

  /** A name that counts how often the engine looks at a character. */
  private final class Counted implements CharSequence {
    private final CharSequence name;

    Counted(CharSequence name) {
      this.name = name;
    }

    @Override
    public char charAt(int index) {
      if (--steps < 0) {
        throw new TooManySteps();
      }
      return name.charAt(index);
    }

    @Override
    public int length() {
      return name.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return name.subSequence(start, end);
    }

    @Override
    public String toString() {
      return name.toString();
    }
  }
}
