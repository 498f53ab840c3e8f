package io.github.keras4j.optimizers.constraints;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.configuration.Configurations;
import io.github.keras4j.optimizers.text.Spelling;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The arguments of a constraint as a configuration has them, read name by name. */
final class Arguments {
  private static final String AXES = "a whole number, a list of such, or null for all axes";

  private final String className;
  private final Map<String, Object> given;
  private final Set<String> known = new TreeSet<>();

  Arguments(String className, Map<String, ?> config) {
    checkArgument(
        config != null, "config must be a map from names of arguments to values, got null");
    Configurations.check(config);
    this.className = className;
    given = new LinkedHashMap<>(config);
  }

  double number(String name, double defaultValue) {
    known.add(name);
    Object value = given.containsKey(name) ? given.get(name) : defaultValue;
    return Text.require(name, value, Number.class, "a number").doubleValue();
  }

  /** {@code axis}: 0 where it is absent, null for all. */
  int[] axes() {
    known.add("axis");
    Object value = given.containsKey("axis") ? given.get("axis") : 0;
    if (value == null) {
      return null;
    }
    Object[] numbers = value instanceof List<?> list ? list.toArray() : new Object[] {value};
    if (numbers.length == 0) {
      throw Text.mismatch("axis", AXES, value);
    }
    return Arrays.stream(numbers).mapToInt(n -> Text.wholeNumber("axis", n, AXES)).toArray();
  }

  void requireNoMore() {
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw illegalArgument(
            "unknown argument %s for %s, known are %s%s",
            Text.quote(name),
            className,
            known.isEmpty() ? "none" : String.join(", ", known),
            Spelling.didYouMean(name, known));
      }
    }
  }
}
