package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.step.StateChecks.misfit;
import static io.github.keras4j.optimizers.step.StateChecks.requireNames;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The states of the optimizers in a {@link MultiOptimizer}, as one state, and back. */
record MultiState(Group[] groups, Specs told) {
  private static final String ITERATIONS = "iterations";

  private Memory memory(int number) {
    return groups[number].step.memory;
  }

  // ---- One state ------------------------------------------------------------------------------

  /** One state, whose class, configuration and iterations are given. */
  OptimizerState join(OptimizerState own) {
    boolean known =
        Arrays.stream(groups)
            .anyMatch(its -> its.tensors.length > 0 && its.step.memory.slots() != null);
    Map<String, double[][]> slots = new LinkedHashMap<>();
    Map<String, Double> scalars = new LinkedHashMap<>();
    for (int i = 0; i < groups.length; i++) {
      String prefix = i + ".";
      int[] numbers = groups[i].tensors;
      scalars.put(prefix + ITERATIONS, (double) memory(i).calls());
      memory(i).numbers().forEach((name, value) -> scalars.put(prefix + name, value));
      slots(groups[i].step, known)
          .forEach(
              (name, arrays) -> {
                double[][] all =
                    slots.computeIfAbsent(name, absent -> new double[known ? told.count() : 0][0]);
                for (int tensor = 0; tensor < arrays.length; tensor++) {
                  all[numbers[tensor]] = arrays[tensor];
                }
              });
    }
    return new OptimizerState(own.className(), own.config(), own.iterations(), slots, scalars);
  }

  /** By name; as they begin, where there are none yet but the tensors are known. */
  private static Map<String, double[][]> slots(AbstractStep step, boolean known) {
    step.settle();
    return step.memory.byName(known ? WeightsOrder.knownSlots(step) : step.memory.slots());
  }

  // ---- And back -------------------------------------------------------------------------------

  /** Checks one state and the configurations in it; returns what restores the optimizers. */
  Runnable prepare(OptimizerState whole, List<Map<String, Object>> configs) {
    Set<String> slots = new TreeSet<>();
    Set<String> scalars = new TreeSet<>();
    for (int i = 0; i < groups.length; i++) {
      String prefix = i + ".";
      slots.addAll(memory(i).slotNames());
      scalars.add(prefix + ITERATIONS);
      memory(i).numbers().keySet().forEach(name -> scalars.add(prefix + name));
    }
    requireNames("slots", slots, whole.slots().keySet());
    requireNames("scalars", scalars, whole.scalars().keySet());
    whole.slots().forEach(this::requireFit);
    List<Runnable> commits = new ArrayList<>();
    for (int i = 0; i < groups.length; i++) {
      commits.add(prepare(i, whole, configs.get(i)));
    }
    return () -> commits.forEach(Runnable::run);
  }

  private Runnable prepare(int number, OptimizerState whole, Map<String, Object> config) {
    Group group = groups[number];
    String prefix = number + ".";
    Map<String, Double> scalars = memory(number).numbers();
    scalars.replaceAll((name, before) -> whole.scalars().get(prefix + name));
    double iterations = whole.scalars().get(prefix + ITERATIONS);
    if (iterations != (long) iterations) {
      throw misfit("a whole number in scalar " + prefix + ITERATIONS, iterations);
    }
    Specs own = group.step.specs().parsed(config.remove(Specs.KEY));
    Map<String, Object> its = own.ofGroup(told, group.tensors).arguments();
    if (its != null) {
      config.put(Specs.KEY, its);
    }
    // Without tensors now, but perhaps with some before: it keeps its count.
    boolean lost = group.tensors.length == 0 && told.count() > 0;
    OptimizerState part =
        new OptimizerState(
            group.optimizer.innerState().className(),
            config,
            lost ? 0 : (long) iterations,
            slots(number, whole.slots()),
            scalars);
    try {
      Runnable restored = group.optimizer.prepareInner(part);
      Slots none = lost && iterations > 0. ? memory(number).newSlots(group.step.specs()) : null;
      return () -> {
        restored.run();
        if (lost) {
          memory(number).setCalls((long) iterations);
          memory(number).setSlots(none);
        }
      };
    } catch (IllegalArgumentException rejected) {
      throw new IllegalArgumentException(
          "optimizers[" + number + "]: " + rejected.getMessage(), rejected);
    }
  }

  private Map<String, double[][]> slots(int number, Map<String, double[][]> all) {
    Map<String, double[][]> slots = new LinkedHashMap<>();
    memory(number).slotNames().forEach(name -> slots.put(name, arrays(number, all.get(name))));
    return slots;
  }

  private double[][] arrays(int number, double[][] all) {
    return all.length == 0 ? all : groups[number].of(all);
  }

  /** Rejects a slot of another number of tensors, or of some whose optimizer does not have it. */
  private void requireFit(String name, double[][] arrays) {
    if (arrays.length != 0 && arrays.length != told.count()) {
      throw misfit(told.count() + " tensors in slot " + name, arrays.length);
    }
    long taken = 0;
    for (int i = 0; i < groups.length; i++) {
      taken += memory(i).slotNames().contains(name) ? elements(arrays(i, arrays)) : 0;
    }
    if (elements(arrays) != taken) {
      throw misfit(taken + " elements in slot " + name, elements(arrays));
    }
  }

  private static long elements(double[][] arrays) {
    return Arrays.stream(arrays).mapToLong(array -> array.length).sum();
  }
}
