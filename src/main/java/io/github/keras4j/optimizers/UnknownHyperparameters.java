package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.text.Spelling;
import io.github.keras4j.optimizers.text.Text;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a configuration is told about the names in it that no constructor reads. */
final class UnknownHyperparameters {
  private UnknownHyperparameters() {}

  static void reject(Map<String, Object> given, Set<String> known, String className) {
    given.forEach(
        (name, value) -> {
          boolean isOlder = name.equals("decay") && known.contains("learning_rate");
          if (isOlder && !known.contains(name)) {
            requireNoDecay(value);
          } else if (!known.contains(name)) {
            throw illegalArgument(
                "unknown hyperparameter %s for %s, known are %s%s",
                Text.quote(name), className, listed(known), hint(name, given.keySet(), known));
          }
        });
  }

  /** What is thrown where a name is absent, with one in its place that may be a slip. */
  static IllegalArgumentException missing(
      String name, String allowed, Set<String> given, Set<String> known) {
    for (String other : given) {
      if (!known.contains(other) && !Spelling.didYouMean(other, Set.of(name)).isEmpty()) {
        return illegalArgument(
            "%s must be %s, got nothing; did you mean it by %s?", name, allowed, Text.quote(other));
      }
    }
    return Text.mismatch(name, allowed, Text.NOTHING);
  }

  /** The names that a caller may want: Keras 2.2.4 has none for what Keras 3 was built with. */
  private static String listed(Set<String> known) {
    return known.stream()
        .filter(name -> !name.equals(Specs.KEY) || !known.contains("lr"))
        .collect(Collectors.joining(", "));
  }

  /** Keras 3 itself ignores this name of older versions with a warning. */
  private static void requireNoDecay(Object value) {
    if (value != null && !(value instanceof Number number && number.doubleValue() == 0.)) {
      throw illegalArgument(
          "decay must be null or 0 in a configuration of Keras 3, got %s; set learning_rate to"
              + " the schedule InverseTimeDecay(learning_rate, 1, decay) instead",
          Text.describe(value));
    }
  }

  private static String hint(String name, Set<String> given, Set<String> known) {
    if (Set.of("jit_compile", "is_legacy_optimizer").contains(name)) {
      return "; it is of a configuration of tf.keras 2.11 to 2.15, which Optimizers.deserialize"
          + " reads with its class_name";
    }
    if (known.contains("lr") && given.contains("learning_rate")) {
      return "; with learning_rate it is a configuration of Keras 3, for the optimizers of package"
          + " keras3, as in Optimizers.get(\"keras3.adam\")";
    }
    if (known.contains("learning_rate") && given.contains("lr")) {
      return "; with lr it is a configuration of Keras 2.2.4, as for Optimizers.get(\"adam\"); in"
          + " Keras 3 it is learning_rate";
    }
    return Spelling.didYouMean(name, known);
  }
}
