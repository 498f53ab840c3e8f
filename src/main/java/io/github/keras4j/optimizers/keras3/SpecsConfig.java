package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Text.require;
import static io.github.keras4j.optimizers.text.Text.wholeNumber;

import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names and shapes in a configuration. */
final class SpecsConfig {
  static final String KEY = "tensors";

  private SpecsConfig() {}

  static List<Map<String, Object>> of(List<TensorSpec> specs) {
    List<Map<String, Object>> tensors = new ArrayList<>();
    for (TensorSpec spec : specs) {
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("name", spec.name());
      tensor.put("shape", Arrays.stream(spec.shape()).mapToObj(Long::valueOf).toList());
      tensors.add(tensor);
    }
    return tensors;
  }

  static TensorSpec specOf(Object tensor) {
    Map<?, ?> map = require(KEY, tensor, Map.class, "a list of maps of name and shape");
    for (Object key : map.keySet()) {
      if (!Set.of("name", "shape").contains(String.valueOf(key))) {
        throw Text.mismatch(KEY, "a list of maps of name and shape", key);
      }
    }
    List<?> shape = require("shape", map.get("shape"), List.class, "a list of whole numbers");
    return new TensorSpec(
        require("name", map.get("name"), String.class, "a string"),
        shape.stream().mapToInt(dimension -> wholeNumber("shape", dimension)).toArray());
  }

  /** Null and an empty list stand for all rows and for none. */
  static void requireUntouched(List<?> touched) {
    for (Object rows : touched) {
      checkArgument(
          rows == null || rows instanceof List && ((List<?>) rows).isEmpty(),
          "build_config must be without touched_rows, got some: the state is from within a"
              + " gradient accumulation with lazyRows, which this version does not go on with;"
              + " take one from after an update");
    }
  }
}
