package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.storage.Archives;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checkpoints in format 2, which the library reads, but does not write any more. */
final class OlderFormat {
  static final byte[] NULL = Archives.npy("'|b1'", "(0,)", 0);
  static final byte[] LIST = Archives.npy("'<i8'", "(0,)", 0);
  static final byte[] MAP = Archives.npy("'<f8'", "(0,)", 0);

  private OlderFormat() {}

  /** What a file of format 2 has in its archive, by name. */
  static Map<String, byte[]> entries(OptimizerState state, double[]... parameters) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("format_version", Archives.i8(2));
    entries.put("entries", Archives.i8(0)); // in its place
    entries.put("class_name", Archives.text(state.className()));
    state.config().forEach((name, value) -> put(entries, "config/" + name, value));
    entries.put("iterations", Archives.i8(state.iterations()));
    state.scalars().forEach((name, value) -> entries.put("scalars/" + name, Archives.f8(value)));
    state
        .slots()
        .forEach(
            (name, tensors) -> {
              if (tensors.length == 0) {
                entries.put("slots/" + name, Archives.f8s());
              }
              put(entries, "slots/" + name, tensors);
            });
    put(entries, "parameters", parameters);
    entries.put("entries", Archives.i8(entries.size()));
    return entries;
  }

  private static void put(Map<String, byte[]> entries, String name, double[][] tensors) {
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      entries.put(name + "/" + tensor, Archives.f8s(tensors[tensor]));
    }
  }

  private static void put(Map<String, byte[]> entries, String name, Object value) {
    if (value == null) {
      entries.put(name, NULL);
    } else if (value instanceof Boolean flag) {
      entries.put(name, Archives.bool(flag ? 1 : 0));
    } else if (value instanceof Double number) {
      entries.put(name, Archives.f8(number));
    } else if (value instanceof Number integer) {
      entries.put(name, Archives.i8(integer.longValue()));
    } else if (value instanceof String text) {
      entries.put(name, Archives.text(text.isEmpty() ? "\0" : text));
    } else if (value instanceof List<?> list) {
      entries.put(name, LIST);
      for (int i = 0; i < list.size(); i++) {
        put(entries, name + "/" + i, list.get(i));
      }
    } else {
      entries.put(name, MAP);
      ((Map<?, ?>) value).forEach((key, element) -> put(entries, name + "/" + key, element));
    }
  }
}
