package io.github.keras4j.optimizers.text;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Strings for messages. What comes from a file or a caller is quoted, so that it can neither flood
 * a log nor forge its lines.
 */
public final class Text {
  private static final int MAX_CHARACTERS = 80;

  /** Controls, halves of pairs, what is private or unassigned, and what ends lines. */
  private static final Pattern NOT_PRINTED = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  /** What a file can hold as the name of an entry on every system. */
  public static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}";

  /** In the place of a value that is not there; null may be one. */
  public static final Object NOTHING = new Object();

  private Text() {}

  /** Rejects the name of a slot, a number or a hyperparameter that a checkpoint cannot hold. */
  public static void checkName(String what, String name) {
    if (name == null || !name.matches(NAME)) {
      throw illegalArgument(
          "%s must have a name of letters, digits and _.-, not beginning with . or -,"
              + " at most 100, got %s",
          what, describe(name));
    }
  }

  /** {@link String#format} in the same language on every machine. */
  public static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /**
   * A string in quotes, those characters that do not print as Java escapes them; of a longer one 80
   * characters and dots.
   */
  public static String quote(String text) {
    String start =
        text.codePoints()
            .limit(MAX_CHARACTERS)
            .mapToObj(c -> (c == '"' || c == '\\' ? "\\" : "") + printable(c))
            .collect(Collectors.joining("", "\"", "\""));
    return text.codePointCount(0, text.length()) > MAX_CHARACTERS ? start + "..." : start;
  }

  /**
   * A value that was not allowed: a number, a flag or null as it is, a string {@linkplain #quote in
   * quotes}, of anything else, which may be huge or cyclic, the class.
   */
  public static String describe(Object value) {
    if (value == NOTHING) {
      return "nothing";
    }
    if (value instanceof String text) {
      return quote(text);
    }
    return value == null || value instanceof Number || value instanceof Boolean
        ? String.valueOf(value)
        : "a value of class " + value.getClass().getSimpleName();
  }

  public static IllegalArgumentException mismatch(String name, String allowed, Object value) {
    return illegalArgument("%s must be %s, got %s", name, allowed, describe(value));
  }

  public static <T> T require(String name, Object value, Class<T> type, String allowed) {
    if (!type.isInstance(value)) {
      throw mismatch(name, allowed, value);
    }
    return type.cast(value);
  }

  public static int wholeNumber(String name, Object value) {
    return wholeNumber(name, value, "a list of whole numbers below 2^31");
  }

  public static int wholeNumber(String name, Object value, String allowed) {
    double number = require(name, value, Number.class, allowed).doubleValue();
    if (number != (int) number) {
      throw mismatch(name, allowed, value);
    }
    return (int) number;
  }

  /** Text without quotes; its characters that do not print are escaped. */
  public static String plain(String text) {
    String quoted = quote(text);
    return quoted.substring(1, quoted.lastIndexOf('"'));
  }

  /**
   * Whether a string may hold a character and be stored: one of Unicode, except NUL, which NumPy
   * drops at a string's end, and halves of a pair.
   */
  public static boolean isCharacter(int character) {
    return character != 0
        && Character.isValidCodePoint(character)
        && Character.getType(character) != Character.SURROGATE;
  }

  /**
   * What an exception says, in one line: without its class, and without the file that exceptions of
   * a file system begin with; of one that says nothing the words of its class, as "access denied".
   * Characters that do not print are escaped, since it may say what a file holds.
   */
  public static String reason(Exception e) {
    String said = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return said == null
        ? e.getClass()
            .getSimpleName()
            .replaceFirst("Exception$", "")
            .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
            .toLowerCase(Locale.ROOT)
        : said.codePoints().mapToObj(Text::printable).collect(Collectors.joining());
  }

  private static String printable(int character) {
    String text = Character.toString(character);
    return NOT_PRINTED.matcher(text).matches() ? format("\\u%04x", character) : text;
  }
}
