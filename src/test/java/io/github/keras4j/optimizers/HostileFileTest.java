package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.storage.Archives.bool;
import static io.github.keras4j.optimizers.storage.Archives.f8;
import static io.github.keras4j.optimizers.storage.Archives.f8s;
import static io.github.keras4j.optimizers.storage.Archives.i8;
import static io.github.keras4j.optimizers.storage.Archives.i8s;
import static io.github.keras4j.optimizers.storage.Archives.npy;
import static io.github.keras4j.optimizers.storage.Archives.tensor;
import static io.github.keras4j.optimizers.storage.Archives.text;
import static io.github.keras4j.optimizers.storage.Archives.unzip;
import static io.github.keras4j.optimizers.storage.Archives.zip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.constraints.MaxNorm;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.schedules.PolynomialDecay;
import io.github.keras4j.optimizers.storage.Json;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that are not whole checkpoints, each rejected for what is wrong with it; of archives, see
 * {@code NpzTest}.
 */
class HostileFileTest {
  private static final double[][] PARAMETERS = {{1., 2.}, {3., 4., 5.}};
  private static final Charset UTF_32 = Charset.forName("UTF-32LE");

  // ---- Entries that are wrong -----------------------------------------------------------------

  static Stream<Arguments> entries() {
    String version = "format_version must be from 1 to 3, those that this library reads, got ";
    return Stream.of(
        wrong(put("format_version", i8(4)), version + 4),
        wrong(put("format_version", i8(0)), version + 0),
        wrong(put("format_version", i8(2)), "entry \"config\" does not belong in a checkpoint"),
        wrong(
            put("format_version", f8(3)),
            mustBe("format_version", "an int64 number", "a float64 number")),
        wrong(e -> e.remove("format_version"), "entry \"format_version\" is missing"),
        wrong(e -> e.remove("class_name"), "entry \"class_name\" is missing"),
        wrong(e -> e.remove("config"), "entry \"config\" is missing"),
        wrong(e -> e.remove("iterations"), "entry \"iterations\" is missing"),
        wrong(e -> e.remove("entries"), "entry \"entries\" is missing"),
        wrong(put("entries", bool(1)), mustBe("entries", "an int64 number", "a bool")),
        wrong(put("entries", i8(12)), "must hold 12 entries, as it says, got 11"),
        wrong(
            e -> List.of("parameters", "parameters/lengths").forEach(e::remove),
            "must hold 11 entries, as it says, got 9"),
        wrong(put("class_name", i8(1)), mustBe("class_name", "a string", "an int64 number")),
        wrong(put("class_name", i8s()), mustBe("class_name", "a string", "an int64 array")),
        wrong(put("class_name", text("adam")), "state must have class Adam, got \"adam\""),
        wrong(put("class_name", text(" ")), "class_name must be a name, got \" \""),
        wrong(put("class_name", text("\0\0")), "class_name must be a name, got \"\""),
        wrong(put("iterations", text("2")), mustBe("iterations", "an int64 number", "a string")),
        wrong(put("iterations", i8(-1)), "iterations must be from 0 to 2^53, got -1"),
        wrong(counted(put("scalars/s", f8(1))), "state must have scalars [], got \"[s]\""),
        wrong(put("scalars/s", i8(1)), mustBe("scalars/s", "a float64 number", "an int64 number")),
        wrong(put("note", i8(1)), doesNotBelong("note")),
        wrong(put("config/lr", f8(1)), doesNotBelong("config/lr")),
        wrong(put("slots/m/0", tensor(2)), doesNotBelong("slots/m/0")),
        wrong(put("parameters/0", tensor(2)), doesNotBelong("parameters/0")),
        wrong(put("iterations/lengths", i8s()), doesNotBelong("iterations/lengths")),
        wrong(
            put("a/".repeat(30_000) + "a", tensor(2)),
            "entry \"" + "a/".repeat(40) + "\"... does not belong in a checkpoint"));
  }

  static Stream<Arguments> tensors() {
    return Stream.of(
        wrong(e -> e.remove("slots/m"), "entry \"slots/m\" is missing"),
        wrong(e -> e.remove("parameters"), "entry \"parameters\" is missing"),
        wrong(e -> e.remove("slots/m/lengths"), needsLengths("slots/m")),
        wrong(e -> e.remove("parameters/lengths"), needsLengths("parameters")),
        wrong(e -> e.put("slots/m/lengths", e.remove("slots/m/lengths")), needsLengths("slots/m")),
        wrong(
            put("slots/m/lengths", f8s(2, 3)),
            mustBe("slots/m/lengths", "an int64 array", "a float64 array")),
        wrong(
            put("slots/m/lengths", i8(5)),
            mustBe("slots/m/lengths", "an int64 array", "an int64 number")),
        wrong(
            put("slots/m/lengths", npy("'|b1'", "(0,)", 0)),
            mustBe("slots/m/lengths", "an int64 array", "a bool array")),
        wrong(put("slots/m", f8(1)), mustBe("slots/m", "a float64 array", "a float64 number")),
        wrong(put("parameters", i8(1)), mustBe("parameters", "a float64 array", "an int64 number")),
        wrong(
            put("slots/m", i8s(1, 2, 3, 4, 5)),
            "entry \"slots/m\": must be a float64 array, got dtype <i8"),
        wrong(
            put("slots/m/lengths", i8s(6, -1)),
            "entry \"slots/m\": must have lengths from 0 to 2147483639, got -1"),
        wrong(
            put("slots/m/lengths", i8s(1L << 62, 1L << 62, 1L << 62, 1L << 62)),
            "entry \"slots/m\": must have lengths from 0 to 2147483639, got 4611686018427387904"),
        wrong(
            put("slots/m/lengths", i8s(2, 4)),
            "entry \"slots/m\": must have 6 elements, the sum of its lengths, got 5"),
        wrong(
            e -> {
              e.put("slots/m/lengths", i8s(2147483639, 2147483639));
              e.put("slots/m", npy("'<f8'", "(4294967278,)", 40));
            },
            "entry \"slots/m\": must have 34359738224 bytes of data, as dtype <f8 and shape"
                + " (4294967278,) say, got 40"),
        wrong(
            put("slots/m/lengths", npy("'<i8'", "(99999999,)", 40)),
            "entry \"slots/m/lengths\": must have 799999992 bytes of data, as dtype <i8 and shape"
                + " (99999999,) say, got 40"),
        wrong(
            put("slots/v/lengths", i8s(3, 2)),
            "state must have 2 elements in slot v of tensor 0, got 3"),
        wrong(put("slots/v/lengths", i8s(5)), "state must have 2 tensors in slot v, got 1"),
        wrong(put("slots/v/lengths", i8s(2, 3, 0)), "state must have 2 tensors in slot v, got 3"),
        wrong(
            put("parameters/lengths", i8s(3, 2)),
            "parameters[0] must have 2 elements, as before, got 3"),
        wrong(
            put("parameters/lengths", i8s(5)), "parameters must hold 2 tensors, as before, got 1"),
        wrong(
            counted(e -> List.of("slots/v", "slots/v/lengths").forEach(e::remove)),
            "state must have 2 tensors in slot v, got 0"),
        wrong(
            counted(
                e -> {
                  e.put("slots/w/lengths", i8s());
                  e.put("slots/w", tensor(0));
                }),
            "state must have slots [m, v], got \"[m, v, w]\""),
        wrong(
            e -> {
              List.of("slots/m", "slots/v").forEach(name -> e.put(name, tensor(0)));
              List.of("slots/m", "slots/v").forEach(name -> e.put(name + "/lengths", i8s()));
            },
            "state must have tensors in slots [m, v], since iterations is 1, got 0"));
  }

  static Stream<Arguments> configurations() {
    return Stream.of(
        wrong(put("config", f8(1)), mustBe("config", "a string", "a float64 number")),
        wrong(
            put("config", text("[]")),
            "config must be a JSON object, nested at most 32 deep and no key twice, got \"[]\" at"
                + " character 0"),
        wrong(
            config(c -> c.remove("decay")),
            "state must have hyperparameters [amsgrad, beta_1, beta_2, clipnorm, decay, epsilon, lr],"
                + " got \"[amsgrad, beta_1, beta_2, clipnorm, epsilon, lr]\""),
        wrong(
            config(c -> c.put("rho", 1.)),
            "unknown hyperparameter \"rho\" for Adam, known are amsgrad, beta_1, beta_2, clipnorm,"
                + " clipvalue, decay, epsilon, error_if_non_finite, lr"),
        wrong(config(c -> c.put("lr", Double.NaN)), rate("NaN")),
        wrong(config(c -> c.put("lr", true)), rate("true")),
        wrong(config(c -> c.put("lr", "x")), rate("\"x\"")),
        wrong(config(c -> c.put("lr", null)), rate("null")),
        wrong(config(c -> c.put("lr", List.of())), rate("a value of class ArrayList")),
        wrong(config(c -> c.put("lr", Map.of())), rate("a value of class LinkedHashMap")));
  }

  static Stream<Arguments> constraints() {
    String list =
        "constraints must be a list of maps of tensor or pattern, constraint and shape, got ";
    return Stream.of(
        wrong(build(b -> b.put("constraints", 1L)), "constraints must be a list, got 1"),
        wrong(build(b -> b.put("constraints", List.of("x"))), list + "\"x\""),
        wrong(
            build(b -> b.put("more", List.of())),
            "build_config must hold constraints alone, got \"more\""),
        wrong(constraint(c -> c.put("more", 1L)), list + "\"more\""),
        wrong(
            constraint(c -> c.remove("tensor")),
            "constraints must each have tensor or pattern, got both or none"),
        wrong(
            constraint(c -> c.put("pattern", "kernel")),
            "constraints must each have tensor or pattern, got both or none"),
        wrong(constraint(c -> c.put("tensor", -1L)), "tensor must be the number of one, got -1"),
        wrong(
            constraint(c -> c.put("tensor", 0.5)),
            "tensor must be a whole number below 2^31, got 0.5"),
        wrong(
            constraint(c -> c.put("tensor", 2L)),
            "constrain must name one of the 2 tensors, got number 2"),
        wrong(
            constraint(c -> c.put("shape", List.of(4L))),
            "constraint of tensor 1 must have a shape of 3 elements, got [4]"),
        wrong(
            constraint(c -> c.put("shape", List.of(-3L, -1L))),
            "shape must have dimensions of at least 0, got [-3, -1]"),
        wrong(
            constraint(c -> c.put("shape", List.of(1L << 31, 3L))),
            "shape must be a list of whole numbers below 2^31, got 2147483648"),
        wrong(
            constraint(c -> c.put("constraint", null)),
            "constraint must be a constraint or its configuration, got null"),
        wrong(
            constraint(c -> map(c.get("constraint")).put("config", Map.of("max_value", -1.))),
            "max_value must be a finite number >= 0, got -1.0"),
        wrong(
            constraint(c -> map(c.get("constraint")).put("config", Map.of("axis", 2L))),
            "axis must be one of shape [3, 1], got 2"),
        wrong(
            constraint(c -> map(c.get("constraint")).put("class_name", "L2")),
            "unknown constraint \"L2\", known are MaxNorm, MinMaxNorm, NonNeg, UnitNorm"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("constraints")
  void rejectsWrongConstraints(Consumer<Map<String, byte[]>> mutation, String message)
      throws IOException {
    Map<String, byte[]> entries = entries(constrained());
    assertThat(Contents.of(read(zip(entries)))).isEqualTo(Contents.of(constrained(), PARAMETERS));
    mutation.accept(entries);
    assertRejected(zip(entries), message);
  }

  private static Optimizer constrained() {
    Optimizer adam = new Adam();
    adam.constrain(1, MaxNorm.of(2.), 3, 1);
    adam.applyGradients(new double[][] {{0.5, -0.5}, {1., 2., 3.}}, Bits.copy(PARAMETERS));
    return adam;
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource({"entries", "tensors", "configurations"})
  void rejectsWrongEntries(Consumer<Map<String, byte[]>> mutation, String message)
      throws IOException {
    Map<String, byte[]> entries = good();
    mutation.accept(entries);
    assertRejected(zip(entries), message);
  }

  /** What the tables begin with is good, so that each rejection is for what is changed. */
  @Test
  void loadsTheFileThatIsNotWrong() throws IOException {
    assertThat(Contents.of(read(zip(good())))).isEqualTo(Contents.of(adam(), PARAMETERS));
  }

  @Test
  void saysNumbersInTheSameDigitsEverywhere() throws IOException {
    Locale locale = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      Map<String, byte[]> entries = good();
      entries.put("format_version", i8(4));
      assertRejected(
          zip(entries), "format_version must be from 1 to 3, those that this library reads, got 4");
    } finally {
      Locale.setDefault(locale);
    }
  }

  /** Any byte of any entry changed, and the checksums made good: what they hold is checked. */
  @Test
  void loadsOrRejectsAnyEntriesWhoseChecksumsAreRight() throws IOException {
    Random random = new Random(20261122);
    Map<String, byte[]> good = good();
    List<String> names = new ArrayList<>(good.keySet());
    int loaded = 0;
    for (int i = 0; i < 3_000; i++) {
      Map<String, byte[]> entries = new LinkedHashMap<>(good);
      String name = names.get(random.nextInt(names.size()));
      byte[] array = entries.get(name).clone();
      array[random.nextInt(array.length)] = (byte) random.nextInt(256);
      entries.put(name, array);
      try {
        Contents.of(read(zip(entries)));
        loaded++;
      } catch (IOException e) {
        isMeant(e);
      }
    }
    assertThat(loaded).isBetween(1, 2_999);
  }

  // ---- Strings that would forge lines of a log ------------------------------------------------

  private static final String HOSTILE = "x\n\r\t\b\u001b[31m\u0085\u2028\u202e\u0007\u007f\0";

  static Stream<Consumer<Map<String, byte[]>>> hostileStrings() {
    return Stream.of(
        put("class_name", text(HOSTILE.replace("\0", ""))),
        put("class_name", text(HOSTILE)),
        put("config", text(HOSTILE.replace("\0", ""))),
        put(HOSTILE, tensor(1)),
        put("slots/m/" + HOSTILE, tensor(1)),
        put("slots/m", npy("'" + HOSTILE + "'", "(5,)", 40)),
        put("slots/m", npy("'<f8'", "(5" + HOSTILE + ",)", 40)),
        put("slots/m", npy("'<f8', '" + HOSTILE + "': 1", "(5,)", 40)),
        config(c -> c.put(HOSTILE, 1.)),
        config(c -> c.put("use_ema", HOSTILE)),
        config(c -> c.put("learning_rate", HOSTILE)),
        config(c -> c.put("learning_rate", Map.of(HOSTILE, 1.))),
        schedule(s -> s.put("class_name", HOSTILE)),
        schedule(s -> s.put("config", HOSTILE)),
        schedule(s -> s.put("config", Map.of(HOSTILE, 1.))),
        schedule(s -> s.put("config", Map.of("name", HOSTILE))),
        build(b -> b.put(HOSTILE, List.of())),
        build(b -> b.put("tensors", HOSTILE)),
        build(b -> b.put("tensors", List.of(Map.of("name", HOSTILE)))),
        build(b -> b.put("tensors", List.of(Map.of("name", HOSTILE, "shape", List.of(1L))))),
        build(b -> b.put("exclude_names", List.of("[" + HOSTILE))),
        build(b -> b.put("exclude_names", List.of("\\p{" + HOSTILE + "}"))),
        build(b -> b.put("exclude_names", List.of("(?<" + HOSTILE + ">a)"))),
        build(b -> b.put("exclude_numbers", List.of(HOSTILE))),
        build(b -> b.put("constraints", HOSTILE)),
        build(b -> b.put("constraints", List.of(HOSTILE))),
        constraint(c -> c.put(HOSTILE, 1L)),
        constraint(c -> c.put("pattern", "(" + HOSTILE)),
        constraint(c -> c.put("shape", List.of(HOSTILE))),
        constraint(c -> c.put("constraint", HOSTILE)),
        constraint(c -> map(c.get("constraint")).put("class_name", HOSTILE)),
        constraint(c -> map(c.get("constraint")).put("config", Map.of(HOSTILE, 1.))),
        constraint(c -> map(c.get("constraint")).put("config", Map.of("axis", HOSTILE))));
  }

  @ParameterizedTest
  @MethodSource("hostileStrings")
  void escapesWhatAFileSays(Consumer<Map<String, byte[]>> mutation) throws IOException {
    AdamW adamW =
        AdamW.builder()
            .learningRate(PolynomialDecay.builder().initialLearningRate(0.1).decaySteps(9.).build())
            .build();
    adamW.build(TensorSpec.of("kernel", 2), TensorSpec.of("bias", 3));
    adamW.excludeFromWeightDecay("bias");
    adamW.excludeFromWeightDecay(1);
    adamW.constrain("kernel", MaxNorm.of(2.));
    adamW.applyGradients(PARAMETERS, Bits.copy(PARAMETERS));
    Map<String, byte[]> entries = entries(adamW);
    mutation.accept(entries);

    assertThatThrownBy(() -> read(zip(entries)))
        .isExactlyInstanceOf(IOException.class)
        .satisfies(HostileFileTest::isMeant)
        .satisfies(
            e ->
                assertThat(e.getMessage().codePoints())
                    .as(e.getMessage())
                    .noneMatch(
                        character ->
                            Character.isISOControl(character)
                                || character == '\u2028'
                                || character == '\u202e'));
  }

  private static void assertRejected(byte[] bytes, String message) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot read checkpoint: " + message);
  }

  private static Checkpoint read(byte[] bytes) throws IOException {
    return Checkpoint.read(new ByteArrayInputStream(bytes));
  }

  /** Rejected by a check, not by what happens to fail on wrong data. */
  private static void isMeant(Throwable rejection) {
    assertThat(rejection.getCause().getClass())
        .isIn(IOException.class, IllegalArgumentException.class);
  }

  // ---- What the files are made of -------------------------------------------------------------

  /** The entries of Adam after a step over tensors of two and three elements. */
  private static Map<String, byte[]> good() throws IOException {
    return entries(adam());
  }

  private static Optimizer adam() {
    Optimizer adam = Adam.builder().clipnorm(1.).build();
    adam.applyGradients(new double[][] {{0.5, -0.5}, {1., 2., 3.}}, Bits.copy(PARAMETERS));
    return adam;
  }

  private static Map<String, byte[]> entries(Optimizer optimizer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Checkpoint.write(bytes, optimizer, PARAMETERS);
    return unzip(bytes.toByteArray());
  }

  // ---- What is done to them, and what is said of it -------------------------------------------

  private static Arguments wrong(Consumer<Map<String, byte[]>> mutation, String message) {
    return arguments(mutation, message);
  }

  private static Consumer<Map<String, byte[]>> put(String name, byte[] array) {
    return entries -> entries.put(name, array);
  }

  /** A mutation that the number of entries says nothing against. */
  private static Consumer<Map<String, byte[]>> counted(Consumer<Map<String, byte[]>> mutation) {
    return mutation.andThen(entries -> entries.put("entries", i8(entries.size())));
  }

  private static Consumer<Map<String, byte[]>> config(Consumer<Map<String, Object>> mutation) {
    return entries -> {
      byte[] array = entries.get("config");
      String json = new String(array, 128, array.length - 128, UTF_32);
      Map<String, Object> config;
      try {
        config = Json.read("config", json);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      mutation.accept(config);
      entries.put("config", text(Json.write("config", config)));
    };
  }

  private static Consumer<Map<String, byte[]>> schedule(Consumer<Map<String, Object>> mutation) {
    return config(config -> mutation.accept(map(config.get("learning_rate"))));
  }

  private static Consumer<Map<String, byte[]>> build(Consumer<Map<String, Object>> mutation) {
    return config(config -> mutation.accept(map(config.get("build_config"))));
  }

  private static Consumer<Map<String, byte[]>> constraint(Consumer<Map<String, Object>> mutation) {
    return build(b -> mutation.accept(map(((List<?>) b.get("constraints")).get(0))));
  }

  @SuppressWarnings("unchecked") // which JSON has alone
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static String mustBe(String name, String expected, String actual) {
    return "entry \"" + name + "\" must be " + expected + ", got " + actual;
  }

  private static String doesNotBelong(String name) {
    return "entry \"" + name + "\" does not belong in a checkpoint";
  }

  private static String needsLengths(String name) {
    return "entry \"%s\" must have its lengths before it, as entry \"%s/lengths\""
        .formatted(name, name);
  }

  private static String rate(String actual) {
    return "lr must be a finite number >= 0, got " + actual;
  }
}
