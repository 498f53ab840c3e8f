package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Slots;
import java.util.Arrays;

/** The tensors that go to one optimizer in a {@link MultiOptimizer}, and its part of a step. */
final class Group {
  private final BaseOptimizer optimizer;
  private final int[] tensors;
  private final double[][] gradients;
  private final double[][] parameters;
  private boolean any; // whether there is a gradient in this step

  Group(BaseOptimizer optimizer, int... tensors) {
    this.optimizer = optimizer;
    this.tensors = tensors;
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

  TensorSpec[] specs(TensorSpecs told) {
    return Arrays.stream(tensors).mapToObj(told::spec).toArray(TensorSpec[]::new);
  }

  boolean hasSlots() {
    return optimizer.step.memory.slots() != null && tensors.length > 0;
  }

  /** The state of its optimizer, with slots as they begin where it has none yet. */
  OptimizerState stateWithSlots() {
    OptimizerState state = optimizer.innerState();
    Slots slots = Weights.knownSlots(optimizer.step);
    return slots == null
        ? state
        : new OptimizerState(
            state.className(), state.config(), state.iterations(), slots.byName(), state.scalars());
  }

  void prepare(double[][] allGradients, double[][] allParameters, int threads) {
    any = false;
    for (int i = 0; i < tensors.length; i++) {
      gradients[i] = allGradients[tensors[i]];
      parameters[i] = allParameters[tensors[i]];
      any |= gradients[i] != null;
    }
    optimizer.step.prepare(gradients, parameters, threads);
  }

  void giveRows(int index, int[] rows, double[] values, boolean lazy) {
    any = true;
    optimizer.step.giveRows(index, rows, values, lazy);
  }

  /** Makes its part of the step, unless there is no gradient. */
  void run() {
    if (any) {
      optimizer.step.run(null);
    }
  }

  void copyAverages(double[]... allParameters) {
    optimizer.copyAverages(
        Arrays.stream(tensors).mapToObj(i -> allParameters[i]).toArray(double[][]::new));
  }
}
