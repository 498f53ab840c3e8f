package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.step.Leftover;
import io.github.keras4j.optimizers.step.Memory;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** The tensors that go to one optimizer in a {@link MultiOptimizer}, and its part of a step. */
final class Group {
  private final BaseOptimizer optimizer;
  private final int[] tensors;
  private final double[][] gradients;
  private final double[][] parameters;
  private final IntUnaryOperator numbers;
  private boolean any; // whether there is a gradient in this step
  private int threads;

  Group(BaseOptimizer optimizer, int... tensors) {
    this.optimizer = optimizer;
    this.tensors = tensors;
    numbers = tensor -> tensors[tensor];
    gradients = new double[tensors.length][];
    parameters = new double[tensors.length][];
  }

  BaseOptimizer optimizer() {
    return optimizer;
  }

  int[] tensors() {
    return tensors;
  }

  /** The place of a tensor in this group, below 0 if it is not here. */
  int indexOf(int tensor) {
    return Arrays.binarySearch(tensors, tensor); // they stand in order
  }

  /** What its optimizer is told, of what the whole is told. */
  TensorSpecs told(TensorSpecs told) {
    return optimizer.specs().exclusions().ofGroup(told, tensors);
  }

  /** Prepares other tensors, some of which this group had before. */
  Runnable prepareTensors(TensorSpecs told, Group before, int[] numbers, double[][] all) {
    int[] inside = IntStream.of(tensors).map(i -> numbers[i]).map(before::indexOf).toArray();
    double[][] its = of(all);
    int[] lengths = Arrays.stream(its).mapToInt(tensor -> tensor.length).toArray();
    TensorSpecs now = optimizer.specs().renumbered(inside, lengths).ofGroup(told, tensors);
    return optimizer.step.prepareTensors(now, inside, its);
  }

  private double[][] of(double[]... all) {
    return Arrays.stream(tensors).mapToObj(i -> all[i]).toArray(double[][]::new);
  }

  boolean hasSlots() {
    return optimizer.step.memory.slots() != null && tensors.length > 0;
  }

  /** The state of its optimizer, with slots as they begin where it has none yet. */
  OptimizerState stateWithSlots() {
    OptimizerState state = optimizer.innerState();
    Slots slots = WeightsOrder.knownSlots(optimizer.step);
    return slots == null
        ? state
        : new OptimizerState(
            state.className(), state.config(), state.iterations(), slots.byName(), state.scalars());
  }

  /** Restores a group that has lost its tensors. */
  Runnable countingOn(Runnable restored, long calls) {
    Memory memory = optimizer.step.memory;
    Slots none = calls == 0 ? null : memory.newSlots(optimizer.specs());
    return () -> {
      restored.run();
      memory.setCalls(calls);
      memory.setSlots(none);
    };
  }

  /** Prepares its part of the step, unless there is no gradient so far. */
  void prepare(double[][] allGradients, double[][] allParameters, int threads) {
    any = false;
    this.threads = threads;
    for (int i = 0; i < tensors.length; i++) {
      gradients[i] = allGradients[tensors[i]];
      parameters[i] = allParameters[tensors[i]];
      any |= gradients[i] != null;
    }
    if (any) {
      optimizer.step.prepare(gradients, parameters, threads);
    }
  }

  void giveRows(int index, int[] rows, double[] values, boolean lazy) {
    if (!any) {
      any = true;
      optimizer.step.prepare(gradients, parameters, threads);
    }
    optimizer.step.giveRows(index, rows, values, lazy);
  }

  void prepared() {
    if (any) {
      optimizer.step.prepared();
    }
  }

  /** Makes its part of the step; left out of it, keeps no array of an earlier call. */
  void run() {
    if (any) {
      optimizer.step.run(null);
    } else {
      optimizer.tensorStep().releaseArrays();
    }
  }

  /** Begins its part of the step; returns the sum of the squares that a norm over all has of it. */
  double begin() {
    if (any) {
      optimizer.tensorStep().begin();
      double[] sums = optimizer.tensorStep().gradientSums();
      return sums == null ? 0. : sums[0];
    }
    return 0.;
  }

  /** Ends its part of the step, with the sum of all. */
  void finish(double[] sums) {
    if (any) {
      optimizer.tensorStep().finish(sums);
    }
  }

  void requireFinite() {
    if (any) {
      optimizer.tensorStep().requireFinite(numbers);
    }
  }

  /** Prepares an update with what it has accumulated; null if there is nothing. */
  Leftover leftover(double[][] allParameters, int threads) {
    return Leftover.of(optimizer.tensorStep(), of(allParameters), threads);
  }

  /** The averages of its tensors, where it has any. */
  double[][] averages(double[][] allParameters) {
    return optimizer.averages(of(allParameters));
  }

  void copyAverages(double[]... allParameters) {
    optimizer.copyAverages(of(allParameters));
  }
}
