package io.github.keras4j.optimizers.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.SGD;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations, custom classes, and what schedules are as values. */
class LearningRateScheduleTest {
  private static final Map<String, Object> COSINE =
      Map.of("initial_learning_rate", 0.1, "decay_steps", 10);

  /** A schedule of one's own, with a configuration. */
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

  /** Schedules of one's own that cannot be saved. */
  private static final class Bad {
    /** Has the name of one of Keras's. */
    private static final class CosineDecay implements LearningRateSchedule {
      @Override
      public double at(long step) {
        return 0.1;
      }

      @Override
      public Map<String, Object> getConfig() {
        return Map.of();
      }
    }

    private static final class WithoutConfig implements LearningRateSchedule {
      @Override
      public double at(long step) {
        return 0.1;
      }

      @Override
      public Map<String, Object> getConfig() {
        return null;
      }
    }
  }

  // ---- With an optimizer ----------------------------------------------------------------------

  @Test
  void setsTheLearningRateOfAnOptimizerBeforeEachStep() {
    LearningRateSchedule schedule =
        PiecewiseConstantDecay.builder().boundaries(1, 3).values(0.5, 0.25, 0.125).build();
    Optimizer optimizer = new SGD();
    double[][] parameters = {{8.}};
    for (int step = 0; step < 5; step++) {
      optimizer.setLr(schedule.at(step));
      optimizer.applyGradients(new double[][] {{1.}}, parameters);
    }

    assertThat(parameters[0][0]).isEqualTo(8. - 2 * 0.5 - 2 * 0.25 - 0.125);
  }

  @Test
  void anOptimizerRefusesARateThatIsNotANumberAndStaysAsItWas() {
    LearningRateSchedule ending = restarts(0.5);
    Optimizer optimizer = SGD.builder().lr(0.3).build();

    assertThatThrownBy(() -> optimizer.setLr(ending.at(20)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lr must be a finite number >= 0, got NaN");
    assertThat(optimizer.getLr()).isEqualTo(0.3);
  }

  // ---- Surprises of Keras ---------------------------------------------------------------------

  private static CosineDecayRestarts restarts(double tMul) {
    return CosineDecayRestarts.builder()
        .initialLearningRate(0.1)
        .firstDecaySteps(10)
        .tMul(tMul)
        .build();
  }

  @Test
  void restartsOneStepLateWhereTheLogarithmsAreRoundedDown() {
    LearningRateSchedule schedule =
        CosineDecayRestarts.builder().initialLearningRate(0.1).firstDecaySteps(1).tMul(3.).build();

    assertThat(schedule.at(40)).isEqualTo(0.1);
    assertThat(schedule.at(121)).isEqualTo(0.);
    assertThat(schedule.at(122)).isGreaterThan(0.0999);
  }

  @Test
  void shrinkingPeriodsEndInNaN() {
    assertThat(restarts(0.5).at(10)).isEqualTo(0.1);
    assertThat(restarts(0.5).at(19)).isPositive();
    assertThat(restarts(0.5).at(20)).isNaN();
    assertThat(restarts(0.).at(9)).isPositive();
    assertThat(restarts(0.).at(10)).isNaN();
  }

  @Test
  void computesInDoubleWhereAnArgumentIsAWholeNumber() {
    Map<String, Object> whole =
        Map.of("initial_learning_rate", 1, "decay_steps", 10, "decay_rate", 0.9);

    assertThat(ExponentialDecay.fromConfig(whole).at(5)).isEqualTo(Math.sqrt(0.9));
    assertThat(
            CosineDecay.fromConfig(
                    Map.of(
                        "initial_learning_rate", 0,
                        "decay_steps", 10,
                        "warmup_target", 0.1,
                        "warmup_steps", 4))
                .at(2))
        .isEqualTo(0.05);
  }

  @Test
  void takesAnyStep() {
    assertThat(restarts(2.).at(Long.MAX_VALUE)).isBetween(0., 0.1);
    assertThat(CosineDecay.fromConfig(COSINE).at(Long.MAX_VALUE)).isEqualTo(0.);
  }

  // ---- Configurations -------------------------------------------------------------------------

  @Test
  void writesWholeNumbersOfStepsAsWholeNumbersAndAllElseAsDoubles() {
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
  void takesANameOfOnesOwn() {
    assertThat(restarts(2.).getConfig()).containsEntry("name", "SGDRDecay");
    assertThat(CosineDecay.builder().initialLearningRate(0.1).decaySteps(1).name("mine").build())
        .hasToString(
            "CosineDecay{initial_learning_rate=0.1, decay_steps=1, alpha=0.0, name=mine,"
                + " warmup_target=null, warmup_steps=0}");
  }

  @Test
  void ignoresModuleAndRegisteredNameAndNeverChangesTheConfiguration() {
    Map<String, Object> config = new HashMap<>();
    config.put("class_name", "CosineDecay");
    config.put("config", new HashMap<>(COSINE));
    config.put("module", null);
    config.put("registered_name", "mine>CosineDecay");
    Map<String, Object> before = new HashMap<>(config);

    assertThat(LearningRateSchedule.deserialize(Collections.unmodifiableMap(config)))
        .isEqualTo(CosineDecay.fromConfig(COSINE));
    assertThat(config).isEqualTo(before);
  }

  @Test
  void makesSchedulesOfOnesOwn() {
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

  // ---- Values ---------------------------------------------------------------------------------

  @Test
  void equalsByClassAndConfiguration() {
    CosineDecay schedule = CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build();
    Map<String, Object> decay =
        Map.of("initial_learning_rate", 1, "decay_steps", 2, "decay_rate", 3, "name", "x");

    assertThat(schedule)
        .isEqualTo(CosineDecay.fromConfig(COSINE))
        .hasSameHashCodeAs(CosineDecay.fromConfig(COSINE))
        .isNotEqualTo(CosineDecay.builder().initialLearningRate(0.2).decaySteps(10).build())
        .isNotEqualTo(null)
        .isNotEqualTo(COSINE);
    assertThat(ExponentialDecay.fromConfig(decay))
        .isNotEqualTo(InverseTimeDecay.fromConfig(decay))
        .doesNotHaveSameHashCodeAs(InverseTimeDecay.fromConfig(decay));
  }

  @Test
  void buildsWhatAConfigurationSays() {
    assertThat(
            ExponentialDecay.builder()
                .staircase(true)
                .initialLearningRate(0.1)
                .decaySteps(10)
                .decayRate(0.5)
                .name("mine")
                .build())
        .isEqualTo(
            ExponentialDecay.fromConfig(
                mine("staircase", true, "decay_steps", 10, "decay_rate", 0.5)));
    assertThat(
            InverseTimeDecay.builder()
                .staircase(true)
                .initialLearningRate(0.1)
                .decaySteps(10)
                .decayRate(0.5)
                .name("mine")
                .build())
        .isEqualTo(
            InverseTimeDecay.fromConfig(
                mine("staircase", true, "decay_steps", 10, "decay_rate", 0.5)));
    assertThat(
            PolynomialDecay.builder()
                .cycle(true)
                .power(2)
                .endLearningRate(0.01)
                .initialLearningRate(0.1)
                .decaySteps(10)
                .name("mine")
                .build())
        .isEqualTo(
            PolynomialDecay.fromConfig(
                mine("cycle", true, "power", 2, "end_learning_rate", 0.01, "decay_steps", 10)));
    assertThat(
            CosineDecay.builder()
                .warmupSteps(3)
                .warmupTarget(0.2)
                .alpha(0.1)
                .initialLearningRate(0.1)
                .decaySteps(10)
                .name("mine")
                .build())
        .isEqualTo(
            CosineDecay.fromConfig(
                mine("warmup_steps", 3, "warmup_target", 0.2, "alpha", 0.1, "decay_steps", 10)));
    assertThat(
            CosineDecayRestarts.builder()
                .tMul(3)
                .mMul(0.5)
                .alpha(0.1)
                .initialLearningRate(0.1)
                .firstDecaySteps(10)
                .name("mine")
                .build())
        .isEqualTo(
            CosineDecayRestarts.fromConfig(
                mine("t_mul", 3, "m_mul", 0.5, "alpha", 0.1, "first_decay_steps", 10)));
  }

  private static Map<String, Object> mine(Object... arguments) {
    Map<String, Object> config =
        new HashMap<>(Map.of("name", "mine", "initial_learning_rate", 0.1));
    for (int i = 0; i < arguments.length; i += 2) {
      config.put((String) arguments[i], arguments[i + 1]);
    }
    return config;
  }

  @Test
  void sharesNothingWithItsArgumentsItsBuilderOrItsConfiguration() {
    List<Object> boundaries = new ArrayList<>(List.of(1, 2));
    Map<String, Object> config = new HashMap<>();
    config.put("boundaries", boundaries);
    config.put("values", new ArrayList<>(List.of(0.3, 0.2, 0.1)));
    PiecewiseConstantDecay schedule = PiecewiseConstantDecay.fromConfig(config);
    double[] values = {0.3, 0.2, 0.1};
    PiecewiseConstantDecay.Builder builder =
        PiecewiseConstantDecay.builder().boundaries(1, 2).values(values);
    values[0] = 9.;
    PiecewiseConstantDecay built = builder.build();
    builder.boundaries(5, 6).name("other");

    boundaries.set(0, 0);
    config.clear();
    schedule.getConfig().clear();

    assertThat(schedule).isEqualTo(built);
    assertThat(schedule.at(1)).isEqualTo(0.3);
    List<?> answered = (List<?>) schedule.getConfig().get("boundaries");
    assertThatThrownBy(() -> answered.remove(0)).isInstanceOf(UnsupportedOperationException.class);
    assertThat(schedule).isEqualTo(built).hasSameHashCodeAs(built);
  }

  @Test
  void anAnonymousClassOrALambdaServesButCannotBeSaved() {
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

  // ---- Refusals -------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("badInput")
  void isRefusedByName(BadInput bad) {
    assertThatThrownBy(() -> bad.call().run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(bad.message());
  }

  private record BadInput(String message, Runnable call) {
    @Override
    public String toString() {
      return message;
    }
  }

  private static Stream<BadInput> badInput() {
    return Stream.of(arguments(), lists(), configurations(), others()).flatMap(rows -> rows);
  }

  private static BadInput row(String message, Runnable call) {
    return new BadInput(message, call);
  }

  private static Map<String, Object> valid(String className) {
    return switch (className) {
      case "PiecewiseConstantDecay" -> Map.of("boundaries", List.of(1), "values", List.of(1, 2));
      case "CosineDecayRestarts" -> Map.of("initial_learning_rate", 0.1, "first_decay_steps", 10);
      case "ExponentialDecay", "InverseTimeDecay" ->
          Map.of("initial_learning_rate", 0.1, "decay_steps", 10, "decay_rate", 0.5);
      default -> COSINE;
    };
  }

  /** A schedule with one argument replaced. */
  private static void with(String className, String name, Object value) {
    Map<String, Object> config = new HashMap<>(valid(className));
    config.put(name, value);
    LearningRateSchedule.deserialize(Map.of("class_name", className, "config", config));
  }

  private static void without(String className, String name) {
    Map<String, Object> config = new HashMap<>(valid(className));
    config.remove(name);
    LearningRateSchedule.deserialize(Map.of("class_name", className, "config", config));
  }

  private static Stream<BadInput> arguments() {
    return Schedules.names().stream()
        .sorted()
        .flatMap(
            className -> {
              LearningRateSchedule schedule =
                  LearningRateSchedule.deserialize(
                      Map.of("class_name", className, "config", valid(className)));
              return Stream.concat(
                  Stream.of(
                      row(
                          String.format(
                              "unknown hyperparameter \"lr\" for %s, known are %s",
                              className,
                              String.join(
                                  ", ", schedule.getConfig().keySet().stream().sorted().toList())),
                          () -> with(className, "lr", 0.1)),
                      row("step must be at least 0, got -1", () -> schedule.at(-1))),
                  schedule.getConfig().keySet().stream().flatMap(name -> bad(className, name)));
            });
  }

  private static Stream<BadInput> bad(String className, String name) {
    String allowed =
        switch (name) {
          case "decay_steps", "first_decay_steps" -> "a finite number > 0";
          case "power" -> "a finite number";
          case "boundaries", "values" -> "a list of finite numbers";
          case "staircase", "cycle" -> "true or false";
          case "name" -> "a text";
          default -> "a finite number >= 0";
        };
    List<Object> values =
        new ArrayList<>(
            switch (allowed) {
              case "a finite number > 0" ->
                  List.of(0, -0., -1, Double.NaN, Double.POSITIVE_INFINITY, true);
              case "a finite number >= 0" ->
                  List.of(-1, -Double.MIN_VALUE, Double.NaN, Double.POSITIVE_INFINITY, false);
              case "a finite number" -> List.of(Double.NaN, Double.NEGATIVE_INFINITY, true);
              default -> List.of(1);
            });
    if (!name.equals("warmup_target")) {
      values.add(null);
    }
    Stream<BadInput> wrong =
        values.stream()
            .map(
                value ->
                    row(
                        name + " must be " + allowed + ", got " + value,
                        () -> with(className, name, value)));
    return valid(className).containsKey(name)
        ? Stream.concat(
            wrong,
            Stream.of(
                row(name + " must be " + allowed + ", got nothing", () -> without(className, name)),
                row(
                    name + " must be " + allowed + ", got \"0.1\"",
                    () -> with(className, name, "0.1"))))
        : wrong;
  }

  private static Runnable piecewise(List<?> boundaries, List<?> values) {
    return () ->
        PiecewiseConstantDecay.fromConfig(Map.of("boundaries", boundaries, "values", values));
  }

  private static Stream<BadInput> lists() {
    return Stream.of(
        row("boundaries must hold at least one step, got none", piecewise(List.of(), List.of(0.1))),
        row(
            "boundaries must be in ascending order, got 3.0 after 5.0",
            piecewise(List.of(1, 5, 3), List.of(1, 2, 3, 4))),
        row(
            "values must be one more than the 1 boundaries, got 1",
            piecewise(List.of(1), List.of(0.1))),
        row(
            "values must be one more than the 1 boundaries, got 3",
            piecewise(List.of(1), List.of(0.1, 0.2, 0.3))),
        row(
            "values[1] must be a finite number >= 0, got -0.1",
            piecewise(List.of(1), List.of(0.1, -0.1))),
        row(
            "values[0] must be a finite number, got NaN",
            piecewise(List.of(1), List.of(Double.NaN, 0.1))),
        row(
            "boundaries[1] must be a finite number, got Infinity",
            piecewise(List.of(1, Double.POSITIVE_INFINITY), List.of(0.1, 0.2, 0.3))),
        row(
            "boundaries[0] must be a finite number, got null",
            piecewise(Arrays.asList(null, 2), List.of(0.1, 0.2, 0.3))),
        row(
            "boundaries must be a list of finite numbers, got null",
            () -> PiecewiseConstantDecay.builder().boundaries((double[]) null).build()),
        row(
            "values must be a list of finite numbers, got nothing",
            () -> PiecewiseConstantDecay.builder().boundaries(1).build()));
  }

  private static Stream<BadInput> configurations() {
    Map<String, Object> unknown = Map.of("class_name", "cosinedecay", "config", COSINE);
    return Stream.of(
        row(
            "config must be a map of class_name and config, got null",
            () -> LearningRateSchedule.deserialize(null)),
        row(
            "customObjects must be a map from names to factories, got null",
            () -> LearningRateSchedule.deserialize(unknown, null)),
        row("class_name must be a name, got null", () -> LearningRateSchedule.deserialize(COSINE)),
        row(
            "class_name must be a name, got a value of class Integer",
            () -> LearningRateSchedule.deserialize(Map.of("class_name", 42))),
        row(
            "config must be a map, got a value of class Integer",
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "CosineDecay", "config", 42))),
        row(
            "config must be a map from hyperparameter names to values, got null",
            () -> CosineDecay.fromConfig(null)),
        row(
            "initial_learning_rate must be a finite number >= 0, got nothing",
            () -> LearningRateSchedule.deserialize(Map.of("class_name", "CosineDecay"))),
        row(
            "unknown schedule \"cosinedecay\", known are CosineDecay, CosineDecayRestarts,"
                + " ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay",
            () -> LearningRateSchedule.deserialize(unknown)),
        row(
            "unknown schedule \"%s…\", known are CosineDecay, CosineDecayRestarts,"
                    .formatted("x".repeat(60))
                + " ExponentialDecay, InverseTimeDecay, Mine, PiecewiseConstantDecay,"
                + " PolynomialDecay",
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "x".repeat(1000)), Map.of("Mine", config -> null))),
        row(
            "factory of Mine must make a schedule, got null",
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "Mine"), Map.of("Mine", config -> null))),
        row(
            "factory of Mine must make a schedule, got a value of class Integer",
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "Mine"), Map.of("Mine", config -> 42))),
        row(
            "factory of Mine must be a function, got null",
            () ->
                LearningRateSchedule.deserialize(
                    Map.of("class_name", "Mine"), Collections.singletonMap("Mine", null))));
  }

  private static Stream<BadInput> others() {
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
            () -> LearningRateSchedule.serialize(new Bad.CosineDecay())),
        row(
            "getConfig of WithoutConfig must answer a map, got null",
            () -> LearningRateSchedule.serialize(new Bad.WithoutConfig())));
  }
}
