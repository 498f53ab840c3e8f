package io.github.keras4j.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.util.Map;

/** Optimizers as Keras's JSON, by the library that Spark brings for it. */
final class OptimizerJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private OptimizerJson() {}

  /** Makes an optimizer of a name, or of JSON, which begins with a brace. */
  @SuppressWarnings("unchecked")
  static Optimizer read(String text) {
    if (!text.strip().startsWith("{")) {
      return Optimizers.get(text);
    }
    try {
      return Optimizers.deserialize(JSON.readValue(text, Map.class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "optimizer must be a name or Keras's JSON of an optimizer, got " + text, e);
    }
  }

  static String write(Optimizer optimizer) {
    try {
      return JSON.writeValueAsString(Optimizers.serialize(optimizer));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
