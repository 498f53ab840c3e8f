package io.github.keras4j.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Optimizers as Keras's JSON, by the library that Spark brings for it. */
final class OptimizerJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final String TOLD = "build_config";
  private static final List<String> OF_TENSORS =
      List.of("exclude_names", "exclude_numbers", "constraints");

  private OptimizerJson() {}

  /** Makes an optimizer of a name, or of JSON, which begins with a brace. */
  @SuppressWarnings("unchecked")
  static Optimizer read(String text) {
    TrainerBuilder.requireNotNull("optimizer", text);
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
      return JSON.writeValueAsString(configuration(optimizer));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * What {@link Optimizers#serialize} returns, and what else the optimizer was told of the tensors:
   * exclusions from weight decay and constraints, of which Keras's configurations know nothing.
   */
  static LinkedHashMap<String, Object> configuration(Optimizer optimizer) {
    LinkedHashMap<String, Object> serialized = new LinkedHashMap<>(Optimizers.serialize(optimizer));
    Object told = optimizer.getState().config().get(TOLD);
    if (told instanceof Map<?, ?> its && !Collections.disjoint(its.keySet(), OF_TENSORS)) {
      Map<Object, Object> kept = new LinkedHashMap<>(its);
      kept.remove("touched_rows"); // the steps'
      Map<String, Object> config = new LinkedHashMap<>(optimizer.getConfig());
      config.put(TOLD, kept);
      serialized.put("config", config);
    }
    return serialized;
  }
}
