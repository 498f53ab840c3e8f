package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.storage.Json;
import io.github.keras4j.optimizers.storage.NpzReader;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A state and parameters as the entries of a {@link Checkpoint}, whose Javadoc has the format: made
 * of a state, checked before one is written, or read from a file, of which nothing is trusted.
 */
record CheckpointEntries(OptimizerState state, double[][] parameters) {
  private static final long FORMAT_VERSION = 3;
  private static final String NAME = Text.NAME;
  private static final Pattern SCALAR = Pattern.compile("scalars/(" + NAME + ")");
  private static final Pattern SLOT = Pattern.compile("slots/(" + NAME + ")");
  private static final Pattern LENGTHS =
      Pattern.compile("(slots/" + NAME + "|parameters)" + NpzReader.LENGTHS);
  private static final Pattern OTHER =
      Pattern.compile("format_version|entries|class_name|config|iterations|parameters");

  /** Types as a reader of NumPy knows them. */
  private static final Map<Class<?>, String> TYPES =
      Map.of(
          double[].class, "a float64 array",
          double[][].class, "a float64 array",
          long[].class, "an int64 array",
          boolean[].class, "a bool array",
          Double.class, "a float64 number",
          Long.class, "an int64 number",
          Boolean.class, "a bool",
          String.class, "a string");

  // ---- Make -----------------------------------------------------------------------------------

  /**
   * The entries by name, in the file's order, with the very arrays of the state. Rejects a class
   * without a name, and a name or a value that cannot be saved.
   */
  static Map<String, Object> of(OptimizerState state, double[]... parameters) {
    String className = state.className();
    checkArgument(
        !className.isEmpty(), "optimizer must be of a class with a name, got an anonymous one");
    checkArgument(
        className.codePoints().allMatch(Text::isCharacter),
        "class_name to be saved must have no NUL and no half of a pair, got %s",
        Text.quote(className));
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("format_version", FORMAT_VERSION);
    entries.put("entries", 0L); // in its place; counted at the end
    entries.put("class_name", className);
    entries.put("config", Json.write("config", state.config()));
    entries.put("iterations", state.iterations());
    state.scalars().forEach((name, value) -> entries.put(nameOf("scalar", name), value));
    state.slots().forEach((name, arrays) -> put(entries, nameOf("slot", name), arrays));
    if (parameters.length > 0) {
      put(entries, "parameters", parameters);
    }
    entries.put("entries", (long) entries.size());
    return entries;
  }

  private static void put(Map<String, Object> entries, String name, double[][] arrays) {
    long[] lengths = Arrays.stream(arrays).mapToLong(array -> array.length).toArray();
    entries.put(name + NpzReader.LENGTHS, lengths); // first, as the reader needs them
    entries.put(name, arrays);
  }

  private static String nameOf(String what, String name) {
    Text.checkName(what + " to be saved", name);
    return what + "s/" + name;
  }

  // ---- Read -----------------------------------------------------------------------------------

  /** What entries say, all of which must belong to it. */
  static CheckpointEntries read(Map<String, Object> entries) throws IOException {
    long version = get(entries, "format_version", Long.class);
    if (version < 1 || version > FORMAT_VERSION) {
      throw unreadable(
          "format_version must be from 1 to %d, those that this library reads, got %d",
          FORMAT_VERSION, version);
    }
    CheckpointEntries read =
        version < FORMAT_VERSION ? OlderEntries.read(entries) : readNewest(entries);
    long count = get(entries, "entries", Long.class);
    if (count != entries.size()) {
      throw unreadable("must hold %d entries, as it says, got %d", count, entries.size());
    }
    return read;
  }

  private static CheckpointEntries readNewest(Map<String, Object> entries) throws IOException {
    Map<String, Double> scalars = new LinkedHashMap<>();
    Map<String, double[][]> slots = new LinkedHashMap<>();
    for (String name : entries.keySet()) {
      Matcher scalar = SCALAR.matcher(name);
      Matcher slot = SLOT.matcher(name);
      Matcher lengths = LENGTHS.matcher(name);
      if (scalar.matches()) {
        scalars.put(scalar.group(1), get(entries, name, Double.class));
      } else if (slot.matches()) {
        slots.put(slot.group(1), getArrays(entries, name));
      } else if (lengths.matches()) {
        get(entries, name, long[].class);
        getArrays(entries, lengths.group(1));
      } else if (!OTHER.matcher(name).matches()) {
        throw doesNotBelong(name);
      }
    }
    double[][] parameters =
        entries.containsKey("parameters") ? getArrays(entries, "parameters") : new double[0][];
    Map<String, Object> config = Json.read("config", get(entries, "config", String.class));
    return of(entries, config, slots, scalars, parameters);
  }

  /** What every version has in the same entries, and what else has been read. */
  static CheckpointEntries of(
      Map<String, Object> entries,
      Map<String, Object> config,
      Map<String, double[][]> slots,
      Map<String, Double> scalars,
      double[]... parameters)
      throws IOException {
    String className = get(entries, "class_name", String.class);
    long iterations = get(entries, "iterations", Long.class);
    return new CheckpointEntries(
        new OptimizerState(className, config, iterations, slots, scalars), parameters);
  }

  private static double[][] getArrays(Map<String, Object> entries, String name) throws IOException {
    if (entries.get(name) instanceof double[]) {
      throw unreadable(
          "entry %s must have its lengths before it, as entry %s",
          Text.quote(name), Text.quote(name + NpzReader.LENGTHS));
    }
    return get(entries, name, double[][].class);
  }

  static <T> T get(Map<String, Object> entries, String name, Class<T> type) throws IOException {
    Object value = entries.get(name);
    if (value == null) {
      throw isMissing(name);
    }
    if (!type.isInstance(value)) {
      throw unreadable(
          "entry %s must be %s, got %s",
          Text.quote(name), TYPES.get(type), TYPES.get(value.getClass()));
    }
    return type.cast(value);
  }

  static IOException isMissing(String name) {
    return unreadable("entry %s is missing", Text.quote(name));
  }

  static IOException doesNotBelong(String name) {
    return unreadable("entry %s does not belong in a checkpoint", Text.quote(name));
  }
}
