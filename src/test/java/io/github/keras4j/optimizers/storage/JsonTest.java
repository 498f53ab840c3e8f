package io.github.keras4j.optimizers.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Maps as JSON: what was written is read, and what Python writes; all else is rejected. */
class JsonTest {
  @Test
  void writesOneLineOfAscii() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a \"quoted\\ \u00e4\n", "\u007f\ud83d\ude00\0\udc00 ~");
    map.put("", Arrays.asList(null, true, false, 1, -2L, List.of(), Map.of()));
    map.put("map", Map.of("x", 0.5));

    assertThat(Json.write("config", map))
        .isEqualTo(
            "{\"a \\\"quoted\\\\ \\u00e4\\u000a\": \"\\u007f\\ud83d\\ude00\\u0000\\udc00 ~\","
                + " \"\": [null, true, false, 1, -2, [], {}], \"map\": {\"x\": 0.5}}");
    assertThat(Json.write("config", Map.of())).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0, 0.0",
    "-0.0, -0.0",
    "1.0, 1.0",
    "-100.0, -100.0",
    "0.001, 0.001",
    "1e-7, 1E-7",
    "12345678, 12345678.0",
    "5e6, 5000000.0",
    "5e7, 5E+7",
    "1.25e300, 1.25E+300",
    "2e-3, 0.002",
    "2.2250738585072014E-308, 2.2250738585072014E-308",
    "4.9e-324, 5E-324",
    "1.7976931348623157E308, 1.7976931348623157E+308",
    "0.30000000000000004, 0.30000000000000004",
    "2e23, 2E+23",
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity"
  })
  void writesTheShortestNumber(double number, String expected) throws IOException {
    String json = Json.write("config", Map.of("x", number));

    assertThat(json).isEqualTo("{\"x\": " + expected + "}");
    assertThat(Json.read("config", json)).isEqualTo(Map.of("x", number));
  }

  @Test
  void readsEveryNumberThatItWrote() throws IOException {
    Random random = new Random(20261128);
    for (int i = 0; i < 20_000; i++) {
      double number = Double.longBitsToDouble(random.nextLong());
      long integer = random.nextLong() >> random.nextInt(64);
      Map<String, Object> map = Map.of("double", number, "long", integer);

      assertThat(Json.read("config", Json.write("config", map))).isEqualTo(map);
    }
  }

  @Test
  void readsEveryKindInItsOrder() throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(
        "z", new ArrayList<>(Arrays.asList(null, true, "x", 1.5, List.of(List.of()), Map.of())));
    map.put("a", Map.of("\ud83d\ude00\udc00\0", Long.MIN_VALUE));
    map.put("", "");

    Map<String, Object> read = Json.read("config", Json.write("config", map));

    assertThat(read).isEqualTo(map);
    assertThat(read.keySet()).containsExactly("z", "a", "");
  }

  /** As Python and others may write it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":[1,2.0,1e-07],\"b\":\"\u00e4\\/\\n\"}",
        " {\r\n\t\"a\" : [ 1 , 2.00e0 , 0.1E-6 ] ,\"b\" : \"\\u00E4/\\u000a\" } \n"
      })
  void readsOtherSpacesAndForms(String json) throws IOException {
    assertThat(Json.read("config", json))
        .isEqualTo(Map.of("a", List.of(1L, 2., 1e-7), "b", "\u00e4/\n"));
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments("", 0),
        arguments("[]", 0),
        arguments("\"x\"", 0),
        arguments("{", 1),
        arguments("{}x", 2),
        arguments("{} {}", 3),
        arguments("{x: 1}", 1),
        arguments("{'x': 1}", 1),
        arguments("{\"x\"}", 4),
        arguments("{\"x\" 1}", 5),
        arguments("{\"x\":}", 5),
        arguments("{\"x\": 1,}", 8),
        arguments("{\"x\": 1 \"y\": 2}", 8),
        arguments("{,\"x\": 1}", 1),
        arguments("{\"x\": 1, \"x\": 1}", 9),
        arguments("{\"x\": [1,]}", 9),
        arguments("{\"x\": [1 2]}", 9),
        arguments("{\"x\": [,1]}", 7),
        arguments("{\"x\": [1", 8),
        arguments("{\"x\": [1}", 8),
        arguments("{\"x\": {]}", 7),
        arguments("{\"x\": \"", 7),
        arguments("{\"x\": \"a\n\"}", 8),
        arguments("{\"x\": \"\\", 8),
        arguments("{\"x\": \"\\x\"}", 8),
        arguments("{\"x\": \"\\u12\"}", 9),
        arguments("{\"x\": \"\\u12", 9),
        arguments("{\"x\": \"\\u+123\"}", 9),
        arguments("{\"x\": nul}", 6),
        arguments("{\"x\": nulll}", 10),
        arguments("{\"x\": True}", 6),
        arguments("{\"x\": nan}", 6),
        arguments("{\"x\": +1}", 6),
        arguments("{\"x\": 01}", 7),
        arguments("{\"x\": .5}", 6),
        arguments("{\"x\": 5.}", 7),
        arguments("{\"x\": 5e}", 7),
        arguments("{\"x\": -}", 6),
        arguments("{\"x\": 0x10}", 7),
        arguments("{\"x\": 1d}", 7),
        arguments("{\"x\": 9223372036854775808}", 6),
        arguments("{\"x\": -9223372036854775809}", 6),
        arguments("{\"x\": " + "9".repeat(100_000) + "}", 6),
        arguments("{\"x\": /**/1}", 6),
        arguments("{\"x\": \u0661}", 6),
        arguments("{\"x\":\u00a01}", 5),
        arguments("{\"x\": " + "[".repeat(32) + "]".repeat(32) + "}", 37),
        arguments("{\"x\": " + "[".repeat(1_000_000), 37),
        arguments("{\"x\":".repeat(33), 160));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void rejectsAnythingElse(String json, int character) {
    assertThatThrownBy(() -> Json.read("config", json))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(
            "config must be a JSON object, nested at most 32 deep and no key twice, got "
                + Text.quote(json.substring(character))
                + " at character "
                + character);
  }

  @Test
  void readsNestingUpToItsLimit() throws IOException {
    String json = "{\"x\": " + "[".repeat(31) + "]".repeat(31) + "}";

    assertThat(Json.write("config", Json.read("config", json))).isEqualTo(json);
  }
}
