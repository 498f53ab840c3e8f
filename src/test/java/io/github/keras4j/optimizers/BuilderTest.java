package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.support.KerasJson;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Hyperparameter;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of every builder: each returns the builder, and sets its own hyperparameter. */
class BuilderTest {
  private static final String OPTIMIZERS =
      "io.github.keras4j.optimizers.tables.OptimizerTable#ofKeras";

  @ParameterizedTest
  @MethodSource(OPTIMIZERS)
  void everyMethodSetsItsOwn(Entry entry) {
    Map<String, Object> defaults = entry.factory().apply(Map.of()).getConfig();
    Random random = new Random(20260511);
    for (Hyperparameter hyperparameter : entry.hyperparameters()) {
      Object value =
          Stream.generate(() -> hyperparameter.sample(random))
              .dropWhile(sample -> sample == null)
              .findFirst()
              .orElseThrow();
      Builders builder = Builders.of(entry);
      builder.set(hyperparameter.name(), value);

      Map<String, Object> expected = new TreeMap<>(defaults);
      if (!value.equals(false) || defaults.containsKey(hyperparameter.name())) {
        expected.put(hyperparameter.name(), value);
      }
      assertThat(KerasJson.byValue(new TreeMap<>(builder.build().getConfig())))
          .as("%s %s", hyperparameter, value)
          .isEqualTo(KerasJson.byValue(expected));
    }
  }

  @ParameterizedTest
  @MethodSource(OPTIMIZERS)
  void everyHyperparameterHasAMethod(Entry entry) {
    Set<String> methods =
        Builders.of(entry).methods().map(method -> method.getName()).collect(Collectors.toSet());

    assertThat(methods)
        .isEqualTo(
            entry.hyperparameters().stream()
                .map(hyperparameter -> Builders.methodName(hyperparameter.name()))
                .collect(Collectors.toSet()));
  }

  @Test
  void buildsAnyNumberOfOptimizers() {
    Adam.Builder builder = Adam.builder().lr(0.5);
    Optimizer first = builder.build();

    assertThat(builder.lr(0.25).build().getLr()).isEqualTo(0.25);
    assertThat(first.getLr()).isEqualTo(0.5);
  }

  @Test
  void takesBothEndsOfTheUnitInterval() {
    assertThat(RMSprop.builder().rho(1.).build().getConfig()).containsEntry("rho", 1.);
    assertThat(Adadelta.builder().rho(0.).build().getConfig()).containsEntry("rho", 0.);
  }
}
