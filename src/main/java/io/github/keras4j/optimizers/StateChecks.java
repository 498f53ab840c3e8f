package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.storage.Text;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What an optimizer makes sure of before it takes a state. */
final class StateChecks {
  private StateChecks() {}

  /**
   * Checks that an optimizer can take a state.
   *
   * @param knownLengths the tensors' lengths, or null where they are not known
   */
  static void checkFits(
      OptimizerState state,
      String className,
      Map<String, Object> config,
      List<String> slotNames,
      Set<String> scalarNames,
      int[] knownLengths) {
    if (!state.className().equals(className)) {
      throw misfit("class " + className, Text.quote(state.className()));
    }
    requireNames("hyperparameters", config.keySet(), state.config().keySet());
    requireNames("slots", Set.copyOf(slotNames), state.slots().keySet());
    requireNames("scalars", scalarNames, state.scalars().keySet());
    config.forEach((name, value) -> checkHyperparameter(name, value, state.config().get(name)));
    checkLengths(state, knownLengths);
    if (state.iterations() > 0 && !slotNames.isEmpty() && lengths(state).length == 0) {
      throw misfit(
          "tensors in slots " + slotNames + ", since iterations is " + state.iterations(), 0);
    }
  }

  /** The tensors' lengths, which all slots agree on once {@link #checkFits} has passed. */
  static int[] lengths(OptimizerState state) {
    return state.slots().isEmpty()
        ? new int[0]
        : Slots.lengthsOf(state.slots().values().iterator().next());
  }

  private static void checkHyperparameter(String name, Object expected, Object value) {
    if (name.equals("lr")) {
      Hyperparameters.checkNonNegative(name, value);
    } else if (!same(expected, value)) {
      throw misfit(name + " " + expected, Hyperparameters.describe(value));
    }
  }

  /** Whether two values mean the same, whatever kind of number they hold. */
  private static boolean same(Object expected, Object value) {
    if (expected instanceof List && value instanceof List) {
      List<?> a = (List<?>) expected;
      List<?> b = (List<?>) value;
      return a.size() == b.size()
          && IntStream.range(0, a.size()).allMatch(i -> same(a.get(i), b.get(i)));
    }
    if (expected instanceof Map && value instanceof Map) {
      Map<?, ?> a = (Map<?, ?>) expected;
      Map<?, ?> b = (Map<?, ?>) value;
      return a.keySet().equals(b.keySet())
          && a.keySet().stream().allMatch(key -> same(a.get(key), b.get(key)));
    }
    return expected == null ? value == null : Hyperparameters.same(expected, value);
  }

  private static void checkLengths(OptimizerState state, int[] knownLengths) {
    int[] lengths = lengths(state);
    int[] expected = knownLengths == null || lengths.length == 0 ? lengths : knownLengths;
    state
        .slots()
        .forEach(
            (name, tensors) -> {
              if (tensors.length != expected.length) {
                throw misfit(expected.length + " tensors in slot " + name, tensors.length);
              }
              for (int tensor = 0; tensor < tensors.length; tensor++) {
                if (tensors[tensor].length != expected[tensor]) {
                  throw misfit(
                      String.format(
                          Locale.ROOT,
                          "%d elements in slot %s of tensor %d",
                          expected[tensor],
                          name,
                          tensor),
                      tensors[tensor].length);
                }
              }
            });
  }

  private static void requireNames(String what, Set<String> expected, Set<String> names) {
    if (!names.equals(expected)) {
      throw misfit(
          what + " " + new TreeSet<>(expected), Text.quote(new TreeSet<>(names).toString()));
    }
  }

  private static IllegalArgumentException misfit(String expected, Object value) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "state must have %s, got %s", expected, value));
  }
}
