package io.github.keras4j.hdf5;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as Python's {@code json} reads and writes it, NaN and infinities included. */
final class Json {
  private static final JSON JSON_AS_PYTHONS =
      JSON.builder(
              JsonFactory.builder()
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
                  .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                  .build())
          .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
          .build();

  private Json() {}

  /**
   * A map with its keys in order, in it whole numbers, doubles, strings, flags, null, maps, lists.
   */
  static Map<String, Object> read(String name, String json) throws IOException {
    try (JsonParser parser = JSON_AS_PYTHONS.createParser(json)) {
      Map<String, Object> map = JSON_AS_PYTHONS.mapFrom(parser);
      if (parser.nextToken() == null) {
        return map;
      }
      throw new IOException(name + " must be one JSON object, got more");
    } catch (JsonProcessingException e) {
      throw new IOException(
          name + " must be a JSON object: " + Text.quote(e.getOriginalMessage()), e);
    }
  }

  static String write(Map<String, Object> map) throws IOException {
    return JSON_AS_PYTHONS.asString(map);
  }

  // ---- What is wanted of a value of a stranger ------------------------------------------------

  /** The map under a key, or null. */
  static Map<String, Object> map(Map<String, ?> parent, String key) throws IOException {
    Object value = parent.get(key);
    return value == null ? null : requireMap(key, value);
  }

  /** A value that has to be a map. */
  @SuppressWarnings("unchecked") // of JSON all keys are strings
  static Map<String, Object> requireMap(String name, Object value) throws IOException {
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw wrong(name, "an object", value);
  }

  static List<?> requireList(String name, Object value) throws IOException {
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(name, "a list", value);
  }

  /** The string under a key, or null. */
  static String string(Map<String, ?> parent, String key) throws IOException {
    Object value = parent.get(key);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw wrong(key, "a string", value);
  }

  /** A copy in which some keys have other values, each in its place. */
  static Map<String, Object> with(Map<String, ?> map, String key, Object value) {
    Map<String, Object> copy = new LinkedHashMap<>(map);
    copy.put(key, value);
    return copy;
  }

  private static IOException wrong(String name, String wanted, Object value) {
    return new IOException(
        Text.quote(name) + " must be " + wanted + ", got " + Text.describe(value));
  }
}
