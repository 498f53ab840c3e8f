package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.schedules.ExponentialDecay;
import io.github.keras4j.optimizers.schedules.InverseTimeDecay;
import io.github.keras4j.optimizers.support.KerasJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Configurations as Keras 2.2 and 2.3 and tf.keras 2.5 to 2.15 print them: {@code
 * src/test/python/keras_configurations.py}.
 */
class EarlierConfigurationsTest {
  private static final Set<String> NOT_OF_THE_FORMULA =
      Set.of("name", "centered", "momentum", "initial_accumulator_value");

  private record Printed(String version, List<Map<String, Object>> configurations) {}

  static Stream<Arguments> configurations() {
    return Stream.of("2.2.4", "2.3.1", "2.5.0", "2.8.0", "2.10.0", "2.11.0", "2.12.0", "2.15.0")
        .map(version -> KerasJson.read("/configurations/" + version + ".json", Printed.class))
        .flatMap(
            printed -> printed.configurations.stream().map(one -> arguments(printed.version, one)));
  }

  @Test
  void hasAllConfigurations() {
    assertThat(configurations()).hasSize(1134);
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void areReadWhereAClassComputesTheSame(String version, Map<String, Object> printed) {
    String className = ((String) printed.get("class_name")).replace("Custom>", "");
    Map<String, Object> config = config(printed);
    boolean isOfKeras2 = version.startsWith("2.2") || version.startsWith("2.3");
    boolean isLegacy = !isOfKeras2 && !config.containsKey("jit_compile");
    String why = isOfKeras2 ? null : whyNot(className, config, isLegacy);
    if (why != null) {
      assertThatThrownBy(() -> Optimizers.get(printed))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(why);
      return;
    }
    boolean asKeras2 = isOfKeras2 || isLegacy && hasFormulaOfKeras2(className, config);
    Optimizer optimizer = Optimizers.deserialize(printed);
    assertThat(Optimizers.label(optimizer.getClass()))
        .isEqualTo((asKeras2 ? "" : "keras3.") + className);
    assertThat(optimizer.getConfig()).containsAllEntriesOf(expected(className, config, asKeras2));
    assertThat(Optimizers.deserialize(Optimizers.serialize(optimizer)).getState())
        .isEqualTo(optimizer.getState());
  }

  @SuppressWarnings("unchecked") // JSON
  private static Map<String, Object> config(Map<String, Object> printed) {
    return (Map<String, Object>) printed.get("config");
  }

  private static boolean hasFormulaOfKeras2(String className, Map<String, Object> config) {
    return Set.of("Adagrad", "Nadam").contains(className)
        || className.equals("RMSprop") && config.get("momentum").equals(0.);
  }

  /** Part of the message of a configuration that no class here computes; null otherwise. */
  private static String whyNot(String className, Map<String, Object> config, boolean isLegacy) {
    if (!isLegacy) {
      return Boolean.TRUE.equals(config.get("use_ema")) ? "use_ema must be false" : null;
    }
    if (!hasFormulaOfKeras2(className, config)) {
      return config.containsKey("clipnorm") && config.containsKey("clipvalue")
          ? "of clipnorm, global_clipnorm and clipvalue all except one must be null"
          : null;
    }
    if (config.get("learning_rate") instanceof Map) {
      return "learning_rate must be a number in a configuration of tf.keras's legacy " + className;
    }
    if (Boolean.TRUE.equals(config.get("centered"))) {
      return "centered must be off in a configuration of tf.keras's legacy RMSprop, got true";
    }
    if (config.containsKey("clipnorm")) {
      return "clipnorm must be off in a configuration of tf.keras's legacy " + className;
    }
    return config.getOrDefault("initial_accumulator_value", 0.).equals(0.)
        ? null
        : "initial_accumulator_value must be off in a configuration of tf.keras's legacy Adagrad";
  }

  /** What the configuration of the optimizer here must have. */
  private static Map<String, Object> expected(
      String className, Map<String, Object> config, boolean asKeras2) {
    Map<String, Object> expected = new LinkedHashMap<>(config);
    expected.keySet().removeAll(List.of("jit_compile", "is_legacy_optimizer"));
    expected.replaceAll(
        (name, value) -> value instanceof Integer n ? (Object) n.longValue() : value);
    if (asKeras2) {
      boolean isTfKeras = config.containsKey("name");
      if (isTfKeras) {
        expected.keySet().removeAll(NOT_OF_THE_FORMULA);
      }
      rename(expected, "learning_rate", "lr");
      rename(expected, "global_clipnorm", "clipnorm");
      if (isTfKeras && className.equals("Nadam")) {
        rename(expected, "decay", "schedule_decay");
      }
      return expected;
    }
    Object decay = expected.remove("decay");
    if (decay instanceof Double number && number > 0.) {
      expected.put(
          "learning_rate",
          InverseTimeDecay.builder()
              .initialLearningRate((Double) config.get("learning_rate"))
              .decaySteps(1)
              .decayRate(number)
              .build()
              .getConfig());
    } else if (config.get("learning_rate") instanceof Map) {
      expected.put(
          "learning_rate",
          ExponentialDecay.builder()
              .initialLearningRate(0.01)
              .decaySteps(5)
              .decayRate(0.5)
              .build()
              .getConfig());
    }
    expected.computeIfPresent(
        "learning_rate", (name, rate) -> rate instanceof Map ? serialized(rate) : rate);
    if (config.get("clipnorm") != null) {
      expected.computeIfPresent("clipvalue", (name, ignored) -> null);
    }
    return expected;
  }

  private static Map<String, Object> serialized(Object config) {
    Map<String, Object> map = new HashMap<>();
    boolean isInverse = ((Map<?, ?>) config).get("name").equals("InverseTimeDecay");
    map.put("module", "keras.optimizers.schedules");
    map.put("class_name", isInverse ? "InverseTimeDecay" : "ExponentialDecay");
    map.put("config", config);
    map.put("registered_name", null);
    return map;
  }

  private static void rename(Map<String, Object> map, String from, String to) {
    if (map.containsKey(from)) {
      map.put(to, map.remove(from));
    }
  }

  /** What no version prints, but people write. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RMSprop | centered | 1 | centered must be off in a configuration of tf.keras's legacy",
        "RMSprop | momentum | -1 | momentum must be",
        "RMSprop | centered | yes | centered must be off in a configuration of tf.keras's legacy",
        "Adam | decay | -1 | decay_rate must be a finite number >= 0, got -1.0",
        "Adam | decay | much | decay_rate must be a finite number >= 0, got \"much\"",
        "SGD | rho | 1 | unknown hyperparameter \"rho\" for SGD",
        "Nadam | rho | 1 | unknown hyperparameter \"rho\" for Nadam",
        "Adagrad | global_clipnorm | 1 | of global_clipnorm and clipvalue one must be null",
      })
  void rejectsWhatIsWrong(String className, String key, String value, String message) {
    Map<String, Object> config = new HashMap<>();
    config.putAll(Map.of("name", className, "learning_rate", 0.1, "decay", 0.));
    if (key.equals("global_clipnorm")) {
      config.put("clipvalue", 1.);
    }
    boolean isNumber = value.matches("-?\\d+");
    config.put(key, isNumber ? (Object) Double.valueOf(value) : value);
    assertThatThrownBy(
            () -> Optimizers.deserialize(Map.of("class_name", className, "config", config)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void rejectsAScheduleThatDecaysOnceMore() {
    Map<String, Object> config =
        Map.of("name", "SGD", "decay", 0.1, "learning_rate", Map.of("class_name", "x"));
    assertThatThrownBy(() -> Optimizers.get(Map.of("class_name", "SGD", "config", config)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "learning_rate must be a number in a configuration of tf.keras's legacy SGD with decay");
  }

  /** Keras 3 writes no module into an .h5. */
  @Test
  void readsKeras3WithoutModule() {
    Map<String, Object> config = Map.of("learning_rate", 0.1, "loss_scale_factor", 2.);
    assertThat(Optimizers.get(Map.of("class_name", "Adam", "config", config)))
        .isInstanceOf(io.github.keras4j.optimizers.keras3.Adam.class);
  }

  /** The names of tf.keras are written in any case, and its wrappers are not optimizers. */
  @Test
  void knowsNamesInAnyCase() {
    Map<String, Object> config = Map.of("learning_rate", 0.1, "jit_compile", false);
    assertThat(Optimizers.get(Map.of("class_name", "Custom>adamw", "config", config)))
        .isInstanceOf(io.github.keras4j.optimizers.keras3.AdamW.class);
    for (String name : List.of("LossScaleOptimizer", "Custom>LossScaleOptimizerV3")) {
      assertThatThrownBy(() -> Optimizers.get(Map.of("class_name", name, "config", config)))
          .hasMessageStartingWith("LossScaleOptimizer is left out");
    }
  }

  /** A custom class gets the configuration as it is. */
  @Test
  void leavesConfigurationsOfOtherClassesAlone() {
    List<Map<String, ?>> given = new ArrayList<>();
    Map<String, Object> config = Map.of("name", "x", "decay", 0.1, "learning_rate", 0.1);
    Optimizers.deserialize(
        Map.of("class_name", "Mine", "config", config),
        Map.of(
            "Mine",
            map -> {
              given.add(map);
              return new SGD();
            }));
    assertThat(given).containsExactly(Map.copyOf(config));
    assertThatThrownBy(
            () -> Optimizers.get(Map.of("class_name", "Custom>Unseen", "config", config)))
        .hasMessageStartingWith("unknown optimizer \"Unseen\", known are");
  }
}
