package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.storage.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The states of several optimizers, each with tensors of its own, as one state, and back. */
final class MultiState {
  private static final String ITERATIONS = "iterations";
  private static final double[] NONE = {};

  private MultiState() {}

  /**
   * One state.
   *
   * @param own whose class, configuration and iterations it has
   * @param parts the states
   * @param tensors which tensors each has
   * @param count of all tensors; 0 where there are no arrays yet
   */
  static OptimizerState join(
      OptimizerState own, List<OptimizerState> parts, List<int[]> tensors, int count) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    Map<String, Double> scalars = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String prefix = prefix(i);
      int[] numbers = tensors.get(i);
      scalars.put(prefix + ITERATIONS, (double) parts.get(i).iterations());
      parts.get(i).scalars().forEach((name, value) -> scalars.put(prefix + name, value));
      parts
          .get(i)
          .slots()
          .forEach(
              (name, arrays) -> {
                double[][] all = slots.computeIfAbsent(name, absent -> none(count));
                for (int tensor = 0; tensor < arrays.length; tensor++) {
                  all[numbers[tensor]] = arrays[tensor];
                }
              });
    }
    return new OptimizerState(own.className(), own.config(), own.iterations(), slots, scalars);
  }

  private static String prefix(int number) {
    return number + ".";
  }

  private static double[][] none(int count) {
    double[][] none = new double[count][];
    Arrays.fill(none, NONE);
    return none;
  }

  /**
   * The states in one, with the configurations of those there are.
   *
   * @param whole the one state
   * @param parts states of the same optimizers
   * @param tensors which tensors each has
   * @param count of all tensors
   */
  static List<OptimizerState> split(
      OptimizerState whole, List<OptimizerState> parts, List<int[]> tensors, int count) {
    OptimizerState now = join(whole, parts.stream().map(MultiState::empty).toList(), tensors, 0);
    requireNames("slots", now.slots().keySet(), whole.slots().keySet());
    requireNames("scalars", now.scalars().keySet(), whole.scalars().keySet());
    whole.slots().forEach((name, arrays) -> requireCount(name, arrays, count));
    List<OptimizerState> split = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      split.add(part(whole, parts.get(i), prefix(i), tensors.get(i)));
    }
    now.slots().keySet().forEach(name -> requireNoMore(name, whole, split));
    return split;
  }

  private static OptimizerState empty(OptimizerState part) {
    Map<String, double[][]> slots = new LinkedHashMap<>(part.slots());
    slots.replaceAll((name, arrays) -> none(0));
    return new OptimizerState(
        part.className(), part.config(), part.iterations(), slots, part.scalars());
  }

  private static OptimizerState part(
      OptimizerState whole, OptimizerState part, String prefix, int[] tensors) {
    Map<String, double[][]> slots = new LinkedHashMap<>(part.slots());
    slots.replaceAll(
        (name, before) -> {
          double[][] arrays = whole.slots().get(name);
          return arrays.length == 0
              ? arrays
              : Arrays.stream(tensors).mapToObj(tensor -> arrays[tensor]).toArray(double[][]::new);
        });
    Map<String, Double> scalars = new LinkedHashMap<>(part.scalars());
    scalars.replaceAll((name, before) -> whole.scalars().get(prefix + name));
    double iterations = whole.scalars().get(prefix + ITERATIONS);
    if (iterations != (long) iterations) {
      throw misfit("a whole number in scalar " + prefix + ITERATIONS, iterations);
    }
    return new OptimizerState(part.className(), part.config(), (long) iterations, slots, scalars);
  }

  private static void requireNames(String what, Set<String> expected, Set<String> names) {
    if (!names.equals(expected)) {
      throw misfit(
          what + " " + new TreeSet<>(expected), Text.quote(new TreeSet<>(names).toString()));
    }
  }

  private static void requireCount(String name, double[][] arrays, int count) {
    if (arrays.length != 0 && arrays.length != count) {
      throw misfit(count + " tensors in slot " + name, arrays.length);
    }
  }

  /** Refuses arrays of tensors whose optimizer has no such slot. */
  private static void requireNoMore(String name, OptimizerState whole, List<OptimizerState> split) {
    long given = elements(whole.slots().get(name));
    long taken =
        split.stream().mapToLong(part -> elements(part.slots().getOrDefault(name, none(0)))).sum();
    if (given != taken) {
      throw misfit(taken + " elements in slot " + name, given);
    }
  }

  private static long elements(double[][] arrays) {
    return Arrays.stream(arrays).mapToLong(array -> array.length).sum();
  }

  private static IllegalArgumentException misfit(String expected, Object value) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "state must have %s, got %s", expected, value));
  }
}
