package io.github.keras4j.optimizers.schedules;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.KerasJson;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Learning rates of Keras 3, as the README of the golden data describes them. */
record GoldenSchedules(String source, List<Table> tables) {
  private static final GoldenSchedules FILE =
      KerasJson.read("/golden-keras3/schedules.json", GoldenSchedules.class);

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
}
