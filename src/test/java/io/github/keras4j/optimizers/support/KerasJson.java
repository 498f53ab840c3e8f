package io.github.keras4j.optimizers.support;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the golden data, which have NaN and infinities, and compares configurations with them. */
public final class KerasJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .build();

  private KerasJson() {}

  /** A file of the test resources. */
  public static <T> T read(String path, Class<T> type) {
    try (InputStream json = KerasJson.class.getResourceAsStream(path)) {
      return JSON.readValue(json, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value of a configuration with every number as a double, and the order of keys kept. */
  public static Object byValue(Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(KerasJson::byValue).toList();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((name, element) -> copy.put(name, byValue(element)));
      return new ArrayList<>(copy.entrySet());
    }
    return value;
  }
}
