package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.text.Text;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What states and weights must be, before an optimizer takes them over. */
public final class StateChecks {
  private StateChecks() {}

  /** Copies of weights that somebody may change, read once. */
  public static List<double[]> copies(List<double[]> weights) {
    checkArgument(weights != null, "weights must be a list of arrays, got null");
    List<double[]> copies = new ArrayList<>();
    for (Object array : weights.toArray()) {
      if (!(array instanceof double[] numbers)) {
        throw illegalArgument(
            "weights[%d] must be an array of numbers, got %s", copies.size(), Text.describe(array));
      }
      copies.add(numbers.clone());
    }
    return copies;
  }

  public static IllegalArgumentException misfit(String expected, Object value) {
    return illegalArgument("state must have %s, got %s", expected, value);
  }

  public static void requireNames(
      String what, Collection<String> expected, Collection<String> names) {
    Set<String> wanted = new TreeSet<>(expected);
    Set<String> given = new TreeSet<>(names);
    if (!given.equals(wanted)) {
      throw misfit(what + " " + wanted, Text.quote(given.toString()));
    }
  }
}
