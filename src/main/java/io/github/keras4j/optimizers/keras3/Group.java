package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.step.Memory;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Step;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** The tensors that go to one optimizer in a {@link MultiOptimizer}, and its part of a step. */
final class Group {
  final BaseOptimizer optimizer;
  final Step step;
  final int[] tensors; // by the numbers that they have in the whole, in order
  final IntUnaryOperator numbers; // the same as a function
  private final double[][] gradients;
  private final double[][] parameters;
  boolean takesPart; // in this step, since there is a gradient

  Group(BaseOptimizer optimizer, int... tensors) {
    this.optimizer = optimizer;
    step = optimizer.tensorStep();
    this.tensors = tensors;
    numbers = index -> tensors[index];
    gradients = new double[tensors.length][];
    parameters = new double[tensors.length][];
  }

  /** The place of a tensor in this group, below 0 if it is not here. */
  int indexOf(int tensor) {
    return Arrays.binarySearch(tensors, tensor);
  }

  double[][] of(double[]... all) {
    return Arrays.stream(tensors).mapToObj(i -> all[i]).toArray(double[][]::new);
  }

  /** Prepares other tensors, some of which this group had before. */
  Runnable prepareTensors(Specs told, Group before, int[] numbers, double[][] all) {
    int[] inside = IntStream.of(tensors).map(i -> numbers[i]).map(before::indexOf).toArray();
    double[][] its = of(all);
    Specs now = step.specs().renumbered(inside, Memory.lengthsOf(its)).ofGroup(told, tensors);
    return step.prepareTensors(now, inside, its);
  }

  /** Prepares its part of the step, unless there is no gradient so far. */
  void prepare(double[][] allGradients, double[][] allParameters, int threads) {
    takesPart = false;
    for (int i = 0; i < tensors.length; i++) {
      gradients[i] = allGradients[tensors[i]];
      parameters[i] = allParameters[tensors[i]];
      takesPart |= gradients[i] != null;
    }
    if (takesPart) {
      step.prepare(gradients, parameters, threads);
    }
  }

  void giveRows(int tensor, int[] rows, double[] values, boolean lazy, int threads) {
    if (!takesPart) {
      takesPart = true;
      step.prepare(gradients, parameters, threads);
    }
    step.giveRows(indexOf(tensor), rows, values, lazy);
  }
}
