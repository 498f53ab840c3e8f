package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.step.StateChecks.misfit;
import static io.github.keras4j.optimizers.step.StateChecks.requireNames;

import io.github.keras4j.optimizers.OptimizerState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The states of the optimizers in a {@link MultiOptimizer}, as one state, and back. */
final class MultiState {
  private static final String ITERATIONS = "iterations";
  private static final double[] NONE = {};

  private final List<Group> groups;
  private final TensorSpecs told;

  MultiState(List<Group> groups, TensorSpecs told) {
    this.groups = groups;
    this.told = told;
  }

  private List<OptimizerState> states() {
    return groups.stream().map(group -> group.optimizer().innerState()).toList();
  }

  // ---- One state ------------------------------------------------------------------------------

  /** One state, whose class, configuration and iterations are given. */
  OptimizerState join(OptimizerState own) {
    boolean known = groups.stream().anyMatch(Group::hasSlots);
    return known
        ? join(own, groups.stream().map(Group::stateWithSlots).toList(), told.count())
        : join(own, states(), 0);
  }

  private OptimizerState join(OptimizerState own, List<OptimizerState> parts, int count) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    Map<String, Double> scalars = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String prefix = prefix(i);
      int[] numbers = groups.get(i).tensors();
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

  // ---- And back -------------------------------------------------------------------------------

  /** Checks one state and the configurations in it; returns what restores the optimizers. */
  Runnable prepare(OptimizerState whole, List<Map<String, Object>> configs) {
    List<OptimizerState> parts = split(whole);
    List<Runnable> commits = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      commits.add(prepare(i, parts.get(i), configs.get(i)));
    }
    return () -> commits.forEach(Runnable::run);
  }

  private Runnable prepare(int number, OptimizerState part, Map<String, Object> config) {
    Group group = groups.get(number);
    TensorSpecs own = group.optimizer().specs().parsed(config.remove("build_config"));
    Map<String, Object> its = own.ofGroup(told, group.tensors()).arguments();
    if (its != null) {
      config.put("build_config", its);
    }
    // Without tensors now, but perhaps with some before: it keeps its count.
    boolean lost = group.tensors().length == 0 && told.count() > 0;
    long iterations = lost ? 0 : part.iterations();
    try {
      Runnable restored =
          group
              .optimizer()
              .prepareInner(
                  new OptimizerState(
                      part.className(), config, iterations, part.slots(), part.scalars()));
      return lost ? group.countingOn(restored, part.iterations()) : restored;
    } catch (IllegalArgumentException rejected) {
      throw new IllegalArgumentException(
          "optimizers[" + number + "]: " + rejected.getMessage(), rejected);
    }
  }

  /** The states in one, with the configurations that the optimizers have now. */
  private List<OptimizerState> split(OptimizerState whole) {
    List<OptimizerState> parts = states();
    OptimizerState now = join(whole, parts.stream().map(MultiState::empty).toList(), 0);
    requireNames("slots", now.slots().keySet(), whole.slots().keySet());
    requireNames("scalars", now.scalars().keySet(), whole.scalars().keySet());
    whole.slots().forEach((name, arrays) -> requireCount(name, arrays, told.count()));
    List<OptimizerState> split = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      split.add(part(whole, parts.get(i), prefix(i), groups.get(i).tensors()));
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

  private static void requireCount(String name, double[][] arrays, int count) {
    if (arrays.length != 0 && arrays.length != count) {
      throw misfit(count + " tensors in slot " + name, arrays.length);
    }
  }

  /** Rejects arrays of tensors whose optimizer has no such slot. */
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
}
