package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A state and parameters as the entries of a {@link Checkpoint}, whose Javadoc has the format: made
 * of a state, checked before one is written, or read from a file, of which nothing is trusted.
 */
final class CheckpointEntries {
  private static final long FORMAT_VERSION = 2;

  /** Deeper than any configuration, and less deep than a stack. */
  private static final int MAX_DEPTH = 32;

  /** As many as the reader takes. */
  private static final int MAX_CHARACTERS = 99_999;

  private static final String NAME = Text.NAME;
  private static final Pattern CONFIG =
      Pattern.compile("(config(?:/" + NAME + "){0," + (MAX_DEPTH - 1) + "})/(" + NAME + ")");
  private static final Pattern SCALAR = Pattern.compile("scalars/(" + NAME + ")");
  private static final Pattern SLOT = Pattern.compile("slots/" + NAME);
  private static final Pattern TENSOR =
      Pattern.compile("(slots/" + NAME + "|parameters)/(0|[1-9][0-9]{0,8})");
  private static final Pattern OTHER =
      Pattern.compile("format_version|entries|class_name|iterations");

  // Empty arrays stand for what is neither a number nor a string; EMPTY also for no tensors.
  private static final boolean[] NULL = {};
  private static final long[] LIST = {};
  private static final double[] MAP = {};
  private static final double[] EMPTY = {};

  private final OptimizerState state;
  private final double[][] parameters;

  private CheckpointEntries(OptimizerState state, double[][] parameters) {
    this.state = state;
    this.parameters = parameters;
  }

  OptimizerState state() {
    return state;
  }

  double[][] parameters() {
    return parameters;
  }

  // ---- Made -----------------------------------------------------------------------------------

  /**
   * The entries by name, in the file's order, with the very arrays of the state.
   *
   * @throws IllegalArgumentException if the class has no name, or a name or a value cannot be saved
   */
  static Map<String, Object> of(OptimizerState state, double[]... parameters) {
    if (state.className().isEmpty()) {
      throw new IllegalArgumentException(
          "optimizer must be of a class with a name, got an anonymous one");
    }
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("format_version", FORMAT_VERSION);
    entries.put("entries", 0L); // in its place; counted at the end
    putValue(entries, "class_name", state.className());
    state
        .config()
        .forEach(
            (name, value) -> putValue(entries, child("config", "hyperparameter", name), value));
    entries.put("iterations", state.iterations());
    state.scalars().forEach((name, value) -> entries.put(child("scalars", "scalar", name), value));
    state
        .slots()
        .forEach(
            (name, tensors) -> {
              String slot = child("slots", "slot", name);
              if (tensors.length == 0) {
                entries.put(slot, EMPTY);
              }
              putTensors(entries, slot, tensors);
            });
    putTensors(entries, "parameters", parameters);
    entries.put("entries", (long) entries.size());
    return entries;
  }

  private static void putTensors(Map<String, Object> entries, String name, double[][] tensors) {
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      entries.put(name + "/" + tensor, tensors[tensor]);
    }
  }

  private static void putValue(Map<String, Object> entries, String name, Object value) {
    if (value == null) {
      entries.put(name, NULL);
    } else if (value instanceof Boolean || value instanceof Double) {
      entries.put(name, value);
    } else if (value instanceof Long || value instanceof Integer) {
      entries.put(name, ((Number) value).longValue());
    } else if (value instanceof String) {
      entries.put(name, checkText(name, (String) value));
    } else if (value instanceof List) {
      entries.put(name, LIST);
      int index = 0;
      for (Object element : (List<?>) value) {
        putValue(entries, child(name, "element", String.valueOf(index++)), element);
      }
    } else if (value instanceof Map) {
      entries.put(name, MAP);
      ((Map<?, ?>) value)
          .forEach((key, element) -> putValue(entries, child(name, "key", key), element));
    } else {
      throw new IllegalArgumentException(
          format(
              "%s to be saved must be null, a Double, Long, Integer, Boolean or String,"
                  + " or a list or map of such, got %s",
              Text.quote(name), Hyperparameters.describe(value)));
    }
  }

  /** The name of an entry below another. */
  private static String child(String parent, String what, Object name) {
    if (!(name instanceof String) || !((String) name).matches(NAME)) {
      throw new IllegalArgumentException(
          format(
              "%s to be saved must have a name of letters, digits and _.-,"
                  + " not beginning with . or -, at most 100, got %s",
              what,
              name instanceof String ? Text.quote((String) name) : Hyperparameters.describe(name)));
    }
    String child = parent + "/" + name;
    if (child.chars().filter(character -> character == '/').count() > MAX_DEPTH) {
      throw new IllegalArgumentException(
          format(
              "config to be saved must not be nested deeper than %d, got %s",
              MAX_DEPTH, Text.quote(child)));
    }
    return child;
  }

  private static String checkText(String name, String text) {
    if (text.length() > MAX_CHARACTERS || !text.codePoints().allMatch(Text::isCharacter)) {
      throw new IllegalArgumentException(
          format(
              "%s to be saved must be at most %d characters, none of them NUL or half a pair,"
                  + " got %s",
              Text.quote(name), MAX_CHARACTERS, Text.quote(text)));
    }
    return text;
  }

  // ---- Read -----------------------------------------------------------------------------------

  /** What entries say, all of which must belong to it. */
  static CheckpointEntries read(Map<String, Object> entries) throws IOException {
    checkVersion(entries);
    Map<String, Map<String, Object>> config = new LinkedHashMap<>(); // names and values by parent
    Map<String, Double> scalars = new LinkedHashMap<>();
    Map<String, SortedMap<Integer, double[]>> tensors = new LinkedHashMap<>();
    for (String name : entries.keySet()) {
      Matcher hyperparameter = CONFIG.matcher(name);
      Matcher scalar = SCALAR.matcher(name);
      Matcher tensor = TENSOR.matcher(name);
      if (hyperparameter.matches()) {
        config
            .computeIfAbsent(hyperparameter.group(1), parent -> new LinkedHashMap<>())
            .put(hyperparameter.group(2), entries.get(name));
      } else if (scalar.matches()) {
        scalars.put(scalar.group(1), get(entries, name, Double.class));
      } else if (tensor.matches()) {
        tensors
            .computeIfAbsent(tensor.group(1), group -> new TreeMap<>())
            .put(Integer.valueOf(tensor.group(2)), get(entries, name, double[].class));
      } else if (SLOT.matcher(name).matches() && isEmpty(entries.get(name))) {
        tensors.computeIfAbsent(name, group -> new TreeMap<>());
      } else if (!OTHER.matcher(name).matches()) {
        throw doesNotBelong(name);
      }
    }
    Map<String, double[][]> slots = new LinkedHashMap<>();
    double[][] parameters = {};
    for (Map.Entry<String, SortedMap<Integer, double[]>> group : tensors.entrySet()) {
      double[][] arrays = withoutGaps(group.getKey(), group.getValue());
      if (group.getKey().equals("parameters")) {
        parameters = arrays;
      } else {
        slots.put(group.getKey().substring("slots/".length()), arrays);
      }
    }
    String className = get(entries, "class_name", String.class);
    long iterations = get(entries, "iterations", Long.class);
    long count = get(entries, "entries", Long.class);
    if (count != entries.size()) {
      throw new IOException(
          format("must hold %d entries, as it says, got %d", count, entries.size()));
    }
    Map<String, Object> hyperparameters = readMap("config", config);
    for (Map.Entry<String, Map<String, Object>> orphans : config.entrySet()) {
      throw doesNotBelong(orphans.getKey() + "/" + orphans.getValue().keySet().iterator().next());
    }
    return new CheckpointEntries(
        new OptimizerState(className, hyperparameters, iterations, slots, scalars), parameters);
  }

  private static void checkVersion(Map<String, Object> entries) throws IOException {
    long version = get(entries, "format_version", Long.class);
    if (version < 1 || version > FORMAT_VERSION) {
      throw new IOException(
          format(
              "format_version must be from 1 to %d, those that this library reads, got %d",
              FORMAT_VERSION, version));
    }
  }

  /** A value of the configuration; takes what lies below it out of the map. */
  private static Object readValue(
      String name, Object entry, Map<String, Map<String, Object>> children) throws IOException {
    if (entry instanceof boolean[]) {
      return null;
    }
    if (entry instanceof long[]) {
      Map<String, Object> elements = readMap(name, children);
      List<Object> list = new ArrayList<>();
      while (list.size() < elements.size()) {
        String index = String.valueOf(list.size());
        if (!elements.containsKey(index)) {
          throw isMissing(name + "/" + index);
        }
        list.add(elements.get(index));
      }
      return list;
    }
    if (isEmpty(entry)) {
      return readMap(name, children);
    }
    if (entry instanceof double[]) {
      throw new IOException(
          "entry " + Text.quote(name) + " must be one value or empty, got a float64 array");
    }
    return entry;
  }

  private static Map<String, Object> readMap(String name, Map<String, Map<String, Object>> children)
      throws IOException {
    Map<String, Object> map = children.getOrDefault(name, new LinkedHashMap<>());
    children.remove(name);
    for (Map.Entry<String, Object> entry : map.entrySet()) {
      entry.setValue(readValue(name + "/" + entry.getKey(), entry.getValue(), children));
    }
    return map;
  }

  private static boolean isEmpty(Object entry) {
    return entry instanceof double[] && ((double[]) entry).length == 0;
  }

  private static double[][] withoutGaps(String name, SortedMap<Integer, double[]> tensors)
      throws IOException {
    int next = 0;
    for (int index : tensors.keySet()) {
      if (index != next) {
        throw isMissing(name + "/" + next);
      }
      next++;
    }
    return tensors.values().toArray(new double[0][]);
  }

  private static <T> T get(Map<String, Object> entries, String name, Class<T> type)
      throws IOException {
    Object value = entries.get(name);
    if (value == null) {
      throw isMissing(name);
    }
    if (!type.isInstance(value)) {
      throw new IOException(
          format(
              "entry %s must be %s, got %s",
              Text.quote(name), describe(type), describe(value.getClass())));
    }
    return type.cast(value);
  }

  private static IOException isMissing(String name) {
    return new IOException("entry " + Text.quote(name) + " is missing");
  }

  private static IOException doesNotBelong(String name) {
    return new IOException("entry " + Text.quote(name) + " does not belong in a checkpoint");
  }

  /** A type as a reader of NumPy knows it. */
  private static String describe(Class<?> type) {
    if (type.isArray()) {
      return type == double[].class
          ? "a float64 array"
          : type == long[].class ? "an int64 array" : "a bool array";
    }
    if (type == Double.class) {
      return "a float64 number";
    }
    if (type == Long.class) {
      return "an int64 number";
    }
    return type == Boolean.class ? "a bool" : "a string";
  }
}
