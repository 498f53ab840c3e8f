package io.github.keras4j.optimizers.storage;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A map as a JSON object, as Python's {@code json} reads and writes it: with NaN and infinities,
 * and in ASCII. Numbers with a point or an exponent are doubles, others are integers.
 */
public final class Json {
  /** Deeper than any configuration, and less deep than a stack. */
  private static final int MAX_DEPTH = 32;

  private static final Pattern LITERAL =
      Pattern.compile(
          "null|true|false|NaN|-?Infinity|-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

  /** What stands behind the last character; a string cannot hold it. */
  private static final char END = 0;

  private final String name;
  private final String json;
  private int next;

  private Json(String name, String json) {
    this.name = name;
    this.json = json;
  }

  // ---- Write ----------------------------------------------------------------------------------

  /**
   * Writes a map of null, {@link Boolean}, {@link Double}, {@link Long}, {@link Integer}, {@link
   * String}, and lists and maps of such, at most 32 deep: one line of ASCII, the same on every JVM.
   * Messages call the map by the name.
   */
  public static String write(String name, Map<String, ?> map) {
    StringBuilder json = new StringBuilder();
    write(json, name, map, 0);
    return json.toString();
  }

  private static void write(StringBuilder json, String name, Object value, int depth) {
    if (depth == MAX_DEPTH && (value instanceof Map || value instanceof List)) {
      throw illegalArgument(
          "config to be saved must not be nested deeper than %d, got %s",
          MAX_DEPTH, Text.quote(name));
    }
    if (value instanceof Map<?, ?> map) {
      json.append('{');
      String separator = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!(entry.getKey() instanceof String key)) {
          throw illegalArgument(
              "keys of %s to be saved must be strings, got %s",
              Text.quote(name), Text.describe(entry.getKey()));
        }
        json.append(separator);
        write(json, key);
        json.append(": ");
        write(json, name + "/" + key, entry.getValue(), depth + 1);
        separator = ", ";
      }
      json.append('}');
    } else if (value instanceof List<?> list) {
      json.append('[');
      int index = 0;
      for (Object element : list) {
        json.append(index == 0 ? "" : ", ");
        write(json, name + "/" + index++, element, depth + 1);
      }
      json.append(']');
    } else if (value instanceof String text) {
      write(json, text);
    } else if (value instanceof Double number) {
      json.append(decimal(number));
    } else if (value == null
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Integer) {
      json.append(value);
    } else {
      throw illegalArgument(
          "%s to be saved must be null, a Double, Long, Integer, Boolean or String,"
              + " or a list or map of such, got %s",
          Text.quote(name), Text.describe(value));
    }
  }

  private static void write(StringBuilder json, String text) {
    json.append('"');
    for (char character : text.toCharArray()) {
      if (character == '"' || character == '\\') {
        json.append('\\').append(character);
      } else if (character < ' ' || character > '~') {
        json.append("\\u").append(HexFormat.of().toHexDigits(character));
      } else {
        json.append(character);
      }
    }
    json.append('"');
  }

  /** The shortest that is read as this number. Double.toString finds it since Java 19 only. */
  private static String decimal(double number) {
    if (number == 0. || !Double.isFinite(number)) {
      return Double.toString(number);
    }
    BigDecimal exact = new BigDecimal(number);
    for (int digits = 1; ; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits));
      if (rounded.doubleValue() == number) {
        boolean plain = rounded.scale() <= 0 && rounded.scale() > -7;
        return (plain ? rounded.setScale(1) : rounded).toString();
      }
    }
  }

  // ---- Read -----------------------------------------------------------------------------------

  /**
   * Reads a map, in the order of the string: of null, {@link Boolean}, {@link Double}, {@link
   * Long}, {@link String}, and lists and maps of such. Rejects what is no JSON object, has a key
   * twice, an integer beyond 64 bits or is nested deeper than 32; the message calls it by the name.
   */
  public static Map<String, Object> read(String name, String json) throws IOException {
    Json reader = new Json(name, json);
    reader.skipSpace();
    Map<String, Object> map = reader.readMap(0);
    reader.skipSpace();
    if (reader.next < json.length()) {
      throw reader.wrong();
    }
    return map;
  }

  private Object readValue(int depth) throws IOException {
    skipSpace();
    if (depth == MAX_DEPTH && (peek() == '{' || peek() == '[')) {
      throw wrong();
    }
    return switch (peek()) {
      case '{' -> readMap(depth);
      case '[' -> readList(depth);
      case '"' -> readString();
      default -> readLiteral();
    };
  }

  private Map<String, Object> readMap(int depth) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    take('{');
    while (hasMore('}', map.isEmpty())) {
      skipSpace();
      int start = next;
      String key = readString();
      if (map.containsKey(key)) {
        next = start;
        throw wrong();
      }
      skipSpace();
      take(':');
      map.put(key, readValue(depth + 1));
    }
    return map;
  }

  private List<Object> readList(int depth) throws IOException {
    List<Object> list = new ArrayList<>();
    take('[');
    while (hasMore(']', list.isEmpty())) {
      list.add(readValue(depth + 1));
    }
    return list;
  }

  private boolean hasMore(char bracket, boolean first) throws IOException {
    skipSpace();
    if (peek() == bracket) {
      next++;
      return false;
    }
    if (!first) {
      take(',');
    }
    return true;
  }

  private String readString() throws IOException {
    take('"');
    StringBuilder text = new StringBuilder();
    while (peek() != '"') {
      if (peek() < ' ') {
        throw wrong();
      }
      text.append(peek() == '\\' ? readEscape() : json.charAt(next++));
    }
    next++;
    return text.toString();
  }

  private char readEscape() throws IOException {
    next++;
    int index = "\"\\/bfnrt".indexOf(peek());
    if (index >= 0) {
      next++;
      return "\"\\/\b\f\n\r\t".charAt(index);
    }
    take('u');
    int end = Math.min(next + 4, json.length());
    if (!json.substring(next, end).matches("[0-9a-fA-F]{4}")) {
      throw wrong();
    }
    next = end;
    return (char) HexFormat.fromHexDigits(json, end - 4, end);
  }

  private Object readLiteral() throws IOException {
    Matcher literal = LITERAL.matcher(json).region(next, json.length());
    if (!literal.lookingAt()) {
      throw wrong();
    }
    Object value =
        switch (literal.group()) {
          case "null" -> null;
          case "true" -> true;
          case "false" -> false;
          default -> number(literal.group());
        };
    next = literal.end();
    return value;
  }

  private Number number(String literal) throws IOException {
    if (!literal.matches("-?[0-9]+")) {
      return Double.valueOf(literal);
    }
    try {
      return Long.valueOf(literal);
    } catch (NumberFormatException e) { // too large
      throw wrong();
    }
  }

  private char peek() {
    return next < json.length() ? json.charAt(next) : END;
  }

  private void take(char expected) throws IOException {
    if (peek() != expected) {
      throw wrong();
    }
    next++;
  }

  private void skipSpace() {
    while (" \t\n\r".indexOf(peek()) >= 0) {
      next++;
    }
  }

  private IOException wrong() {
    return unreadable(
        "%s must be a JSON object, nested at most %d deep and no key twice,"
            + " got %s at character %d",
        name, MAX_DEPTH, Text.quote(json.substring(next)), next);
  }
}
