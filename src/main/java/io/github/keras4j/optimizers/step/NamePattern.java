package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;

/**
 * One regular expression for names. The JDK's engine reads it, for its messages and for what a
 * class or an escape stands for, but does not match it: it backtracks, and nothing can count what
 * it does without looking at a character. Here each part goes from the set of places where it can
 * begin to the set of those where it can end, and every place costs a step.
 *
 * <p>What needs backtracking is not supported: back references, lookbehind, possessive and atomic
 * groups. Nor is what no name needs.
 */
final class NamePattern {
  private static final String CLASSES = "dDwWsS";

  private final String what;
  private final String regex;
  private int flags;
  private int at;
  private final Part whole;

  /** Compiles a pattern, which {@code what} names in messages. */
  NamePattern(String what, String regex) {
    this.what = what;
    this.regex = regex;
    Pattern.compile(regex);
    if (regex.startsWith("(?i)")) {
      flags = Pattern.CASE_INSENSITIVE;
      at = 4;
    }
    whole = alternatives();
  }

  @Override
  public String toString() {
    return regex;
  }

  boolean matches(Name name) {
    return whole.ends(name, places(0, 1)).get(name.characters.length);
  }

  boolean isFoundIn(Name name) {
    return !whole.ends(name, places(0, name.characters.length + 1)).isEmpty();
  }

  /** A name, and what counts the steps of matching it. */
  record Name(int[] characters, IntConsumer steps) {}

  /** A part of a pattern: from where it can begin to where it can end. */
  private interface Part {
    BitSet ends(Name name, BitSet starts);
  }

  // ---- Parts ----------------------------------------------------------------------------------

  private static BitSet places(int from, int to) {
    BitSet places = new BitSet();
    places.set(from, to);
    return places;
  }

  /** What each place leads to by itself, by a move that is below 0 for nowhere. */
  private static BitSet moved(Name name, BitSet starts, IntUnaryOperator move) {
    BitSet ends = new BitSet();
    name.steps.accept(1 + starts.cardinality());
    for (int i = starts.nextSetBit(0); i >= 0; i = starts.nextSetBit(i + 1)) {
      int end = move.applyAsInt(i);
      if (end >= 0) {
        ends.set(end);
      }
    }
    return ends;
  }

  private static Part character(IntPredicate test) {
    return (name, starts) ->
        moved(
            name,
            starts,
            i -> i < name.characters.length && test.test(name.characters[i]) ? i + 1 : -1);
  }

  private interface Assertion {
    boolean holds(int[] characters, int place);
  }

  private static Part assertion(Assertion assertion) {
    return (name, starts) -> moved(name, starts, i -> assertion.holds(name.characters, i) ? i : -1);
  }

  private static Part lookahead(Part part, boolean wanted) {
    return (name, starts) ->
        moved(name, starts, i -> part.ends(name, places(i, i + 1)).isEmpty() != wanted ? i : -1);
  }

  private static Part sequence(List<Part> parts) {
    return (name, starts) -> {
      BitSet ends = (BitSet) starts.clone();
      for (Part part : parts) {
        ends = part.ends(name, ends);
      }
      return ends;
    };
  }

  private static Part oneOf(List<Part> parts) {
    return (name, starts) -> {
      BitSet ends = new BitSet();
      parts.forEach(part -> ends.or(part.ends(name, starts)));
      return ends;
    };
  }

  /** Ends as soon as one more time leads nowhere new. */
  private static Part repeated(Part part, int min, int max) {
    return (name, starts) -> {
      BitSet ends = (BitSet) starts.clone();
      BitSet before = null;
      for (int i = 0; i < min && !ends.equals(before); i++) {
        name.steps.accept(1);
        before = ends;
        ends = part.ends(name, ends);
      }
      BitSet added = ends;
      ends = (BitSet) ends.clone();
      for (int i = min; i < max && !added.isEmpty(); i++) {
        name.steps.accept(1);
        added = part.ends(name, added);
        added.andNot(ends);
        ends.or(added);
      }
      return ends;
    };
  }

  // ---- Read -----------------------------------------------------------------------------------

  private Part alternatives() {
    List<Part> parts = new ArrayList<>(List.of(sequence()));
    while (isNext('|')) {
      at++;
      parts.add(sequence());
    }
    return parts.size() == 1 ? parts.get(0) : oneOf(parts);
  }

  private Part sequence() {
    List<Part> parts = new ArrayList<>();
    while (at < regex.length() && !isNext('|') && !isNext(')')) {
      parts.add(repeated(one()));
    }
    return sequence(parts);
  }

  private Part repeated(Part part) {
    int start = at;
    int min = isNext('+') ? 1 : 0;
    int max = isNext('?') ? 1 : Integer.MAX_VALUE;
    if (isNext('{')) {
      String[] bounds = regex.substring(at + 1, regex.indexOf('}', at)).split(",", -1);
      at = regex.indexOf('}', at);
      min = Integer.parseInt(bounds[0]);
      String last = bounds[bounds.length - 1];
      max = last.isEmpty() ? max : Integer.parseInt(last);
    } else if (!isNext('*') && !isNext('+') && !isNext('?')) {
      return part;
    }
    at++;
    if (isNext('?')) { // as few as will do: whether it matches is the same
      at++;
    } else if (isNext('+')) {
      throw unsupported(start, at + 1);
    }
    return repeated(part, min, max);
  }

  private Part one() {
    int start = at;
    int next = regex.codePointAt(at);
    at += Character.charCount(next);
    switch (next) {
      case '(':
        return group(start);
      case '[':
        skipClass();
        return character(start);
      case '\\':
        return escape(start);
      case '^':
        return assertion((characters, i) -> i == 0);
      case '$':
        return assertion((characters, i) -> i == characters.length);
      case '{':
        throw unsupported(start, at);
      case '.':
        return character(start);
      default:
        return flags == 0 ? character((IntPredicate) c -> c == next) : character(start);
    }
  }

  private Part group(int start) {
    String kind = isNext('?') ? regex.substring(at, Math.min(at + 2, regex.length())) : "";
    if (!kind.isEmpty() && !":=!".contains(kind.substring(1))) {
      throw unsupported(start, at + 2);
    }
    at += kind.length();
    Part part = alternatives();
    at++; // the parenthesis
    return kind.equals("?=") || kind.equals("?!") ? lookahead(part, kind.equals("?=")) : part;
  }

  private Part escape(int start) {
    int escaped = regex.codePointAt(at);
    at += Character.charCount(escaped);
    switch (escaped) {
      case 'A':
        return assertion((characters, i) -> i == 0);
      case 'z':
      case 'Z':
        return assertion((characters, i) -> i == characters.length);
      case 'b':
        if (isNext('{')) { // of a grapheme
          throw unsupported(start, at + 1);
        }
        return assertion(NamePattern::isBoundary);
      case 'B':
        return assertion((characters, i) -> !isBoundary(characters, i));
      default:
        if (Character.isLetterOrDigit(escaped) && CLASSES.indexOf(escaped) < 0) {
          throw unsupported(start, at);
        }
        return character(start);
    }
  }

  private static boolean isBoundary(int[] characters, int place) {
    boolean before = place > 0 && isWord(characters[place - 1]);
    boolean after = place < characters.length && isWord(characters[place]);
    return before != after;
  }

  private static boolean isWord(int character) {
    return character == '_' || Character.isLetterOrDigit(character);
  }

  /** A class may hold others. */
  private void skipClass() {
    for (int depth = 1; depth > 0; at++) {
      char c = regex.charAt(at);
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      at += c == '\\' ? 1 : 0;
    }
  }

  /** The characters that the pattern from here to the present place stands for. */
  private Part character(int start) {
    var one = Pattern.compile(regex.substring(start, at), flags).asMatchPredicate();
    return character((IntPredicate) c -> one.test(Character.toString(c)));
  }

  private boolean isNext(char c) {
    return at < regex.length() && regex.charAt(at) == c;
  }

  private IllegalArgumentException unsupported(int from, int to) {
    return illegalArgument(
        "%s must be a regular expression without %s, got %s",
        what, Text.quote(regex.substring(from, to)), Text.quote(regex));
  }
}
