package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.PatternSyntaxException;

/**
 * Regular expressions for names of tensors. They may come from a file that nobody trusts: lengths
 * and steps are bounded, so that every question ends soon. Immutable except for the steps that are
 * left.
 */
public final class NamePatterns {
  private static final int MAX_LENGTH = 1000;
  private static final int FIRST_STEPS = 100_000;
  private static final int STEPS_FOR_EACH = 1000;

  private final List<NamePattern> patterns;
  private long steps = FIRST_STEPS; // that are left for the questions so far

  private NamePatterns(List<NamePattern> patterns) {
    this.patterns = patterns;
  }

  /** Compiles patterns; {@code what} names the list in messages. */
  public static NamePatterns of(String what, List<String> patterns) {
    List<NamePattern> compiled = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      compiled.add(compile(what + "[" + i + "]", patterns.get(i)));
    }
    return new NamePatterns(List.copyOf(compiled));
  }

  public static void check(String what, String regex) {
    compile(what, regex);
  }

  private static NamePattern compile(String what, String regex) {
    checkArgument(
        regex != null && !regex.isEmpty() && regex.length() <= MAX_LENGTH,
        "%s must be a pattern of 1 to %d characters, got %s",
        what,
        MAX_LENGTH,
        Text.describe(regex));
    try {
      return new NamePattern(what, regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          format(
              "%s must be a regular expression, got %s: %s",
              what, Text.quote(regex), Text.plain(e.getDescription())),
          e);
    } catch (StackOverflowError e) {
      throw illegalArgument(
          "%s must be a pattern that is less deep, got %s", what, Text.quote(regex));
    }
  }

  /** The part of a name that patterns are looked for in. */
  public static String lastPart(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  public boolean isEmpty() {
    return patterns.isEmpty();
  }

  public List<String> strings() {
    return patterns.stream().map(NamePattern::toString).toList();
  }

  /** Begins a series of questions. */
  public void begin() {
    steps = FIRST_STEPS;
  }

  public boolean findIn(String name) {
    return patterns.stream().anyMatch(pattern -> ask(pattern, name, NamePattern::isFoundIn));
  }

  /** The numbers of the patterns that are found in a name. */
  List<Integer> foundIn(String name) {
    return numbers(name, NamePattern::isFoundIn);
  }

  /** The numbers of the patterns that match the whole of a name. */
  public List<Integer> matching(String name) {
    return numbers(name, NamePattern::matches);
  }

  private List<Integer> numbers(String name, BiPredicate<NamePattern, NamePattern.Name> question) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < patterns.size(); i++) {
      if (ask(patterns.get(i), name, question)) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  private boolean ask(
      NamePattern pattern, String name, BiPredicate<NamePattern, NamePattern.Name> question) {
    if (name.length() > MAX_LENGTH) {
      throw illegalArgument(
          "name of a tensor must have at most %d characters to be matched by patterns, got %s",
          MAX_LENGTH, Text.quote(name));
    }
    steps += STEPS_FOR_EACH;
    try {
      return question.test(pattern, new NamePattern.Name(name.codePoints().toArray(), this::take));
    } catch (TooManySteps | StackOverflowError e) {
      throw illegalArgument(
          "pattern must be one that is matched in few steps, got %s for the name %s",
          Text.quote(pattern.toString()), Text.quote(name));
    }
  }

  private void take(int count) {
    steps -= count;
    if (steps < 0) {
      throw new TooManySteps();
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManySteps() {
      super(null, null, false, false);
    }
  }
}
