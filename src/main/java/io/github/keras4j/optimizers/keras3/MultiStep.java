package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Clipping;
import io.github.keras4j.optimizers.step.Leftover;
import io.github.keras4j.optimizers.step.Rate;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Step;
import io.github.keras4j.optimizers.step.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** The step of a {@link MultiOptimizer}: every group has prepared its part before one makes it. */
final class MultiStep extends AbstractStep {
  private final OptimizerMap map;
  private Group[] groups = {}; // one for each optimizer
  private boolean clips; // by one norm

  // This step's
  private final List<Update> updates = new ArrayList<>();
  private final double[] sum = {0.}; // of the squares of all gradients

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

  Group[] groups() {
    return groups;
  }

  // ---- Tensors --------------------------------------------------------------------------------

  @Override
  public Runnable prepareSpecs(Specs specs) {
    Group[] found = map.groups(specs);
    List<Runnable> commits = new ArrayList<>();
    commits.add(super.prepareSpecs(specs));
    commits.add(() -> groups = found);
    for (int i = 0; specs.areNamed() && i < found.length; i++) {
      Step its = found[i].step;
      Specs told = its.specs().exclusions().ofGroup(specs, found[i].tensors);
      its.requireMatchable(told);
      commits.add(() -> its.setSpecs(told));
    }
    return () -> commits.forEach(Runnable::run);
  }

  @Override
  public Runnable prepareTensors(Specs specs, int[] numbers, double[][] parameters) {
    List<Runnable> commits = new ArrayList<>();
    commits.add(super.prepareTensors(specs, numbers, parameters));
    Group[] after = map.groups(specs);
    for (int i = 0; i < after.length; i++) {
      commits.add(after[i].prepareTensors(specs, groups[i], numbers, parameters));
    }
    return () -> commits.forEach(Runnable::run);
  }

  @Override
  public void requireBetweenUpdates(String call) {
    for (Group group : groups) {
      group.step.requireBetweenUpdates(call);
    }
  }

  @Override
  public void settle() {
    for (Group group : groups) {
      group.step.settle();
    }
  }

  // ---- A step ---------------------------------------------------------------------------------

  @Override
  public void changeArrays() {
    for (Group group : groups) {
      group.step.changeArrays();
    }
  }

  @Override
  public void prepare(double[][] gradients, double[][] parameters, int threads) {
    requireFit(parameters.length);
    memory.requireRoomToCount();
    for (Group group : groups) {
      group.prepare(gradients, parameters, threads);
    }
  }

  @Override
  public void checkRows(
      int gradient, int tensor, int length, int[] rows, double[] values, boolean lazy) {
    Group its = groupOf(tensor);
    if (its != null) {
      its.step.checkRows(gradient, its.indexOf(tensor), length, rows, values, lazy);
    }
  }

  @Override
  public void giveRows(int tensor, int[] rows, double[] values, boolean lazy) {
    groupOf(tensor).giveRows(tensor, rows, values, lazy, parallelism());
  }

  /** Null while the tensors are not known. */
  private Group groupOf(int tensor) {
    for (Group group : groups) {
      if (group.indexOf(tensor) >= 0) {
        return group;
      }
    }
    return null;
  }

  @Override
  public void prepared() {
    updates.clear();
    for (Group group : groups) {
      if (!group.takesPart) {
        group.step.releaseArrays(); // it keeps none of an earlier call
        continue;
      }
      group.step.prepared();
      if (isErrorIfNonFinite()) {
        group.step.requireFinite(group.numbers);
      }
      updates.add(group.step);
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
    update();
    memory.setCalls(memory.calls() + 1);
  }

  private void update() {
    sum[0] = 0.;
    for (int i = 0; i < updates.size(); i++) {
      updates.get(i).begin();
      double[] its = clips ? updates.get(i).gradientSums() : null;
      sum[0] += its == null ? 0. : its[0];
    }
    for (int i = 0; i < updates.size(); i++) {
      updates.get(i).finish(clips ? sum : updates.get(i).gradientSums());
    }
    updates.clear();
  }

  /** Of each group; the count of calls of the whole stays. */
  @Override
  public void applyAccumulated(double[][] parameters) {
    try {
      updates.clear();
      for (Group group : groups) {
        Leftover leftover = Leftover.of(group.step, group.of(parameters), parallelism());
        if (leftover != null) {
          updates.add(leftover);
        }
      }
      update();
    } finally {
      for (Group group : groups) {
        group.step.forgetTensors();
      }
    }
  }

  @Override
  public void end() {
    for (Group group : groups) {
      group.step.end();
    }
  }
}
