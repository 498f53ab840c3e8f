package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Specs;
import java.util.ArrayList;
import java.util.List;

/** The step of a {@link MultiOptimizer}: every group has prepared its part before one makes it. */
final class MultiStep extends AbstractStep {
  private final OptimizerMap map;
  private List<Group> groups = List.of(); // one for each optimizer
  private Told preparedLast;

  /** What has been told of the tensors, and which optimizer each goes to. */
  record Told(TensorSpecs specs, List<Group> groups) {}

  MultiStep(OptimizerMap map) {
    this.map = map;
  }

  List<Group> groups() {
    return groups;
  }

  /** What {@link #prepareSpecs} was last asked for. */
  Told preparedLast() {
    return preparedLast;
  }

  @Override
  public void setSpecs(Specs specs) {
    prepareSpecs(specs).run();
  }

  @Override
  public Runnable prepareSpecs(Specs specs) {
    TensorSpecs told = (TensorSpecs) specs;
    List<Group> found = map.groups(told);
    List<TensorSpecs> inside = found.stream().map(group -> group.told(told)).toList();
    inside.forEach(TensorSpecs::requireAllMatchable);
    preparedLast = new Told(told, found);
    return () -> {
      super.setSpecs(told);
      groups = found;
      for (int i = 0; told.areNamed() && i < found.size(); i++) {
        found.get(i).optimizer().step.setSpecs(inside.get(i));
      }
    };
  }

  @Override
  public Runnable prepareTensors(Specs specs, int[] numbers, double[][] parameters) {
    Runnable own = super.prepareTensors(specs, numbers, parameters);
    List<Runnable> inside = new ArrayList<>();
    List<Group> after = map.groups((TensorSpecs) specs);
    for (int i = 0; i < after.size(); i++) {
      inside.add(
          after.get(i).prepareTensors((TensorSpecs) specs, groups.get(i), numbers, parameters));
    }
    return () -> {
      own.run();
      inside.forEach(Runnable::run);
    };
  }

  @Override
  public void requireBetweenUpdates(String call) {
    groups.forEach(group -> group.optimizer().step.requireBetweenUpdates(call));
  }

  @Override
  public void settle() {
    groups.forEach(group -> group.optimizer().step.settle());
  }

  @Override
  public void changeArrays() {
    for (int i = 0; i < groups.size(); i++) { // without an iterator, in every step
      groups.get(i).optimizer().step.changeArrays();
    }
  }

  @Override
  public void prepare(double[][] gradients, double[][] parameters, int threads) {
    specs().requireFit(parameters.length);
    memory.requireRoomToCount();
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).prepare(gradients, parameters, threads);
    }
  }

  @Override
  public void checkRows(int gradient, int tensor, int[] rows, double[] values, boolean lazy) {
    for (int i = 0; i < groups.size(); i++) {
      int index = groups.get(i).indexOf(tensor);
      if (index >= 0) {
        groups.get(i).optimizer().step.checkRows(gradient, index, rows, values, lazy);
      }
    }
  }

  @Override
  public void giveRows(int tensor, int[] rows, double[] values, boolean lazy) {
    for (int i = 0; i < groups.size(); i++) {
      int index = groups.get(i).indexOf(tensor);
      if (index >= 0) {
        groups.get(i).giveRows(index, rows, values, lazy);
      }
    }
  }

  @Override
  public void prepared() {
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).prepared();
    }
  }

  @Override
  public int sums(int tensors) {
    throw new IllegalStateException(
        "sumsOfSquares needs one optimizer for all tensors, got a MultiOptimizer");
  }

  @Override
  public double[] sumsOfSquares() {
    return new double[sums(0)];
  }

  @Override
  public void run(double[] given) {
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).run();
    }
    memory.setCalls(memory.calls() + 1);
  }

  @Override
  public void end() {
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).optimizer().step.end();
    }
  }
}
