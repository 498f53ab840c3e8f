package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.examples.AdaBelief;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Golden;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Lookup by name, configurations, and the registry. */
class OptimizersTest {
  private static final String OF_KERAS =
      "io.github.keras4j.optimizers.tables.OptimizerTable#ofKeras";

  @ParameterizedTest
  @MethodSource(OF_KERAS)
  void findsByNameInAnyCase(Entry entry) {
    for (String name : List.of(entry.name(), entry.name().toUpperCase(Locale.ROOT))) {
      Optimizer optimizer = Optimizers.get(name);

      assertThat(optimizer.getClass()).isEqualTo(entry.type());
      assertThat(Optimizers.serialize(optimizer).get("class_name"))
          .isEqualTo(Golden.of(entry).className());
    }
  }

  /** Those that tests register have names that are not their classes', or classes within a test. */
  @Test
  void theTableHasEveryOptimizer() {
    assertThat(
            Optimizers.names().stream()
                .filter(
                    name ->
                        Optimizers.get(name)
                            .getClass()
                            .getSimpleName()
                            .equalsIgnoreCase(name.substring(name.indexOf('.') + 1)))
                .filter(name -> Optimizers.get(name).getClass() != AdaBelief.class)
                .filter(name -> Optimizers.get(name).getClass().getEnclosingClass() == null))
        .containsExactlyInAnyOrderElementsOf(OptimizerTable.ofKeras().map(Entry::name).toList());
  }

  @Test
  void findsACustomOptimizerWhoseNameBeginsLikeNamesOfKeras3() {
    Optimizers.register("keras3.own", AdaBelief::fromConfig);

    assertThat(Optimizers.get("Keras3.Own")).isInstanceOf(AdaBelief.class);
  }

  @Test
  void namesAreInAlphabeticalOrderAndOfTheMoment() {
    Set<String> before = Optimizers.names();
    String later = "OptimizersTest" + before.size();
    Optimizers.register(later, AdaBelief::fromConfig);

    assertThat(Optimizers.names()).contains(later.toLowerCase(Locale.ROOT));
    assertThat(before).doesNotContain(later.toLowerCase(Locale.ROOT));
    assertThat(List.copyOf(before))
        .isSorted()
        .containsSubsequence("adadelta", "adagrad", "adam", "adamax", "nadam", "rmsprop", "sgd");
  }

  @ParameterizedTest
  @MethodSource(OF_KERAS)
  void makesTheDefaultsByConstructorByBuilderAndByName(Entry entry) throws Exception {
    Optimizer constructed = (Optimizer) entry.type().getConstructor().newInstance();

    assertThat(constructed.getConfig())
        .isEqualTo(Optimizers.get(entry.name()).getConfig())
        .isEqualTo(Builders.of(entry).build().getConfig());
  }

  @Test
  void returnsAnOptimizerUnchanged() {
    Optimizer adam = new Adam();

    assertThat(Optimizers.get(adam)).isSameAs(adam);
  }

  @Test
  void makesANewOptimizerForEachName() {
    assertThat(Optimizers.get("adam")).isNotSameAs(Optimizers.get("adam"));
  }

  @Test
  void readsWhatKerasWrites() throws Exception {
    String json =
        """
        {"class_name": "Adam", "config": {"lr": 1, "beta_1": 0.9, "beta_2": 0.999,
         "decay": 0, "epsilon": null, "amsgrad": false, "clipnorm": 1}}
        """;

    Optimizer adam =
        Optimizers.get(
            new ObjectMapper().readValue(json, new TypeReference<Map<String, Object>>() {}));

    assertThat(adam.getConfig())
        .isEqualTo(
            Map.of(
                "lr",
                1.,
                "beta_1",
                0.9,
                "beta_2",
                0.999,
                "decay",
                0.,
                "epsilon",
                1e-7,
                "amsgrad",
                false,
                "clipnorm",
                1.));
  }

  @Test
  void ignoresWhatElseKerasWrites() {
    Map<String, Object> config = new HashMap<>();
    config.put("module", "keras.optimizers");
    config.put("class_name", "Adam");
    config.put("config", Map.of("learning_rate", 0.5));
    config.put("registered_name", null);
    config.put("build_config", Map.of("var_list", List.of()));
    config.put("compile_config", Map.of());
    config.put("shared_object_id", 140_000_000_000_000L);

    assertThat(Optimizers.get(config))
        .isInstanceOf(io.github.keras4j.optimizers.keras3.Adam.class)
        .extracting(Optimizer::getLr)
        .isEqualTo(0.5);
  }

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.OptimizerTable#ofKeras3")
  void ignoresADecayOfNothing(Entry entry) {
    Map<String, Object> config = new HashMap<>();
    config.put("decay", null);
    Map<String, Object> defaults = entry.factory().apply(Map.of()).getConfig();

    assertThat(entry.factory().apply(config).getConfig()).isEqualTo(defaults);
    assertThat(entry.factory().apply(Map.of("decay", 0)).getConfig()).isEqualTo(defaults);
    assertThat(entry.factory().apply(Map.of("decay", -0.)).getConfig()).isEqualTo(defaults);
  }

  @Test
  void putsCustomObjectsInThePlaceOfTheirConfigurationAtAnyDepth() {
    LearningRateSchedule mine = step -> 0.25;
    Map<String, Object> schedule = Map.of("class_name", "Mine", "config", Map.of("x", 1));
    Map<String, Object> config =
        Map.of("class_name", "adamw", "config", Map.of("learning_rate", schedule));

    Optimizer optimizer =
        Optimizers.deserialize(
            config,
            Map.of(
                "Mine",
                (Map<String, ?> arguments) -> {
                  assertThat(arguments).isEqualTo(Map.of("x", 1));
                  return mine;
                }));

    assertThat(optimizer.getLr()).isEqualTo(0.25);
  }

  @Test
  void leavesTheCallersMapsAlone() {
    Map<String, Object> hyperparameters = new HashMap<>();
    hyperparameters.put("epsilon", null);
    hyperparameters.put("lr", 1);
    Map<String, Object> config = new HashMap<>();
    config.put("class_name", "RMSprop");
    config.put("config", hyperparameters);
    Map<String, Object> before = new HashMap<>(hyperparameters);

    Optimizers.deserialize(config);
    Optimizers.get(config);

    assertThat(hyperparameters).isEqualTo(before);
    assertThat(config).isEqualTo(Map.of("class_name", "RMSprop", "config", before));
  }

  @Test
  void takesCustomObjectsBeforeItsOwn() {
    Map<String, Object> config = Map.of("class_name", "Adam", "config", Map.of("lr", 0.5));

    Optimizer custom = Optimizers.deserialize(config, Map.of("adam", AdaBelief::fromConfig));

    assertThat(custom).isInstanceOf(AdaBelief.class);
    assertThat(custom.getLr()).isEqualTo(0.5);
    assertThat(Optimizers.deserialize(config, Map.of("other", AdaBelief::fromConfig)))
        .isInstanceOf(Adam.class);
  }

  @Test
  void registersUsersOwn() {
    Optimizers.register("OptimizersTestOwn", AdaBelief::fromConfig);

    assertThat(Optimizers.get("optimizerstestown")).isInstanceOf(AdaBelief.class);
    assertThat(Optimizers.names()).contains("optimizerstestown", "sgd");

    Optimizers.register("OptimizersTestOwn", SGD::fromConfig);
    assertThat(Optimizers.get("OptimizersTestOwn")).isInstanceOf(SGD.class);
  }

  @Test
  void namesAreReadOnly() {
    assertThatThrownBy(() -> Optimizers.names().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void registersAndFindsOnManyThreadsAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Optimizer>> calls =
          IntStream.range(0, 400)
              .<Callable<Optimizer>>mapToObj(
                  i ->
                      () -> {
                        Optimizers.register("concurrent" + i % 20, AdaBelief::fromConfig);
                        assertThat(Optimizers.names()).contains("concurrent" + i % 20, "adam");
                        return Optimizers.get("concurrent" + i % 20);
                      })
              .toList();
      for (Future<Optimizer> found : threads.invokeAll(calls)) {
        assertThat(found.get()).isInstanceOf(AdaBelief.class);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
