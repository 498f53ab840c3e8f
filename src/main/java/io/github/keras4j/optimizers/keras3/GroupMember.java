package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Step;
import java.util.Map;

/** What a {@link MultiOptimizer} needs of the optimizers inside. */
abstract class GroupMember extends Optimizer {
  final AbstractStep step;
  private final Hyperparameters hyperparameters;
  private boolean inner; // in a MultiOptimizer

  GroupMember(Hyperparameters h, AbstractStep step) {
    super(h, step);
    this.step = step;
    hyperparameters = h;
  }

  /** The step over tensors, of an optimizer that is not one of others. */
  final Step tensorStep() {
    return (Step) step;
  }

  final TensorSpecs specs() {
    return (TensorSpecs) step.specs();
  }

  final boolean isInner() {
    return inner;
  }

  final void requireNotInside(String call) {
    checkState(!inner, "%s must be called on the MultiOptimizer that this optimizer is in", call);
  }

  /** From now on in a MultiOptimizer, and with its loss scale. */
  final void becomeInner(Double lossScaleFactor) {
    inner = true;
    CommonHyperparameters.replaceLossScale(hyperparameters, lossScaleFactor, tensorStep());
  }

  final OptimizerState innerState() {
    return liveState();
  }

  final Runnable prepareInner(OptimizerState state) {
    return prepareState(state);
  }

  /** One of the same configuration, except for changes, that is in no MultiOptimizer. */
  final BaseOptimizer copyOfInner(Map<String, ?> changes) {
    Map<String, Object> config = hyperparameters.values();
    config.put("build_config", specs().exclusions().arguments());
    return (BaseOptimizer) hyperparameters.another(config, changes);
  }
}
