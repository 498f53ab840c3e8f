package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How constructors read configurations. */
class HyperparametersTest {
  /** Every method that reads a value by its name. */
  private static final Map<String, BiFunction<Hyperparameters, String, Object>> READERS =
      Map.ofEntries(
          Map.entry("nonNegative", (h, name) -> h.nonNegative(name, 1.)),
          Map.entry("nonNegative, no default", Hyperparameters::nonNegative),
          Map.entry("nonNegativeOrNull", (h, name) -> h.nonNegativeOrNull(name, 1.)),
          Map.entry("positive", (h, name) -> h.positive(name, 1.)),
          Map.entry("positive, no default", Hyperparameters::positive),
          Map.entry("finite", (h, name) -> h.finite(name, 1.)),
          Map.entry("unitInterval", (h, name) -> h.unitInterval(name, 1.)),
          Map.entry("openUnitInterval", (h, name) -> h.openUnitInterval(name, 0.5)),
          Map.entry("decayRate", (h, name) -> h.decayRate(name, 0.5)),
          Map.entry("number", (h, name) -> h.number(name, 1., "anything", x -> true)),
          Map.entry("numberOrNull", (h, name) -> h.numberOrNull(name, 1., "anything", x -> true)),
          Map.entry("integer", (h, name) -> h.integer(name, 1, 9)),
          Map.entry("integerOrNull", (h, name) -> h.integerOrNull(name, 1L)),
          Map.entry("finiteNumbers", Hyperparameters::finiteNumbers),
          Map.entry("flag", (h, name) -> h.flag(name, true)),
          Map.entry("string", (h, name) -> h.string(name, "a")),
          Map.entry("strings", Hyperparameters::strings),
          Map.entry("object", (h, name) -> h.object(name, 1.)),
          Map.entry("unrecorded", Hyperparameters::unrecorded),
          Map.entry("nonNegativeIfGiven", Hyperparameters::nonNegativeIfGiven),
          Map.entry("flagIfTrue", Hyperparameters::flagIfTrue));

  static Stream<String> readers() {
    return READERS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("readers")
  void rejectANameThatIsNone(String reader) {
    for (String name : Arrays.asList(null, "", " ", "a b", ".a", "a\n", "a".repeat(101))) {
      Hyperparameters h = Hyperparameters.defaults(any -> any);

      assertThatThrownBy(() -> READERS.get(reader).apply(h, name))
          .as("%s(%s)", reader, name)
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "hyperparameter must have a name of letters, digits and _.-, not beginning with . or"
                  + " -, at most 100, got ");
      assertThat(h.values()).isEmpty();
    }
  }

  static Stream<Arguments> values() {
    List<Object> numbers = List.of(1, 2.5f);
    return Stream.of(
        arguments("nonNegative", 2, 2., 2.),
        arguments("nonNegative, no default", 2, 2., 2.),
        arguments("nonNegativeOrNull", null, null, null),
        arguments("nonNegativeOrNull", 0, 0., 0.),
        arguments("positive", 2L, 2., 2.),
        arguments("positive, no default", 2, 2., 2.),
        arguments("finite", -2, -2., -2.),
        arguments("number", -7, -7., -7.),
        arguments("numberOrNull", null, null, null),
        arguments("integer", 7., 7, 7L),
        arguments("integer", 0, 0, 0L),
        arguments("integer", 9, 9, 9L),
        arguments("integerOrNull", 7., 7L, 7L),
        arguments("integerOrNull", 0, 0L, 0L),
        arguments("integerOrNull", 0x1p53, 1L << 53, 1L << 53),
        arguments("integerOrNull", null, null, null),
        arguments("finiteNumbers", numbers, new double[] {1., 2.5}, List.of(1., 2.5)),
        arguments("flag", false, false, false),
        arguments("string", "b", "b", "b"),
        arguments("strings", null, List.of(), List.of()),
        arguments("strings", List.of("b"), List.of("b"), List.of("b")),
        arguments("object", numbers, numbers, numbers));
  }

  @ParameterizedTest
  @MethodSource("values")
  void returnAValueAndRecordIt(String reader, Object given, Object returned, Object recorded) {
    Map<String, Object> config = new HashMap<>();
    config.put("x", given);
    List<Object> read = new ArrayList<>();

    Hyperparameters h =
        Hyperparameters.build(
            config,
            hyperparameters -> {
              read.add(READERS.get(reader).apply(hyperparameters, "x"));
              return hyperparameters;
            });

    assertThat(read).usingRecursiveComparison().isEqualTo(Arrays.asList(returned));
    assertThat(h.values()).containsExactly(new SimpleEntry<>("x", recorded));
  }

  @Test
  void positiveHasADefault() {
    Hyperparameters h = Hyperparameters.defaults(any -> any);

    assertThat(h.positive("x", 0.5)).isEqualTo(0.5);
    assertThat(h.nonNegativeOrNull("y", null)).isNull();
    assertThat(h.values()).containsEntry("x", 0.5).containsEntry("y", null);
    assertThatThrownBy(() -> Hyperparameters.build(Map.of("x", 0), g -> g.positive("x", 0.5)))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("x must be a finite number > 0, got 0");
  }

  @Test
  void anUnrecordedValueIsKnownButNoPartOfTheConfiguration() {
    Hyperparameters h =
        Hyperparameters.build(
            Map.of("build_config", 5),
            hyperparameters -> {
              assertThat(hyperparameters.unrecorded("build_config")).isEqualTo(5);
              assertThat(hyperparameters.unrecorded("absent")).isNull();
              return hyperparameters;
            });

    assertThat(h.values()).isEmpty();
  }

  @Test
  void aReplacedValueTakesThePlaceOfTheOneRead() {
    Hyperparameters h = Hyperparameters.defaults(any -> any);
    h.nonNegative("lr", 0.5);
    h.flag("nesterov", true);
    Map<String, Object> before = h.values();

    h.replace("lr", 0.25);

    assertThat(h.values()).hasToString("{lr=0.25, nesterov=true}");
    assertThat(before).containsEntry("lr", 0.5);
  }

  // ---- Copies ---------------------------------------------------------------------------------

  /** Nothing but its constructors, and unknown to the registry. */
  private static final class Still extends Optimizer {
    private final double pace;

    Still() {
      this(Hyperparameters.defaults(Still::new));
    }

    private Still(Hyperparameters h) {
      super(h, 0.1);
      pace = h.positive("pace", 2.);
    }

    @Override
    protected void updateStep(double lr, Variable x, int from, int to) {}
  }

  @Test
  void defaultsLeadToCopiesWithoutTheRegistry() {
    Still still = new Still();

    assertThat(still.getConfig()).containsEntry("pace", 2.);
    Optimizer copy = still.copy();
    assertThat(copy).isInstanceOf(Still.class).isNotSameAs(still);
    assertThat(((Still) copy).pace).isEqualTo(2.);
    assertThat(copy.getConfig()).isEqualTo(still.getConfig());
  }

  // ---- Nesting --------------------------------------------------------------------------------

  @Test
  void takesConfigurationsNestedUpToALimit() {
    Object value = Hyperparameters.build(nested(32), h -> h.object("deeper", null));

    assertThat(value).isInstanceOf(Map.class);
    assertThatThrownBy(() -> Hyperparameters.build(nested(33), h -> h.object("deeper", null)))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("config must be nested at most 32 deep, got it deeper or cyclic");
  }

  /** Lists and maps in turn. */
  private static Map<String, Object> nested(int depth) {
    Object inner = 0.5;
    for (int i = 1; i < depth; i++) {
      inner = i % 2 == 0 ? List.of(inner) : Map.of("deeper", inner);
    }
    return Map.of("deeper", inner);
  }

  @Test
  void soonSeesThatAConfigurationHoldsTheSameListInManyPlaces() {
    Object shared = List.of(0.5);
    for (int i = 0; i < 29; i++) {
      shared = List.of(shared, shared, shared, shared); // 4^29 ways down
    }
    Map<String, Object> config = Map.of("lr", shared);

    assertThatThrownBy(() -> Adam.fromConfig(config))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("lr must be a finite number >= 0, got a value of class ListN");
  }
}
