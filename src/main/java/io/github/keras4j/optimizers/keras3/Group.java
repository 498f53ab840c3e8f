package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Step;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** The tensors that go to one optimizer in a {@link MultiOptimizer}, and its part of a step. */
final class Group implements IntUnaryOperator {
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

  Step step() {
    return optimizer.tensorStep();
  }

  int[] tensors() {
    return tensors;
  }

  /** The place of a tensor in this group, below 0 if it is not here. */
  int indexOf(int tensor) {
    return Arrays.binarySearch(tensors, tensor); // they stand in order
  }

  /** The number that a tensor of this group has in the whole. */
  @Override
  public int applyAsInt(int index) {
    return tensors[index];
  }

  double[][] of(double[]... all) {
    return Arrays.stream(tensors).mapToObj(i -> all[i]).toArray(double[][]::new);
  }

  /** Prepares other tensors, some of which this group had before. */
  Runnable prepareTensors(Specs told, Group before, int[] numbers, double[][] all) {
    int[] inside = IntStream.of(tensors).map(i -> numbers[i]).map(before::indexOf).toArray();
    double[][] its = of(all);
    int[] lengths = Memory.lengthsOf(its);
    Specs now = step().specs().renumbered(inside, lengths).ofGroup(told, tensors);
    return step().prepareTensors(now, inside, its);
  }

  /** Prepares its part of the step, unless there is no gradient so far. */
  void prepare(double[][] allGradients, double[][] allParameters, int threads) {
    any = false;
    for (int i = 0; i < tensors.length; i++) {
      gradients[i] = allGradients[tensors[i]];
      parameters[i] = allParameters[tensors[i]];
      any |= gradients[i] != null;
    }
    if (any) {
      step().prepare(gradients, parameters, threads);
    }
  }

  void giveRows(int tensor, int[] rows, double[] values, boolean lazy, int threads) {
    if (!any) {
      any = true;
      step().prepare(gradients, parameters, threads);
    }
    step().giveRows(indexOf(tensor), rows, values, lazy);
  }

  boolean takesPart() {
    return any;
  }
}
