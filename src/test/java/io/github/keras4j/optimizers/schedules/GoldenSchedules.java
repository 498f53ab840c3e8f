package io.github.keras4j.optimizers.schedules;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Learning rates of Keras 3, as the README of the golden data describes them. */
record GoldenSchedules(String source, List<Table> tables) {
  private static final GoldenSchedules FILE = read();

  /** What one schedule answers: pairs of step and learning rate. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Table(
      @JsonProperty("class_name") String className,
      Map<String, Object> arguments,
      Map<String, Object> serialized,
      double[][] values) {
    @Override
    public String toString() {
      return className + arguments;
    }
  }

  static Stream<Table> all() {
    return FILE.tables.stream();
  }

  private static GoldenSchedules read() {
    try (InputStream json =
        GoldenSchedules.class.getResourceAsStream("/golden-keras3/schedules.json")) {
      return JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build()
          .readValue(json, GoldenSchedules.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value of a configuration with every number as a double, and the order of keys kept. */
  static Object byValue(Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(GoldenSchedules::byValue).toList();
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((name, element) -> copy.put(name, byValue(element)));
      return new ArrayList<>(copy.entrySet());
    }
    return value;
  }
}
