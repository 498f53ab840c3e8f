package io.github.keras4j.optimizers.schedules;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Learning rates of Keras 3, as the README of the golden data describes them. */
record GoldenSchedules(String source, List<Table> tables) {
  private static final GoldenSchedules FILE =
      KerasJson.read("/golden-keras3/schedules.json", GoldenSchedules.class);

  /** What one schedule returns: pairs of step and learning rate. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Table(
      @JsonProperty("class_name") String className,
      Map<String, Object> arguments,
      Map<String, Object> serialized,
      double[][] values) {
    /** How far from a learning rate another power, cosine or logarithm may lead. */
    double limitForOtherMath(double rate) {
      Object initial = arguments.getOrDefault("initial_learning_rate", 0.);
      // Restarts take the difference of two numbers that may be next to each other.
      int ulps = className.equals("CosineDecayRestarts") ? 128 : 4;
      return ulps * Math.ulp(Math.max(rate, ((Number) initial).doubleValue()));
    }

    /** Whether a quotient of logarithms, at a restart, picks the period by its last place. */
    boolean logarithmsDecide(long step) {
      if (!className.equals("CosineDecayRestarts")) {
        return false;
      }
      double factor = ((Number) arguments.getOrDefault("t_mul", 2.)).doubleValue();
      double periods = step / ((Number) arguments.get("first_decay_steps")).doubleValue();
      double number = StrictMath.log(1. - periods * (1. - factor)) / StrictMath.log(factor);
      return factor != 1. && Math.abs(number - Math.rint(number)) < 1e-12;
    }

    @Override
    public String toString() {
      return className + arguments;
    }
  }

  static Stream<Table> all() {
    return FILE.tables.stream();
  }
}
