package io.github.keras4j.optimizers.schedules;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations, also of custom classes, and what is not one. */
class SerializedScheduleTest {
  private static final Map<String, Object> COSINE =
      Map.of("initial_learning_rate", 0.1, "decay_steps", 10);

  /** A custom schedule with a configuration. */
  private record Halving(int every) implements LearningRateSchedule {
    @Override
    public double at(long step) {
      return Math.scalb(1., (int) -(step / every));
    }

    @Override
    public Map<String, Object> getConfig() {
      return Map.of("every", every);
    }

    static Halving fromConfig(Map<String, ?> config) {
      return new Halving((Integer) config.get("every"));
    }
  }

  /** Custom schedules that cannot be saved. */
  private static final class Bad {
    /** Has the name of one of Keras's. */
    private record CosineDecay(Map<String, Object> getConfig) implements LearningRateSchedule {
      @Override
      public double at(long step) {
        return 0.1;
      }
    }

    private record WithoutConfig(Map<String, Object> getConfig) implements LearningRateSchedule {
      @Override
      public double at(long step) {
        return 0.1;
      }
    }
  }

  // ---- Keras's --------------------------------------------------------------------------------

  @Test
  void writesCountsOfStepsAsIntegersAndAllElseAsDoubles() {
    CosineDecay schedule =
        CosineDecay.fromConfig(
            Map.of(
                "initial_learning_rate",
                1,
                "decay_steps",
                1000.,
                "alpha",
                new BigDecimal("0.5"),
                "warmup_target",
                2L,
                "warmup_steps",
                (short) 5));

    assertThat(schedule)
        .hasToString(
            "CosineDecay{initial_learning_rate=1.0, decay_steps=1000, alpha=0.5,"
                + " name=CosineDecay, warmup_target=2.0, warmup_steps=5}");
    assertThat(schedule.getConfig())
        .containsEntry("initial_learning_rate", 1.)
        .containsEntry("decay_steps", 1000)
        .containsEntry("warmup_steps", 5);
    assertThat(
            CosineDecay.builder()
                .initialLearningRate(0.1)
                .decaySteps(0x1p40)
                .warmupSteps(2.5)
                .build()
                .getConfig())
        .containsEntry("decay_steps", 1L << 40)
        .containsEntry("warmup_steps", 2.5);
    assertThat(
            PiecewiseConstantDecay.builder().boundaries(1, 2.5).values(1, 2, 3).build().getConfig())
        .containsEntry("boundaries", List.of(1, 2.5))
        .containsEntry("values", List.of(1., 2., 3.));
  }

  @Test
  void hasTheNamesOfKerasUnlessAnotherIsGiven() {
    CosineDecayRestarts.Builder builder =
        CosineDecayRestarts.builder().initialLearningRate(0.1).firstDecaySteps(10);

    assertThat(builder.build().getConfig()).containsEntry("name", "SGDRDecay");
    assertThat(builder.name("mine").build().getConfig()).containsEntry("name", "mine");
  }

  @Test
  void differsByClass() {
    Map<String, Object> decay =
        Map.of("initial_learning_rate", 1, "decay_steps", 2, "decay_rate", 3, "name", "x");

    assertThat(ExponentialDecay.fromConfig(decay))
        .isNotEqualTo(InverseTimeDecay.fromConfig(decay))
        .doesNotHaveSameHashCodeAs(InverseTimeDecay.fromConfig(decay));
  }

  @Test
  void ignoresWhatElseKerasWritesAndNeverChangesTheConfiguration() {
    Map<String, Object> config = new HashMap<>();
    config.put("class_name", "CosineDecay");
    config.put("config", new HashMap<>(COSINE));
    config.put("module", null);
    config.put("registered_name", "mine>CosineDecay");
    config.put("build_config", Map.of("input_shape", List.of(1)));
    config.put("compile_config", null);
    config.put("shared_object_id", 140_000_000_000_000L);
    Map<String, Object> before = new HashMap<>(config);

    assertThat(LearningRateSchedule.deserialize(Collections.unmodifiableMap(config)))
        .isEqualTo(CosineDecay.fromConfig(COSINE));
    assertThat(config).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("strayKeys")
  void rejectsAKeyThatKerasDoesNotWrite(Object key, String shown) {
    Map<Object, Object> config = new HashMap<>(Map.of("class_name", "CosineDecay"));
    config.put("config", COSINE);
    config.put(key, 5);

    assertThatThrownBy(() -> deserializeRaw(config))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "config must hold no keys but module, class_name, config, registered_name,"
                + " build_config, compile_config, shared_object_id, got %s",
            shown);
  }

  static Stream<Arguments> strayKeys() {
    return Stream.of(
        arguments("config.warmup_steps", "\"config.warmup_steps\""),
        arguments("", "\"\""),
        arguments("Config", "\"Config\""),
        arguments("a\nb", "\"a\\u000ab\""));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // as a caller without types may have it
  private static void deserializeRaw(Map config) {
    LearningRateSchedule.deserialize(config);
  }

  @Test
  void rejectsKeysOfAnotherTypeAtAnyDepth() {
    assertThatThrownBy(() -> deserializeRaw(Map.of(1, 2)))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("config must have names as keys, got 1");
    assertThatThrownBy(
            () ->
                deserializeRaw(
                    Map.of("class_name", "CosineDecay", "config", Map.of("alpha", Map.of(1, 2)))))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("config must have names as keys, got 1");
  }

  @Test
  void rejectsACyclicConfiguration() {
    Map<String, Object> cyclic = new HashMap<>(Map.of("class_name", "Mine"));
    cyclic.put("config", cyclic);
    Map<String, Function<Map<String, ?>, Object>> recurring = new HashMap<>();
    recurring.put("Mine", config -> LearningRateSchedule.deserialize(config, recurring));

    assertThatThrownBy(() -> LearningRateSchedule.deserialize(cyclic, recurring))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("config must be nested at most 32 deep, got it deeper or cyclic");
  }

  // ---- Custom classes -------------------------------------------------------------------------

  @Test
  void makesCustomSchedules() {
    Map<String, Object> serialized = LearningRateSchedule.serialize(new Halving(3));

    assertThat(serialized.toString())
        .isEqualTo(
            "{module=io.github.keras4j.optimizers.schedules, class_name=Halving,"
                + " config={every=3}, registered_name=null}");
    assertThat(
            LearningRateSchedule.deserialize(
                serialized, Map.of("Halving", (Map<String, ?> c) -> Halving.fromConfig(c))))
        .isEqualTo(new Halving(3));
  }

  @Test
  void prefersCustomObjectsAndGivesThemAnEmptyMapInPlaceOfNoConfiguration() {
    LearningRateSchedule mine = step -> 0.5;
    Function<Map<String, ?>, Object> factory =
        config -> {
          assertThat(config).isEmpty();
          return mine;
        };
    Map<String, Object> withNull = new HashMap<>();
    withNull.put("class_name", "CosineDecay");
    withNull.put("config", null);

    assertThat(LearningRateSchedule.deserialize(withNull, Map.of("CosineDecay", factory)))
        .isSameAs(mine);
    assertThat(
            LearningRateSchedule.deserialize(
                Map.of("class_name", "CosineDecay"), Map.of("CosineDecay", factory)))
        .isSameAs(mine);
  }

  @Test
  void aLambdaIsAScheduleButCannotBeSaved() {
    LearningRateSchedule lambda = step -> 0.1 / (1 + step);

    assertThat(lambda.at(1)).isEqualTo(0.05);
    assertThatThrownBy(lambda::getConfig)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "schedule must be of a class that overrides getConfig, got %s, a lambda or a class that"
                + " does not",
            lambda.getClass().getName());
    assertThatThrownBy(() -> LearningRateSchedule.serialize(lambda))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---- Rejections -------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource({"configurations", "customObjects", "unsavable"})
  void isRejectedByName(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> configurations() {
    return Stream.of(
        row(
            "config must be a map of class_name and config, got null",
            () -> LearningRateSchedule.deserialize(null)),
        row("class_name must be a name, got null", () -> deserializeRaw(Map.of("config", COSINE))),
        row("class_name must be a name, got 42", () -> deserializeRaw(Map.of("class_name", 42))),
        row(
            "class_name must be a name, got \" \"",
            () -> deserializeRaw(Map.of("class_name", " "))),
        row(
            "config must be a map, got 42",
            () -> deserializeRaw(Map.of("class_name", "CosineDecay", "config", 42))),
        row(
            "config must be a map from hyperparameter names to values, got null",
            () -> CosineDecay.fromConfig(null)),
        row(
            "initial_learning_rate must be a finite number >= 0, got nothing",
            () -> deserializeRaw(Map.of("class_name", "CosineDecay"))),
        row(
            "decay_steps must be a finite number > 0, got nothing;"
                + " did you mean it by \"decay_step\"?",
            () ->
                CosineDecay.fromConfig(
                    Map.of("initial_learning_rate", 1, "decay_step", 2, "alpha", 0.1))),
        row(
            "unknown schedule \"cosinedecay\", known are "
                + known()
                + "; did you mean CosineDecay?",
            () -> deserializeRaw(Map.of("class_name", "cosinedecay", "config", COSINE))),
        row(
            "unknown hyperparameter \"decay_step\" for CosineDecay, known are alpha, decay_steps,"
                + " initial_learning_rate, name, warmup_steps, warmup_target;"
                + " did you mean decay_steps?",
            () ->
                CosineDecay.fromConfig(
                    Map.of("initial_learning_rate", 1, "decay_steps", 2, "decay_step", 3))),
        row(
            "unknown schedule \"%s\"..., known are ".formatted("x".repeat(80)) + known("Mine"),
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "x".repeat(1000)), Map.of("Mine", config -> null))));
  }

  static Stream<Arguments> customObjects() {
    String forged = "Mine\ngot";
    Map<String, Object> mine = Map.of("class_name", forged);
    return Stream.of(
        row(
            "customObjects must be a map from names to factories, got null",
            () -> LearningRateSchedule.deserialize(mine, null)),
        row(
            "customObjects must have names as keys, got 1",
            () -> deserializeRaw(mine, Map.of(1, Function.identity()))),
        row(
            "factory of \"other\" must be a function, got 5",
            () -> deserializeRaw(mine, Map.of("other", 5))),
        row(
            "factory of \"other\" must be a function, got null",
            () -> deserializeRaw(mine, Collections.singletonMap("other", null))),
        row(
            "factory of \"Mine\\u000agot\" must make a schedule, got null",
            () -> LearningRateSchedule.deserialize(mine, Map.of(forged, config -> null))),
        row(
            "factory of \"Mine\\u000agot\" must make a schedule, got 42",
            () -> LearningRateSchedule.deserialize(mine, Map.of(forged, config -> 42))));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void deserializeRaw(Map config, Map customObjects) {
    LearningRateSchedule.deserialize(config, customObjects);
  }

  static Stream<Arguments> unsavable() {
    LearningRateSchedule anonymous =
        new LearningRateSchedule() {
          @Override
          public double at(long step) {
            return 0.1;
          }

          @Override
          public Map<String, Object> getConfig() {
            return Map.of();
          }
        };
    return Stream.of(
        row("schedule must be a schedule, got null", () -> LearningRateSchedule.serialize(null)),
        row(
            "schedule must be of a class with a name that no schedule of Keras has, got "
                + anonymous.getClass().getName(),
            () -> LearningRateSchedule.serialize(anonymous)),
        row(
            "schedule must be of a class with a name that no schedule of Keras has, got "
                + Bad.CosineDecay.class.getName(),
            () -> LearningRateSchedule.serialize(new Bad.CosineDecay(Map.of()))),
        row(
            "getConfig of WithoutConfig must return a map, got null",
            () -> LearningRateSchedule.serialize(new Bad.WithoutConfig(null))));
  }

  private static Arguments row(String message, ThrowingCallable call) {
    return arguments(message, call);
  }

  /** The names that a message lists: all of the table, and custom ones. */
  private static String known(String... custom) {
    return Stream.concat(ScheduleTable.all().map(ScheduleTable.Row::name), Stream.of(custom))
        .sorted()
        .collect(joining(", "));
  }
}
