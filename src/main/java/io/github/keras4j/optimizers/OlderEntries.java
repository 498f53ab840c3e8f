package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.CheckpointEntries.doesNotBelong;
import static io.github.keras4j.optimizers.CheckpointEntries.get;
import static io.github.keras4j.optimizers.CheckpointEntries.isMissing;
import static io.github.keras4j.optimizers.text.Errors.unreadable;

import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The entries of format versions 1 and 2: one for each array, as {@code slots/m/0} and {@code
 * parameters/0}, and one for each value of the configuration, as {@code config/lr}. There an empty
 * array of bool is a null, one of int64 a list with the elements {@code config/x/0} and so on, and
 * one of float64 a map with the values {@code config/x/KEY}. An empty {@code slots/m} is a slot
 * before the first step. Version 1 has neither these empty arrays nor strings.
 */
final class OlderEntries {
  /** Deeper than any configuration, and less deep than a stack. */
  private static final int MAX_DEPTH = 32;

  private static final String NAME = Text.NAME;
  private static final Pattern CONFIG =
      Pattern.compile("(config(?:/" + NAME + "){0," + (MAX_DEPTH - 1) + "})/(" + NAME + ")");
  private static final Pattern SCALAR = Pattern.compile("scalars/(" + NAME + ")");
  private static final Pattern SLOT = Pattern.compile("slots/" + NAME);
  private static final Pattern TENSOR =
      Pattern.compile("(slots/" + NAME + "|parameters)/(0|[1-9][0-9]{0,8})");
  private static final Pattern OTHER =
      Pattern.compile("format_version|entries|class_name|iterations");

  private OlderEntries() {}

  static CheckpointEntries read(Map<String, Object> entries) throws IOException {
    Map<String, Map<String, Object>> config = new LinkedHashMap<>(); // names and values by parent
    Map<String, Double> scalars = new LinkedHashMap<>();
    Map<String, Map<String, double[]>> tensors = new LinkedHashMap<>();
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
            .computeIfAbsent(tensor.group(1), group -> new LinkedHashMap<>())
            .put(tensor.group(2), get(entries, name, double[].class));
      } else if (SLOT.matcher(name).matches() && isEmptyDoubles(entries.get(name))) {
        tensors.computeIfAbsent(name, group -> new LinkedHashMap<>());
      } else if (!OTHER.matcher(name).matches()) {
        throw doesNotBelong(name);
      }
    }
    Map<String, double[][]> slots = new LinkedHashMap<>();
    Map<String, double[]> ofParameters = tensors.remove("parameters");
    double[][] parameters =
        ofParameters == null ? new double[0][] : arrays("parameters", ofParameters);
    for (Map.Entry<String, Map<String, double[]>> slot : tensors.entrySet()) {
      slots.put(slot.getKey().substring("slots/".length()), arrays(slot.getKey(), slot.getValue()));
    }
    Map<String, Object> hyperparameters = readMap("config", config);
    for (Map.Entry<String, Map<String, Object>> orphans : config.entrySet()) {
      throw doesNotBelong(orphans.getKey() + "/" + orphans.getValue().keySet().iterator().next());
    }
    return CheckpointEntries.of(entries, hyperparameters, slots, scalars, parameters);
  }

  /** A value of the configuration; takes what lies below it out of the map. */
  private static Object readValue(
      String name, Object entry, Map<String, Map<String, Object>> children) throws IOException {
    if (entry instanceof boolean[]) {
      return null;
    }
    if (entry instanceof long[] integers && integers.length == 0) {
      return inOrder(name, readMap(name, children));
    }
    if (isEmptyDoubles(entry)) {
      return readMap(name, children);
    }
    if (entry.getClass().isArray()) {
      throw unreadable("entry %s must be one value or empty", Text.quote(name));
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

  private static boolean isEmptyDoubles(Object entry) {
    return entry instanceof double[] numbers && numbers.length == 0;
  }

  private static double[][] arrays(String name, Map<String, double[]> byNumber) throws IOException {
    return inOrder(name, byNumber).toArray(new double[0][]);
  }

  /** What has the numbers from 0 on. */
  private static <T> List<T> inOrder(String name, Map<String, T> byNumber) throws IOException {
    List<T> list = new ArrayList<>();
    while (list.size() < byNumber.size()) {
      String number = String.valueOf(list.size());
      if (!byNumber.containsKey(number)) {
        throw isMissing(name + "/" + number);
      }
      list.add(byNumber.get(number));
    }
    return list;
  }
}
