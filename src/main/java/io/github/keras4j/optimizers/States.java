package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.step.StateChecks.misfit;
import static io.github.keras4j.optimizers.step.StateChecks.requireNames;
import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.configuration.Configurations;
import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.text.Text;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** An optimizer's memory as a state, and back: what does not fit is rejected before any write. */
final class States {
  private static final String BUILD_CONFIG = Specs.KEY;

  /** Hyperparameters that an optimizer takes from a state instead of comparing them. */
  private static final Set<String> RESTORED = Set.of("lr", "learning_rate", "name");

  private States() {}

  /** What a copy is made from: the configuration, in which objects may stand for themselves. */
  static Map<String, Object> arguments(Optimizer optimizer) {
    return withSpecs(optimizer.hyperparameters.values(), optimizer.step.specs().arguments());
  }

  static OptimizerState copy(OptimizerState state) {
    checkArgument(state != null, "state must be the state of an optimizer, got null");
    return state.copy();
  }

  /** Makes a copy with other hyperparameters, within a call. */
  static Optimizer copy(Optimizer optimizer, Map<String, ?> changes) {
    Optimizer copy = optimizer.hyperparameters.another(arguments(optimizer), changes);
    copy.step.copyFrom(optimizer.step);
    return copy;
  }

  private static Map<String, Object> withSpecs(
      Map<String, Object> config, Map<String, Object> specs) {
    if (specs != null) {
      config.put(BUILD_CONFIG, specs);
    }
    return config;
  }

  /** The state as it is, arrays and all. */
  static OptimizerState of(Optimizer optimizer, Map<String, Object> config) {
    AbstractStep step = optimizer.step;
    step.settle();
    return new OptimizerState(
        Optimizers.className(optimizer.getClass()),
        withSpecs(config, step.specs().config()),
        step.memory.calls(),
        step.memory.byName(step.memory.slots()),
        step.memory.numbers());
  }

  /** Lets somebody read the state as it is, while no call of the optimizer can change it. */
  static <E extends Exception> void read(Optimizer optimizer, Reader<E> reader) throws E {
    checkArgument(optimizer != null, "optimizer must be an optimizer, got null");
    Guard entered = optimizer.step.guard.enter();
    try {
      reader.read(optimizer.liveState());
    } finally {
      entered.owner = null;
    }
  }

  interface Reader<E extends Exception> {
    void read(OptimizerState state) throws E;
  }

  /** Lets a restored optimizer that keeps no slots know the tensors. */
  static void restoreTensors(Optimizer optimizer, double[]... parameters) {
    AbstractStep step = optimizer.step;
    step.guard.run(
        () -> {
          step.checks.checkParameters(parameters, step.lengths());
          int[] lengths = Memory.lengthsOf(parameters);
          step.specs().requireLengths(lengths);
          if (step.memory.calls() > 0 && step.memory.slots() == null) {
            step.memory.setSlots(step.memory.newSlots(step.specs(), lengths));
            step.forgetTensors();
          }
        });
  }

  /**
   * Checks that a state fits an optimizer of this configuration; returns what takes over
   * iterations, slots and scalars.
   */
  static Runnable prepare(OptimizerState state, Optimizer optimizer, Map<String, Object> config) {
    AbstractStep step = optimizer.step;
    Memory memory = step.memory;
    String className = Optimizers.className(optimizer.getClass());
    if (!state.className().equals(className)) {
      throw misfit("class " + className, Text.quote(state.className()));
    }
    Map<String, Object> given = new LinkedHashMap<>(state.config());
    Specs specs = step.specs().restored(given.remove(BUILD_CONFIG));
    requireNames("hyperparameters", config.keySet(), given.keySet());
    requireNames("slots", memory.slotNames(), state.slots().keySet());
    requireNames("scalars", memory.numbers().keySet(), state.scalars().keySet());
    config.forEach(
        (name, value) -> {
          if (!RESTORED.contains(name) && !Configurations.same(value, given.get(name))) {
            throw misfit(name + " " + value, Text.describe(given.get(name)));
          }
        });
    Runnable rate = step.rate().prepare(given);
    int[] lengths = memory.lengths() == null ? specs.lengths() : memory.lengths();
    Slots slots =
        memory.slotNames().isEmpty() ? memory.slots() : checkSlots(state, memory, specs, lengths);
    if (slots != null) {
      specs.requireLengths(slots.lengths());
    }
    Runnable told = step.prepareSpecs(specs);
    return () -> {
      told.run();
      rate.run();
      memory.restore(state.iterations(), state.scalars(), slots);
    };
  }

  /** The slots of a state, or null if it has no tensors. */
  private static Slots checkSlots(OptimizerState state, Memory memory, Specs specs, int[] known) {
    List<String> names = memory.slotNames();
    int told = // a slot that is as long as its tensors, if there is one
        IntStream.range(0, names.size())
            .filter(slot -> !isWaiting(state, memory, slot))
            .findFirst()
            .orElse(0);
    double[][] first = state.slots().get(names.get(told));
    int[] lengths =
        first.length == 0 || known == null
            ? Arrays.stream(first).mapToInt(array -> array.length).toArray()
            : known;
    for (int slot = 0; slot < names.size(); slot++) {
      double[][] tensors = state.slots().get(names.get(slot));
      if (tensors.length != lengths.length) {
        throw misfit(lengths.length + " tensors in slot " + names.get(slot), tensors.length);
      }
      for (int tensor = 0; !isWaiting(state, memory, slot) && tensor < lengths.length; tensor++) {
        int length = memory.length(slot, specs, tensor, lengths[tensor]);
        if (tensors[tensor].length != length) {
          throw misfit(
              format("%d elements in slot %s of tensor %d", length, names.get(slot), tensor),
              tensors[tensor].length);
        }
      }
    }
    if (lengths.length == 0 && state.iterations() > 0) {
      throw misfit("tensors in slots " + names + ", since iterations is " + state.iterations(), 0);
    }
    boolean unknown =
        isWaiting(state, memory, 0) && Arrays.stream(lengths).allMatch(length -> length == 0);
    return lengths.length == 0 || unknown ? null : memory.slotsOf(state.slots(), specs, lengths);
  }

  /** Whether the arrays of a slot are to be begun by the next step, and empty until then. */
  private static boolean isWaiting(OptimizerState state, Memory memory, int slot) {
    return state.iterations() > 0
        && memory.needsStep(slot)
        && Arrays.stream(state.slots().get(memory.slotNames().get(slot)))
            .allMatch(array -> array.length == 0);
  }
}
