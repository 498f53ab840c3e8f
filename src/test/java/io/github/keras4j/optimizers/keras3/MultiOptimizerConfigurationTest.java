package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.keras3.FiveGroups.adams;
import static io.github.keras4j.optimizers.keras3.FiveGroups.multi;
import static io.github.keras4j.optimizers.keras3.FiveGroups.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.support.Contents;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How groups are made, from builders and from configurations. */
class MultiOptimizerConfigurationTest {
  static List<Arguments> rejectedBuilders() {
    Adam twice = new Adam();
    Adam stepped = new Adam();
    stepped.applyGradients(new double[][] {{1.}}, new double[][] {{1.}});
    Adam told = new Adam();
    told.build(TensorSpec.of("a"));
    return List.of(
        Arguments.of(
            MultiOptimizer.builder().add("a", new Adam()),
            "otherwise must be an optimizer of Keras 3, got null"),
        Arguments.of(
            MultiOptimizer.builder().add("a", twice).add("b", new Adam()).otherwise(twice),
            "optimizers[2] must be a separate object, got the object of optimizers[0]; one for both"
                + " has a pattern such as \"a|b\""),
        Arguments.of(
            MultiOptimizer.builder().add("a", stepped).otherwise(new Adam()),
            "optimizer_map[\"a\"] must be new, got one that has made 1 steps and knows its"
                + " tensors"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(told),
            "default_optimizer must be new, got one that has made 0 steps and knows its tensors"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(adams()),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got a value"
                + " of class MultiOptimizer"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(adams().optimizers().get(0)),
            "default_optimizer must be in one MultiOptimizer alone, got one that is in another"),
        Arguments.of(
            MultiOptimizer.builder()
                .otherwise(Adam.fromConfig(Map.of("error_if_non_finite", true))),
            "default_optimizer must be without error_if_non_finite, got it set to true"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(new Adam()).lossScaleFactor(0.),
            "loss_scale_factor must be a finite number > 0 or null, got 0.0"),
        Arguments.of(
            MultiOptimizer.builder().otherwise(new Adam()).name(null),
            "name must be a string, got null"));
  }

  @ParameterizedTest
  @MethodSource("rejectedBuilders")
  void rejectsWhatCannotBeOne(MultiOptimizer.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void rejectsPatternsThatAreNone() {
    MultiOptimizer.Builder builder = MultiOptimizer.builder().add("a", new Adam());

    assertThatThrownBy(() -> builder.add("a", new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be added once, got \"a\" again");
    assertThatThrownBy(() -> builder.add("a(", new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be a regular expression, got \"a(\": Unclosed group");
    assertThatThrownBy(() -> builder.add(null, new Adam()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pattern must be a pattern of 1 to 1000 characters, got null");
    assertThatThrownBy(() -> builder.add("b", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be an optimizer of Keras 3, got null");
  }

  static List<Arguments> rejectedConfigurations() {
    Map<String, Object> adam = Map.of("module", "keras.optimizers", "class_name", "Adam");
    return List.of(
        Arguments.of(Map.of(), "optimizer_map must be a map, got null"),
        Arguments.of(
            Map.of("optimizer_map", Map.of("class_name", "function", "config", "select")),
            "optimizer_map must be the configuration of an OptimizerMap, got one with class_name"
                + " \"function\""),
        Arguments.of(
            Map.of("optimizer_map", Map.of("class_name", "OptimizerMap")),
            "optimizer_map.config must be a map, got null"),
        Arguments.of(
            map(Map.of("optimizer_map", Map.of())),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got null"),
        Arguments.of(
            map(Map.of("default_optimizer", adam)),
            "optimizer_map.config.optimizer_map must be a map, got null"),
        Arguments.of(
            map(Map.of("default_optimizer", adam, "optimizer_map", Map.of(1, adam))),
            "config must have names as keys, got 1"),
        Arguments.of(
            map(
                Map.of(
                    "default_optimizer",
                    adam,
                    "optimizer_map",
                    List.of(List.of("a", adam), List.of("a", adam)))),
            "optimizer_map.config.optimizer_map must have a pattern once, got \"a\" again"),
        Arguments.of(
            map(Map.of("default_optimizer", adam, "optimizer_map", List.of("a"))),
            "optimizer_map.config.optimizer_map must have a text for each optimizer, its pattern,"
                + " got something else"),
        Arguments.of(
            map(
                Map.of(
                    "default_optimizer",
                    Map.of("class_name", "Adam", "config", Map.of()),
                    "optimizer_map",
                    Map.of())),
            "default_optimizer must be an optimizer of Keras 3, but no MultiOptimizer, got a value"
                + " of class Adam"),
        Arguments.of(
            with(map(Map.of("default_optimizer", adam, "optimizer_map", Map.of())), "lr", 0.1),
            "unknown hyperparameter \"lr\" for MultiOptimizer, known are build_config,"
                + " error_if_non_finite, global_clipnorm,"
                + " loss_scale_factor, name, optimizer_map"));
  }

  private static Map<String, Object> map(Map<String, Object> config) {
    return Map.of("optimizer_map", Map.of("class_name", "OptimizerMap", "config", config));
  }

  @ParameterizedTest
  @MethodSource("rejectedConfigurations")
  void rejectsConfigurations(Map<String, Object> config, String message) {
    assertThatThrownBy(() -> MultiOptimizer.fromConfig(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  static List<Map<String, Object>> rejectedAfterTheOptimizersWereRead() {
    return List.of(
        Map.of("lr", 0.1),
        Map.of("loss_scale_factor", 0.),
        Map.of("name", 1),
        Map.of("build_config", Map.of("tensor", List.of())),
        Map.of("build_config", Map.of("tensors", List.of(Map.of("name", "a")))),
        Map.of("build_config", Map.of("exclude_names", List.of("a(")))); // of the whole's own
  }

  /** Nothing of them is another's yet: neither the loss scale nor the calls they take. */
  @ParameterizedTest
  @MethodSource("rejectedAfterTheOptimizersWereRead")
  void aRejectedConfigurationChangesNoOptimizerInIt(Map<String, Object> wrong) {
    Adam first = Adam.builder().lossScaleFactor(3.).weightDecay(0.1).build();
    SGD other = new SGD();
    first.excludeFromWeightDecay("b");
    List<Contents> before = List.of(Contents.of(first), Contents.of(other));
    Map<String, Object> config =
        new LinkedHashMap<>(
            map(Map.of("default_optimizer", other, "optimizer_map", Map.of("a", first))));
    config.put("loss_scale_factor", 4.);
    config.putAll(wrong);

    assertThatThrownBy(() -> MultiOptimizer.fromConfig(config))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(List.of(Contents.of(first), Contents.of(other))).isEqualTo(before);
    MultiOptimizer multi = MultiOptimizer.builder().add("a", first).otherwise(other).build();
    multi.build(TensorSpec.of("a", 2), TensorSpec.of("b", 1));
    multi.applyGradients(new double[][] {{1., 2.}, {3.}}, new double[][] {{1., 2.}, {3.}});
    assertThat(multi.optimizers()).containsExactly(first, other);
  }

  /** Another thread is in the middle of a call of the second. */
  @Test
  void anOptimizerThatIsBusyLeavesTheOthersFree() {
    Adam free = new Adam();
    SGD busy = new SGD();
    MultiOptimizer.Builder builder = MultiOptimizer.builder().add("a", free).otherwise(busy);
    double[][] parameters = {{1.}};

    assertThatThrownBy(
            () ->
                busy.minimize(
                    (p, g) -> {
                      builder.build();
                      return 0.;
                    },
                    parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("during one by the same");

    free.applyGradients(new double[][] {{1.}}, parameters);
    busy.applyGradients(new double[][] {{1.}}, parameters);
    assertThat(List.of(free.calls(), busy.calls())).containsExactly(1L, 1L);
  }

  @Test
  void isKnownByNameButHasNoDefaults() {
    assertThat(Optimizers.names()).doesNotContain("multioptimizer", "keras3.multioptimizer");
    assertThatThrownBy(() -> Optimizers.get("MultiOptimizer"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer_map must be a map, got null");
    assertThatThrownBy(() -> Optimizers.register("multioptimizer", config -> new Adam()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** What {@code optimizers.serialize} of Keras 3.15.1 returned for one with these groups. */
  @Test
  void readsAndWritesTheConfigurationOfKeras() throws IOException {
    Map<String, Object> keras;
    try (InputStream file = getClass().getResourceAsStream("/keras3/multioptimizer.json")) {
      keras = new ObjectMapper().readValue(file, new TypeReference<Map<String, Object>>() {});
    }
    MultiOptimizer multi = (MultiOptimizer) Optimizers.deserialize(keras);

    assertThat(multi.optimizers())
        .hasExactlyElementsOfTypes(Adam.class, Nadam.class, Nadam.class, Ftrl.class);
    assertThat(doubles(Optimizers.serialize(multi)).toString())
        .isEqualTo(doubles(keras).toString());

    multi.build(
        TensorSpec.of("embedding/w", 2),
        TensorSpec.of("dense/kernel", 3),
        TensorSpec.of("dense/bias", 1));
    assertThat(multi.getWeights().stream().map(array -> array.length))
        .containsExactly(1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3);
  }

  private static Object doubles(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> doubles = new LinkedHashMap<>();
      map.forEach((key, element) -> doubles.put(key, doubles(element)));
      return doubles;
    }
    return value instanceof Number number ? Double.valueOf(number.doubleValue()) : value;
  }

  @Test
  void takesObjectsFromCustomFactories() {
    MultiOptimizer multi =
        (MultiOptimizer)
            Optimizers.deserialize(
                Map.of(
                    "class_name",
                    "keras3.MultiOptimizer",
                    "config",
                    map(
                        Map.of(
                            "default_optimizer",
                            Map.of("class_name", "Mine", "config", Map.of()),
                            "optimizer_map",
                            Map.of()))),
                Map.of("Mine", config -> new Lion()));

    assertThat(multi.optimizers()).hasExactlyElementsOfTypes(Lion.class);
  }

  @Test
  void showsThoseInside() {
    assertThat(
            MultiOptimizer.builder().otherwise(new Lion()).lossScaleFactor(2.).build().toString())
        .startsWith("keras3.MultiOptimizer{optimizer_map={")
        .contains("default_optimizer=keras3.Lion{name=lion, learning_rate=0.001,")
        .endsWith("loss_scale_factor=2.0, name=multi_optimizer}");
  }
}
