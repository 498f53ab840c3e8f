package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Weights;
import java.util.ArrayList;
import java.util.List;

/** The order in which Keras 3 has the weights of an optimizer. */
final class WeightsOrder {
  private WeightsOrder() {}

  /** The weights of an optimizer: its slots, or new ones that it gets when the weights are set. */
  static Weights of(BaseOptimizer optimizer) {
    AbstractStep step = optimizer.step;
    LearningRate rate = optimizer.learningRate;
    Weights weights = new Weights();
    weights.addCalls(step.memory);
    if (!rate.isSchedule()) {
      weights.addNumber("the learning rate", () -> rate.at(0), LearningRate::check, rate::set);
    }
    Slots slots = knownSlots(step);
    if (slots != null) {
      groups(optimizer).forEach(group -> addSlots(weights, group, slots, step));
    }
    if (slots == null ? !step.guard.isPart() : slots.lengths().length > 0) {
      optimizer
          .lastWeights()
          .forEach(scalar -> weights.addNumber("a scalar", scalar::get, any -> {}, scalar::set));
    }
    weights.setTensorsKnown(slots != null || step.guard.isPart());
    weights.afterwards(() -> step.memory.setSlots(slots));
    weights.afterwards(step::forgetTensors);
    return weights;
  }

  /** The slots, or new ones that the optimizer does not have yet; null while no tensor is known. */
  static Slots knownSlots(AbstractStep step) {
    step.settle();
    boolean mustMake = step.memory.slots() == null && step.lengths() != null;
    return mustMake ? step.memory.newSlots(step.specs(), step.lengths()) : step.memory.slots();
  }

  /** The slots in groups: of average and accumulation, then of the formula. */
  private static List<List<String>> groups(BaseOptimizer optimizer) {
    List<String> names = optimizer.step.memory.slotNames();
    List<List<String>> groups = new ArrayList<>();
    names.stream().limit(optimizer.tensorStep().slotsOfParts()).map(List::of).forEach(groups::add);
    groups.addAll(optimizer.weightsOrder());
    return groups;
  }

  private static void addSlots(
      Weights weights, List<String> group, Slots slots, AbstractStep step) {
    int[] lengths = slots.lengths();
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      for (String name : group) {
        int slot = step.memory.slotNames().indexOf(name);
        if (step.memory.has(slot, step.specs(), tensor, lengths[tensor])) {
          weights.addArray(name, tensor, slots.arrays()[tensor][slot]);
        }
      }
    }
  }
}
