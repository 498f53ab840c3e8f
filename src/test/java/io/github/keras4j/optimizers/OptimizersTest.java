package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.examples.AdaBelief;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lookup by name, configurations, and the registry. */
class OptimizersTest {
  @ParameterizedTest
  @CsvSource({
    "sgd, SGD",
    "SGD, SGD",
    "Sgd, SGD",
    "rmsprop, RMSprop",
    "RMSprop, RMSprop",
    "adagrad, Adagrad",
    "adadelta, Adadelta",
    "ADAM, Adam",
    "adamax, Adamax",
    "NAdam, Nadam"
  })
  void findsByNameInAnyCase(String name, String className) {
    Optimizer optimizer = Optimizers.get(name);

    assertThat(optimizer.getClass().getSimpleName()).isEqualTo(className);
    assertThat(Optimizers.serialize(optimizer))
        .isEqualTo(
            Map.of(
                "class_name", className, "config", Golden.of(className).cases().get(0).config()));
  }

  @Test
  void namesAreInAlphabeticalOrderAndThoseOfTheMoment() {
    Set<String> before = Optimizers.names();
    Optimizers.register("OptimizersTestLater", AdaBelief::fromConfig);

    assertThat(before).doesNotContain("optimizerstestlater");
    assertThat(List.copyOf(before))
        .isSorted()
        .containsSubsequence("adadelta", "adagrad", "adam", "adamax", "nadam", "rmsprop", "sgd");
  }

  @Test
  void makesTheDefaultsByConstructorByBuilderAndByName() {
    assertThat(
            List.of(
                new SGD(),
                new RMSprop(),
                new Adagrad(),
                new Adadelta(),
                new Adam(),
                new Adamax(),
                new Nadam()))
        .allSatisfy(
            optimizer ->
                assertThat(optimizer.getConfig())
                    .isEqualTo(Optimizers.get(optimizer.getClass().getSimpleName()).getConfig()));
  }

  @Test
  void answersAnOptimizerUnchanged() {
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
