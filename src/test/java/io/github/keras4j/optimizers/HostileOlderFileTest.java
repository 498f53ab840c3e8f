package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.OlderFormat.LIST;
import static io.github.keras4j.optimizers.OlderFormat.MAP;
import static io.github.keras4j.optimizers.OlderFormat.NULL;
import static io.github.keras4j.optimizers.storage.Archives.bool;
import static io.github.keras4j.optimizers.storage.Archives.f8;
import static io.github.keras4j.optimizers.storage.Archives.i8;
import static io.github.keras4j.optimizers.storage.Archives.i8s;
import static io.github.keras4j.optimizers.storage.Archives.npy;
import static io.github.keras4j.optimizers.storage.Archives.tensor;
import static io.github.keras4j.optimizers.storage.Archives.text;
import static io.github.keras4j.optimizers.storage.Archives.zip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.support.Contents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of format 2 that are not whole checkpoints, each rejected for what is wrong with it. */
class HostileOlderFileTest {
  // ---- Entries that are wrong -----------------------------------------------------------------

  static Stream<Arguments> entries() {
    String version = "format_version must be from 1 to 3, those that this library reads, got ";
    String uncounted = "must hold 17 entries, as it says, got 16";
    return Stream.of(
        wrong(
            put("format_version", i8(3)),
            "entry \"config/clipnorm\" does not belong in a checkpoint"),
        wrong(put("format_version", i8(4)), version + 4),
        wrong(put("format_version", i8(0)), version + 0),
        wrong(e -> e.remove("format_version"), "entry \"format_version\" is missing"),
        wrong(e -> e.remove("class_name"), "entry \"class_name\" is missing"),
        wrong(e -> e.remove("iterations"), "entry \"iterations\" is missing"),
        wrong(e -> e.remove("entries"), "entry \"entries\" is missing"),
        wrong(e -> e.remove("config/clipnorm"), uncounted),
        wrong(e -> e.remove("slots/v/1"), uncounted),
        wrong(e -> e.remove("parameters/1"), uncounted),
        wrong(e -> e.remove("slots/m/0"), "entry \"slots/m/0\" is missing"),
        wrong(
            counted(e -> e.keySet().removeIf(name -> name.startsWith("slots/v"))),
            "state must have 2 tensors in slot v, got 0"),
        wrong(
            counted(e -> e.keySet().removeIf(name -> name.startsWith("slots"))),
            "state must have tensors in slots [m, v], since iterations is 1, got 0"),
        wrong(
            counted(e -> e.remove("config/decay")),
            "state must have hyperparameters [amsgrad, beta_1, beta_2, clipnorm, decay, epsilon, lr],"
                + " got \"[amsgrad, beta_1, beta_2, clipnorm, epsilon, lr]\""),
        wrong(
            counted(e -> e.remove("parameters/1")),
            "parameters must hold 2 tensors, as before, got 1"),
        wrong(put("note", i8(1)), "entry \"note\" does not belong in a checkpoint"),
        wrong(
            counted(put("config/a/b", f8(1))),
            "entry \"config/a/b\" does not belong in a checkpoint"),
        wrong(
            counted(put("config/lr/b", f8(1))),
            "entry \"config/lr/b\" does not belong in a checkpoint"),
        wrong(put("slots/m", tensor(1)), "entry \"slots/m\" does not belong in a checkpoint"),
        wrong(
            put("config" + "/a".repeat(33), f8(1)),
            "entry \"config" + "/a".repeat(33) + "\" does not belong in a checkpoint"),
        wrong(
            put("a/".repeat(30_000) + "a", tensor(2)),
            "entry \"" + "a/".repeat(40) + "\"... does not belong in a checkpoint"),
        wrong(put("slots/m/01", tensor(2)), "entry \"slots/m/01\" does not belong in a checkpoint"),
        wrong(put("parameters/999999999", tensor(2)), "entry \"parameters/2\" is missing"),
        wrong(
            counted(e -> e.putAll(Map.of("slots/w/0", tensor(2), "slots/w/1", tensor(3)))),
            "state must have slots [m, v], got \"[m, v, w]\""),
        wrong(counted(e -> e.put("scalars/s", f8(1))), "state must have scalars [], got \"[s]\""),
        wrong(
            counted(e -> e.put("config/rho", f8(1))),
            "unknown hyperparameter \"rho\" for Adam, known are amsgrad, beta_1, beta_2, clipnorm,"
                + " clipvalue, decay, epsilon, error_if_non_finite, lr"),
        wrong(
            put("class_name", text("No\nbody")),
            "unknown optimizer \"No\\u000abody\", known are "
                + String.join(", ", Optimizers.names())),
        wrong(put("class_name", text("adam")), "state must have class Adam, got \"adam\""),
        wrong(put("class_name", text(" ")), "class_name must be a name, got \" \""),
        wrong(put("class_name", text("\0\0")), "class_name must be a name, got \"\""),
        wrong(
            put("class_name", i8(1)), "entry \"class_name\" must be a string, got an int64 number"),
        wrong(put("class_name", LIST), "entry \"class_name\" must be a string, got an int64 array"),
        wrong(
            put("iterations", text("2")),
            "entry \"iterations\" must be an int64 number, got a string"),
        wrong(put("entries", bool(1)), "entry \"entries\" must be an int64 number, got a bool"),
        wrong(
            put("format_version", f8(1)),
            "entry \"format_version\" must be an int64 number, got a float64 number"),
        wrong(put("iterations", i8(-1)), "iterations must be from 0 to 2^53, got -1"),
        wrong(put("config/lr", f8(Double.NaN)), "lr must be a finite number >= 0, got NaN"),
        wrong(put("config/lr", bool(1)), "lr must be a finite number >= 0, got true"),
        wrong(put("config/lr", text("x")), "lr must be a finite number >= 0, got \"x\""),
        wrong(put("config/lr", NULL), "lr must be a finite number >= 0, got null"),
        wrong(
            put("config/lr", LIST),
            "lr must be a finite number >= 0, got a value of class ArrayList"),
        wrong(
            put("config/lr", MAP),
            "lr must be a finite number >= 0, got a value of class LinkedHashMap"),
        wrong(put("config/lr", tensor(1)), "entry \"config/lr\" must be one value or empty"),
        wrong(put("config/lr", i8s(1)), "entry \"config/lr\" must be one value or empty"),
        wrong(
            counted(e -> e.putAll(Map.of("config/lr", LIST, "config/lr/1", i8(1)))),
            "entry \"config/lr/0\" is missing"),
        wrong(
            counted(e -> e.putAll(Map.of("config/lr", NULL, "config/lr/0", i8(1)))),
            "entry \"config/lr/0\" does not belong in a checkpoint"),
        wrong(
            put("slots/m/0", f8(1)),
            "entry \"slots/m/0\" must be a float64 array, got a float64 number"),
        wrong(
            put("slots/m/0", NULL),
            "entry \"slots/m/0\" must be a float64 array, got a bool array"),
        wrong(
            put("slots/v/0", tensor(1)), "state must have 2 elements in slot v of tensor 0, got 1"),
        wrong(
            put("parameters/0", tensor(9)), "parameters[0] must have 2 elements, as before, got 9"),
        wrong(
            put("slots/m/0", npy("'<i8'", "(2,)", 16)),
            "entry \"slots/m/0\" must be a float64 array, got an int64 array"),
        wrong(
            entries -> addFirst(entries, "parameters/0/lengths", i8s(1, 1)),
            "entry \"parameters/0/lengths\" does not belong in a checkpoint"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("entries")
  void rejectsWrongEntries(Consumer<Map<String, byte[]>> mutation, String message)
      throws IOException {
    Map<String, byte[]> entries = good();
    mutation.accept(entries);
    assertRejected(zip(entries), message);
  }

  /** What the table begins with is good, so that each rejection is for what is changed. */
  @Test
  void loadsTheFileThatIsNotWrong() throws IOException {
    Checkpoint saved = Checkpoint.read(new ByteArrayInputStream(zip(good())));

    assertThat(Contents.of(saved)).isEqualTo(Contents.of(adam(), PARAMETERS));
  }

  private static void assertRejected(byte[] bytes, String message) {
    assertThatThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(bytes)))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot read checkpoint: " + message);
  }

  /** Rejected by a check, not by what happens to fail on wrong data. */
  private static void isMeant(Throwable rejection) {
    assertThat(rejection.getCause().getClass())
        .isIn(IOException.class, IllegalArgumentException.class);
  }

  // ---- What the files are made of -------------------------------------------------------------

  private static final double[][] PARAMETERS = {{1., 2.}, {3., 4., 5.}};

  /** The entries of Adam after a step over tensors of two and three elements. */
  private static Map<String, byte[]> good() {
    return OlderFormat.entries(adam().getState(), PARAMETERS);
  }

  private static Optimizer adam() {
    Optimizer adam = Adam.builder().clipnorm(1.).build();
    adam.applyGradients(new double[][] {{0.5, -0.5}, {1., 2., 3.}}, Bits.copy(PARAMETERS));
    return adam;
  }

  // ---- What is done to them -------------------------------------------------------------------

  private static Arguments wrong(Consumer<Map<String, byte[]>> mutation, String message) {
    return arguments(mutation, message);
  }

  private static Consumer<Map<String, byte[]>> put(String name, byte[] array) {
    return entries -> entries.put(name, array);
  }

  private static void addFirst(Map<String, byte[]> entries, String name, byte[] array) {
    Map<String, byte[]> others = new LinkedHashMap<>(entries);
    entries.clear();
    entries.put(name, array);
    entries.putAll(others);
  }

  /** A mutation that the number of entries says nothing against. */
  private static Consumer<Map<String, byte[]>> counted(Consumer<Map<String, byte[]>> mutation) {
    return mutation.andThen(entries -> entries.put("entries", i8(entries.size())));
  }
}
