package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.HyperparameterBuilder;
import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Scalar;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.builders.CommonOfKeras3;
import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.NamedShape;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.StateChecks;
import io.github.keras4j.optimizers.step.Step;
import io.github.keras4j.optimizers.step.Weights;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Base of Keras 3's optimizers: gradient accumulation, clipping, weight decay, moving averages and
 * learning rate schedules, around the formula of a class.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.TensorSpec;
 * import io.github.keras4j.optimizers.keras3.Adam;
 * import io.github.keras4j.optimizers.keras3.BaseOptimizer;
 *
 * BaseOptimizer optimizer = Adam.builder().learningRate(0.1).weightDecay(0.01).build();
 * optimizer.build(TensorSpec.of("dense/kernel", 3), TensorSpec.of("dense/bias", 1));
 * optimizer.excludeFromWeightDecay("bias");
 * optimizer.applyGradients(gradients, parameters);
 * }</pre>
 *
 * <p>What a step does, in which order, and the hyperparameters that all share are in {@link
 * CommonOfKeras3}. A null gradient leaves its tensor out of all except {@code use_ema}; one at
 * least must not be null.
 *
 * <p>Exact as {@link Optimizer} says, with the numbers of Keras 3.15.1 in float64. Norms may differ
 * in the last places, since Keras leaves the order of sums to its backend.
 *
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py">Keras
 *     3.15.1, base_optimizer.py</a>
 */
public abstract class BaseOptimizer extends Optimizer {
  final AbstractStep step;
  final Hyperparameters hyperparameters;
  LearningRate learningRate;
  private Double weightDecay; // null for none

  /**
   * Reads the hyperparameters that all optimizers share.
   *
   * @param h where to read from; the subclass's constructor reads its own after this
   * @param learningRate the default learning rate
   * @throws IllegalArgumentException if the class has no name, or a hyperparameter is not valid
   */
  protected BaseOptimizer(Hyperparameters h, double learningRate) {
    this(h, learningRate, null);
  }

  /** For classes with a default weight decay. */
  BaseOptimizer(Hyperparameters h, double learningRate, Double weightDecay) {
    this(h, new Step());
    CommonHyperparameters.readName(h, getClass());
    this.learningRate = new LearningRate(h, learningRate);
    this.weightDecay = h.nonNegativeOrNull("weight_decay", weightDecay);
    step.setRate(this.learningRate);
    step.setSpecs(Specs.OF_KERAS3.parsed(h.unrecorded("build_config")));
    CommonHyperparameters.read(h, tensorStep());
    tensorStep().setWeightDecay((specs, tensor) -> weightDecay(specs.tensor(tensor)));
  }

  /** For a {@link MultiOptimizer}: rates and weight decays are of the optimizers inside. */
  BaseOptimizer(Hyperparameters h, AbstractStep step) {
    super(h, step);
    this.step = step;
    hyperparameters = h;
    step.allowMissingGradients();
  }

  // ---- What a subclass may say ----------------------------------------------------------------

  /**
   * In which order Keras creates the slots: names in groups, where a group has all its slots of one
   * tensor, then of the next. One group of all in the order of the constructor, unless overridden.
   */
  protected List<List<String>> weightsOrder() {
    List<String> names = step.memory.slotNames();
    List<String> own = names.subList(tensorStep().slotsOfParts(), names.size());
    return own.isEmpty() ? List.of() : List.of(own);
  }

  /** {@inheritDoc} Weight decay and moving averages read them, too. */
  @Override
  public boolean readsParameters() {
    boolean decays = weightDecay != null && weightDecay != 0.;
    return super.readsParameters() || decays || tensorStep().hasAverage();
  }

  /** Numbers that stand last among the weights. */
  List<Scalar> lastWeights() {
    return List.of();
  }

  /** The weight decay of a tensor, which may have a name and a shape, or null for none. */
  Double weightDecay(NamedShape tensor) {
    return weightDecay;
  }

  // ---- For a MultiOptimizer -------------------------------------------------------------------

  /** The step over tensors, of an optimizer that is not one of others. */
  final Step tensorStep() {
    return (Step) step;
  }

  /** Rejects a call that a MultiOptimizer leaves to those inside. */
  private void requireOne(String call) {
    checkState(
        step instanceof Step,
        "%s must be called on the optimizers inside, got it on the MultiOptimizer",
        call);
  }

  final void setLossScale(Double factor) {
    hyperparameters.replace(CommonHyperparameters.LOSS_SCALE, factor);
    tensorStep().setLossScale(factor);
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
    config.put(Specs.KEY, step.specs().exclusions().arguments());
    return (BaseOptimizer) hyperparameters.another(config, changes);
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /**
   * Tells the tensors' names and shapes, before the first step. Optional, except for what depends
   * on them.
   *
   * @param specs one for each parameter, in their order
   * @throws IllegalArgumentException if one is null, there is none, two have one name, or the
   *     lengths are not the same as of weights that have been set; nothing is changed then
   * @throws IllegalStateException if a step has been made
   */
  public void build(TensorSpec... specs) {
    step.guard.run(() -> Resizing.build(step, specs));
  }

  /**
   * Goes on with other tensors, as {@link #resize(double[][]) resize} by number, but matched by
   * name. Before the first step the same as {@link #build build}. Exclusions by number follow their
   * tensors; patterns are asked again. In a {@link MultiOptimizer} each tensor goes to its group by
   * name; a group that loses all its tensors keeps its count.
   *
   * @param specs names and shapes, in which only the first dimension may be another than before
   * @throws IllegalArgumentException if the parameters are not such as a step takes, there is not
   *     one spec for each, as long as it, two have one name, or a shape is another one; nothing is
   *     changed then
   * @throws IllegalStateException inside an accumulation, in a {@link MultiOptimizer}, or if steps
   *     have been made without {@link #build build}; nothing is changed then
   */
  public void resize(double[][] parameters, TensorSpec... specs) {
    step.guard.run(() -> Resizing.resize(step, parameters, specs));
  }

  /**
   * Excludes tensors from weight decay, before the first step.
   *
   * @param names regular expressions: excluded is a tensor in whose name, the part after the last
   *     {@code /}, one is found; they replace the names of a call before and need {@link #build}
   * @throws IllegalArgumentException if one is null, empty, not a regular expression, longer than
   *     1,000 characters, has what needs backtracking (back references, lookbehind, possessive or
   *     atomic groups) or takes too many steps to be matched
   * @throws IllegalStateException if a step has been made
   */
  public void excludeFromWeightDecay(String... names) {
    requireOne("excludeFromWeightDecay");
    tell("excludeFromWeightDecay", () -> step.specs().excluding(names));
  }

  /**
   * Excludes tensors from weight decay by their numbers, from 0, before the first step. They
   * replace the numbers of a call before.
   *
   * @throws IllegalArgumentException if one is below 0
   * @throws IllegalStateException if a step has been made
   */
  public void excludeFromWeightDecay(int... numbers) {
    requireOne("excludeFromWeightDecay");
    tell("excludeFromWeightDecay", () -> step.specs().excluding(numbers));
  }

  /**
   * Makes tensors keep to a constraint at the end of every call in which they have a gradient,
   * after {@link #build} and before the first step. Their shapes are those told.
   *
   * @param pattern as of {@link #excludeFromWeightDecay(String...)}; found in one name at least
   * @param constraint as in {@link #constrain(int, Constraint, int...)}
   * @throws IllegalArgumentException if the pattern is not valid, or as there
   * @throws IllegalStateException as there, and before {@link #build}
   */
  public void constrain(String pattern, Constraint constraint) {
    step.requireNotInside("constrain");
    tell("constrain", () -> step.specs().constraining(pattern, constraint));
  }

  private void tell(String call, Supplier<Specs> told) {
    step.guard.run(
        () -> {
          step.requireNoStep(call);
          step.setSpecs(told.get());
        });
  }

  /**
   * Sets the parameters to their moving averages, where {@code use_ema} is set; otherwise does
   * nothing. To be called when the training is over.
   *
   * @throws IllegalArgumentException if the parameters do not fit the steps
   * @throws IllegalStateException if no step has been made
   */
  public void finalizeVariableValues(double[][] parameters) {
    step.guard.run(
        () -> {
          step.checks.checkParameters(parameters, step.lengths());
          copyAverages(parameters);
        });
  }

  void copyAverages(double[]... parameters) {
    if (tensorStep().hasAverage()) {
      Averages.copy(tensorStep(), parameters);
    }
  }

  /**
   * What a model with averages is evaluated with: the moving averages with {@code use_ema}, or the
   * average x of {@link ScheduleFreeAdamW}. Before the first step copies of the parameters, as for
   * tensors in a {@link MultiOptimizer} whose optimizer has no averages.
   *
   * @param parameters as the last step has left them
   * @return new arrays; nothing is changed
   * @throws IllegalArgumentException if the parameters do not fit the steps
   * @throws IllegalStateException if there are no averages
   */
  public double[][] averagedParameters(double[][] parameters) {
    return step.guard.get(() -> Averages.of(this, parameters));
  }

  double[][] averages(double[][] parameters) {
    return Averages.moving(tensorStep(), parameters);
  }

  /**
   * Makes one update with the mean of what has been accumulated since the last one, such as by the
   * last calls of an epoch; without any, nothing happens. The rate is what {@link #getLearningRate}
   * returns before. The count of calls goes on to the next multiple of {@code
   * gradient_accumulation_steps}. A tensor that had no gradient in these calls is left out. In a
   * {@link MultiOptimizer} each group makes its update.
   *
   * @param parameters as in a step
   * @throws IllegalArgumentException if they do not fit the steps; nothing is changed then
   */
  public void applyAccumulated(double[][] parameters) {
    step.guard.run(
        () -> {
          step.checks.checkParameters(parameters, step.lengths());
          step.applyAccumulated(parameters);
        });
  }

  // ---- Learning rate --------------------------------------------------------------------------

  /** The learning rate of the next step: the number, or what the schedule returns. */
  public double getLearningRate() {
    requireOne("getLearningRate");
    return learningRate.at(calls());
  }

  /**
   * Sets the learning rate from the next step on: finite and at least 0. -0.0 is one, and is kept.
   *
   * @throws IllegalStateException if the learning rate is a schedule
   */
  public void setLearningRate(double learningRate) {
    requireOne("setLearningRate");
    LearningRate.check(learningRate);
    step.guard.run(() -> this.learningRate.setNumber(learningRate));
  }

  /** Sets the learning rate to a schedule, not null, which is asked with the count of all calls. */
  public void setLearningRate(LearningRateSchedule schedule) {
    requireOne("setLearningRate");
    checkArgument(schedule != null, "learning_rate must be a schedule, got null");
    step.guard.run(() -> learningRate.set(schedule));
  }

  @Override
  public double getLr() {
    return getLearningRate();
  }

  @Override
  public void setLr(double lr) {
    setLearningRate(lr);
  }

  // ---- Configuration and state ----------------------------------------------------------------

  /**
   * How many updates have been made: with {@code gradient_accumulation_steps} one in so many calls.
   */
  @Override
  public long getIterations() {
    return calls() / step.accumulationSteps();
  }

  /** How many calls have been finished, updates or not. */
  final long calls() {
    return super.getIterations();
  }

  /**
   * The configuration, as Keras's {@code get_config} returns it, in which a schedule is a map.
   *
   * @throws IllegalStateException if the learning rate is a schedule without a configuration, such
   *     as a lambda
   */
  @Override
  public Map<String, Object> getConfig() {
    Map<String, Object> config = super.getConfig();
    config.put("learning_rate", learningRate.serialized());
    return config;
  }

  /**
   * The weights in Keras's order: copies of what {@code variables} holds there, each tensor
   * flattened. The count of all calls; the learning rate, unless it is a schedule; with {@code
   * use_ema} the averages; with {@code gradient_accumulation_steps} the accumulators; then the
   * slots, in the order in which the class makes them. Without the tensors' while none is known.
   */
  @Override
  public List<double[]> getWeights() {
    return step.guard.get(() -> weights().get());
  }

  /**
   * Sets the weights, as {@code set_weights} does in Keras.
   *
   * @param weights in the order and layout of {@link #getWeights}; copied
   * @throws IllegalArgumentException if they do not fit the tensors, the first is not a whole
   *     number from 0 to 2<sup>53</sup>, or the learning rate is not valid; nothing is changed then
   * @throws IllegalStateException if no tensor is known, by {@link #build} or a step
   */
  @Override
  public void setWeights(List<double[]> weights) {
    step.guard.run(() -> weights().set(StateChecks.copies(weights)));
  }

  Weights weights() {
    return WeightsOrder.of(this);
  }

  /** Collects hyperparameters of an optimizer of Keras 3. */
  public abstract static class Builder<T extends BaseOptimizer, B extends Builder<T, B>>
      extends HyperparameterBuilder<T, B> implements CommonOfKeras3<B> {
    /** Starts with every hyperparameter at its default. */
    protected Builder(Function<? super Hyperparameters, T> constructor) {
      super(constructor);
    }

    /** Sets a schedule, which is asked with the count of all calls. A lambda cannot be saved. */
    public final B learningRate(LearningRateSchedule schedule) {
      return set("learning_rate", schedule);
    }
  }
}
