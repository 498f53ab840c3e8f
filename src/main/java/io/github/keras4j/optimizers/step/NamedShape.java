package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The name and the shape of a tensor, both checked. */
public record NamedShape(String name, int... shape) {
  public NamedShape {
    checkArgument(
        name != null && !name.isBlank(),
        "name of a tensor must not be blank, got %s",
        Text.describe(name));
    checkArgument(shape != null, "shape must be an array of dimensions, got null");
    shape = shape.clone();
    requireDimensions(shape);
    long length = 1;
    for (int dimension : shape) {
      // A dimension of 0 hides no others: factors of a shape have separate elements.
      length = Math.min(length * Math.max(1, dimension), 1L << 31);
    }
    checkArgument(
        length <= Integer.MAX_VALUE,
        "shape must have at most 2^31 - 1 elements, got %s",
        Arrays.toString(shape));
  }

  static void requireDimensions(int... shape) {
    checkArgument(
        Arrays.stream(shape).allMatch(dimension -> dimension >= 0),
        "shape must have dimensions of at least 0, got %s",
        Arrays.toString(shape));
  }

  /** How many elements one index of the dimensions before this one selects. */
  public static int elements(int[] shape, int from) {
    int elements = 1;
    for (int dimension = from; dimension < shape.length; dimension++) {
      elements *= shape[dimension];
    }
    return elements;
  }

  public int length() {
    return elements(shape, 0);
  }

  @Override
  public String toString() {
    return Text.quote(name) + Arrays.toString(shape);
  }

  // ---- In a configuration ---------------------------------------------------------------------

  Map<String, Object> config() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", name);
    config.put("shape", Arrays.stream(shape).mapToObj(Long::valueOf).toList());
    return config;
  }

  static NamedShape of(Object config) {
    String allowed = "a list of maps of name and shape";
    Map<?, ?> map = Text.require(Specs.TENSORS, config, Map.class, allowed);
    for (Object key : map.keySet()) {
      if (!List.of("name", "shape").contains(String.valueOf(key))) {
        throw Text.mismatch(Specs.TENSORS, allowed, key);
      }
    }
    List<?> shape = Text.require("shape", map.get("shape"), List.class, "a list of whole numbers");
    return new NamedShape(
        Text.require("name", map.get("name"), String.class, "a string"),
        shape.stream().mapToInt(dimension -> Text.wholeNumber("shape", dimension)).toArray());
  }
}
