package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.support.Serialized;
import io.github.keras4j.optimizers.text.Text;
import java.io.ByteArrayOutputStream;
import java.io.InvalidObjectException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A state as a value: equal by contents, and the same after serialization. */
class OptimizerStateTest {
  @Test
  void equalsAnotherOfTheSameContents() {
    assertThat(everything()).isEqualTo(everything()).hasSameHashCodeAs(everything());
    OptimizerState reordered =
        new OptimizerState("A", Map.of(), 1, slots("v", "m"), Map.of("x", 1., "y", 2.));
    assertThat(new OptimizerState("A", Map.of(), 1, slots("m", "v"), Map.of("y", 2., "x", 1.)))
        .isEqualTo(reordered)
        .hasSameHashCodeAs(reordered);
  }

  static Stream<OptimizerState> others() {
    Map<String, Object> config = Map.of("lr", 0.1);
    Map<String, Double> scalars = Map.of("x", 1.);
    return Stream.of(
        new OptimizerState("B", config, 1, slots("m"), scalars),
        new OptimizerState("A", Map.of("lr", 0.2), 1, slots("m"), scalars),
        new OptimizerState("A", config, 2, slots("m"), scalars),
        new OptimizerState("A", config, 1, slots("v"), scalars),
        new OptimizerState("A", config, 1, slots("m", "v"), scalars),
        new OptimizerState("A", config, 1, Map.of("m", new double[][] {{1., 0.}, {}}), scalars),
        new OptimizerState("A", config, 1, Map.of("m", new double[][] {{1., -0.}}), scalars),
        new OptimizerState("A", config, 1, slots("m"), Map.of("x", 2.)));
  }

  @ParameterizedTest
  @MethodSource("others")
  void differsFromAnotherInAnyComponent(OptimizerState other) {
    assertThat(new OptimizerState("A", Map.of("lr", 0.1), 1, slots("m"), Map.of("x", 1.)))
        .isNotEqualTo(other)
        .doesNotHaveSameHashCodeAs(other)
        .isNotEqualTo("A");
  }

  @Test
  void printsInOneShortLine() {
    assertThat(everything())
        .hasToString("OptimizerState[className=Adam, iterations=7, slots=[m, v]]");
  }

  @Test
  void sharesNothingWithItsCopy() {
    OptimizerState state = everything();

    OptimizerState copy = state.copy();

    assertThat(copy).isEqualTo(state);
    list(list(state.config().get("list")).get(0)).add("more");
    map(state.config().get("map")).put("more", 1.);
    state.slots().get("m")[0][0] = 5.;
    state.scalars().put("more", 1.);
    assertThat(copy).isEqualTo(everything());
  }

  // ---- Serialization --------------------------------------------------------------------------

  @Test
  void isTheSameAfterSerialization() throws Exception {
    OptimizerState state = everything();
    OptimizerState copy = (OptimizerState) Serialized.deserialize(Serialized.serialize(state));

    assertThat(copy).isEqualTo(state);
    assertThat(copy.config().keySet()).containsExactlyElementsOf(state.config().keySet());
    assertThat(bits(copy.slots().get("m")[0])).isEqualTo(bits(state.slots().get("m")[0]));
  }

  @Test
  void isTheSameAfterSerializationBeforeTheFirstStepToo() throws Exception {
    OptimizerState fresh = new Adam().getState();

    OptimizerState copy = (OptimizerState) Serialized.deserialize(Serialized.serialize(fresh));

    assertThat(copy).isEqualTo(fresh);
    assertThat(copy.slots()).containsOnlyKeys("m", "v");
  }

  @Test
  void bringsBackIntegersAsLongs() throws Exception {
    OptimizerState state = new OptimizerState("A", Map.of("whole", 3), 0, Map.of(), Map.of());

    assertThat(((OptimizerState) Serialized.deserialize(Serialized.serialize(state))).config())
        .isEqualTo(Map.of("whole", 3L));
  }

  /** What is serialized is the bytes of a checkpoint, whatever becomes of the class. */
  @Test
  void serializesTheBytesOfACheckpoint() throws Exception {
    OptimizerState state = new Adam().getState();
    ByteArrayOutputStream checkpoint = new ByteArrayOutputStream();
    Checkpoint.write(checkpoint, new Adam());

    assertThat(Serialized.latin1(Serialized.serialize(state)))
        .contains(Serialized.latin1(checkpoint.toByteArray()));
  }

  @Test
  void rejectsSerializedBytesThatAreNoCheckpoint() throws Exception {
    byte[] serialized = Serialized.serialize(new Adam().getState());
    byte[] damaged =
        Serialized.latin1(serialized)
            .replace("NUMPY", "NAMPY")
            .getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> Serialized.deserialize(damaged))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessage(
            "cannot read optimizer state: entry \"format_version\": must be a NumPy array,"
                + " which begins with \\x93NUMPY");
  }

  static Stream<Arguments> unsavable() {
    String value =
        " to be saved must be null, a Double, Long, Integer, Boolean or String,"
            + " or a list or map of such, got ";
    String key = "keys of \"config/x\" to be saved must be strings, got ";
    List<Object> cyclic = new ArrayList<>();
    cyclic.add(cyclic);
    Map<String, Object> cyclicMap = new LinkedHashMap<>();
    cyclicMap.put("x", cyclicMap);
    return Stream.of(
        arguments(Map.of("x", Map.of(1, 1.)), key + "1"),
        arguments(Map.of("x", Collections.singletonMap(null, 1.)), key + "null"),
        arguments(Map.of("x", 1f), "\"config/x\"" + value + "1.0"),
        arguments(
            Map.of("x", List.of(1., new double[1])),
            "\"config/x/1\"" + value + "a value of class double[]"),
        arguments(Map.of("x", cyclic), tooDeep("config/x" + "/0".repeat(31))),
        arguments(cyclicMap, tooDeep("config" + "/x".repeat(32))));
  }

  private static String tooDeep(String name) {
    return "config to be saved must not be nested deeper than 32, got \"" + name + "\"";
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("unsavable")
  void rejectsConfigurationsThatACheckpointCannotHold(Map<String, Object> config, String message) {
    assertNotSerialized(new OptimizerState("A", config, 0, Map.of(), Map.of()), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "", ".a", "-a", "a b", "\u00e4"})
  void rejectsNamesThatACheckpointCannotHold(String name) {
    String message =
        " to be saved must have a name of letters, digits and _.-,"
            + " not beginning with . or -, at most 100, got \""
            + name
            + '"';
    assertNotSerialized(
        new OptimizerState("A", Map.of(), 0, slots(name), Map.of()), "slot" + message);
    assertNotSerialized(
        new OptimizerState("A", Map.of(), 0, Map.of(), Map.of(name, 1.)), "scalar" + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0", "\udc00"})
  void rejectsClassesThatACheckpointCannotHold(String className) {
    assertNotSerialized(
        new OptimizerState(className, Map.of(), 0, Map.of(), Map.of()),
        "class_name to be saved must have no NUL and no half of a pair, got "
            + Text.quote(className));
  }

  private static void assertNotSerialized(OptimizerState state, String message) {
    assertThatThrownBy(() -> Serialized.serialize(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void takesAnyStringAsAKeyAndAsAValue() throws Exception {
    Map<String, Object> config = new LinkedHashMap<>();
    for (String text :
        List.of("", "a/b", "a\0\n\"\\", "\udc00", "\ud83d\ude00", "y".repeat(200_000))) {
      config.put(text, Map.of(text, text));
    }
    OptimizerState state = new OptimizerState("A", config, 0, Map.of(), Map.of());

    assertThat(Serialized.deserialize(Serialized.serialize(state))).isEqualTo(state);
  }

  @Test
  void takesNestingUpToItsLimit() throws Exception {
    Object nested = "y";
    for (int i = 0; i < 31; i++) {
      nested = List.of(nested);
    }
    OptimizerState state = new OptimizerState("A", Map.of("x", nested), 0, Map.of(), Map.of());

    assertThat(Serialized.deserialize(Serialized.serialize(state))).isEqualTo(state);
  }

  // ---- What they are made of ------------------------------------------------------------------

  /** A state with something of every kind. */
  private static OptimizerState everything() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("module", "keras.optimizers.schedules");
    map.put("registered_name", null);
    map.put("nothing", new LinkedHashMap<>());
    map.put("0", List.of());
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", "adam \ud83d\ude00");
    config.put("lr", 0.001);
    config.put("none", null);
    config.put("empty", "");
    config.put("whole", Long.MIN_VALUE);
    config.put("flag", true);
    config.put("map", map);
    config.put(
        "list", new ArrayList<>(Arrays.asList(new ArrayList<>(List.of(1L, 2.)), null, "x", map)));
    Map<String, double[][]> slots = new LinkedHashMap<>();
    slots.put(
        "m", new double[][] {{Double.longBitsToDouble(0x7ff4_0000_dead_beefL), -0.}, {}, {1.}});
    slots.put("v", new double[][] {{}, {1., 2., 3.}, {4.}});
    return new OptimizerState(
        "Adam", config, 7, slots, new LinkedHashMap<>(Map.of("m_schedule", 0.5)));
  }

  private static Map<String, double[][]> slots(String... names) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    for (String name : names) {
      slots.put(name, new double[][] {{1., 0.}});
    }
    return slots;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static long[] bits(double[] numbers) {
    return Arrays.stream(numbers).mapToLong(Double::doubleToRawLongBits).toArray();
  }

  @Test
  void rejectsAConfigurationThatHoldsItself() {
    Adam adam = new Adam();
    Map<String, Object> config = adam.getConfig();
    config.put("lr", new ArrayList<>(List.of(config)));
    OptimizerState cyclic = new OptimizerState("Adam", config, 0, Map.of(), Map.of());

    assertThatThrownBy(() -> adam.setState(cyclic))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("config must be nested at most 32 deep, got it deeper or cyclic");
  }
}
