package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Clipping;
import io.github.keras4j.optimizers.step.Leftover;
import io.github.keras4j.optimizers.step.Rate;
import io.github.keras4j.optimizers.step.Specs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** The step of a {@link MultiOptimizer}: every group has prepared its part before one makes it. */
final class MultiStep extends AbstractStep {
  private final OptimizerMap map;
  private List<Group> groups = List.of(); // one for each optimizer
  private Told preparedLast;

  /** What has been told of the tensors, and which optimizer each goes to. */
  record Told(TensorSpecs specs, List<Group> groups) {}

  private final double[] sum = {0.}; // of the squares of all gradients
  private boolean clips; // by one norm

  MultiStep(OptimizerMap map) {
    this.map = map;
  }

  record EachRate(OptimizerMap map) implements Rate {
    @Override
    public double at(long calls) {
      return 0.;
    }

    @Override
    public Runnable prepare(Map<String, ?> config) {
      return () -> {};
    }

    @Override
    public Runnable prepareChange(DoubleUnaryOperator change) {
      List<Runnable> changes =
          map.optimizers().stream().map(inner -> inner.learningRate.prepareChange(change)).toList();
      return () -> changes.forEach(Runnable::run);
    }
  }

  /** Lets one norm clip the gradients of all. */
  void clip(Clipping clipping) {
    clips = true;
    map.optimizers().forEach(inner -> inner.tensorStep().setClipping(clipping));
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
  public void checkRows(
      int gradient, int tensor, int length, int[] rows, double[] values, boolean lazy) {
    for (int i = 0; i < groups.size(); i++) {
      int index = groups.get(i).indexOf(tensor);
      if (index >= 0) {
        groups.get(i).optimizer().step.checkRows(gradient, index, length, rows, values, lazy);
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
    for (int i = 0; isErrorIfNonFinite() && i < groups.size(); i++) {
      groups.get(i).requireFinite();
    }
  }

  @Override
  public int sums(int tensors) {
    throw illegalState("sumsOfSquares needs one optimizer for all tensors, got a MultiOptimizer");
  }

  @Override
  public double[] sumsOfSquares() {
    return new double[sums(0)];
  }

  @Override
  public void run(double[] given) {
    if (clips) {
      runClipped();
    } else {
      for (int i = 0; i < groups.size(); i++) {
        groups.get(i).run();
      }
    }
    memory.setCalls(memory.calls() + 1);
  }

  private void runClipped() {
    sum[0] = 0.;
    for (int i = 0; i < groups.size(); i++) {
      sum[0] += groups.get(i).begin();
    }
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).finish(sum);
    }
  }

  /** Of each group; the count of calls of the whole stays. */
  @Override
  public void applyAccumulated(double[][] parameters) {
    try {
      List<Leftover> leftovers = new ArrayList<>();
      for (Group group : groups) {
        Leftover leftover = group.leftover(parameters, parallelism());
        if (leftover != null) {
          leftovers.add(leftover);
        }
      }
      List<double[]> sums = new ArrayList<>();
      sum[0] = 0.;
      for (Leftover leftover : leftovers) {
        leftover.begin();
        sums.add(leftover.sums());
        sum[0] += clips ? sums.get(sums.size() - 1)[0] : 0.;
      }
      for (int i = 0; i < leftovers.size(); i++) {
        leftovers.get(i).finish(clips ? sum : sums.get(i));
      }
    } finally {
      groups.forEach(group -> group.optimizer().step.forgetTensors());
    }
  }

  @Override
  public void end() {
    for (int i = 0; i < groups.size(); i++) {
      groups.get(i).optimizer().step.end();
    }
  }
}
