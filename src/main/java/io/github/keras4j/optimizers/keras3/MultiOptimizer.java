package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;

import io.github.keras4j.optimizers.HyperparameterBuilder;
import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.Variable;
import io.github.keras4j.optimizers.step.Clipping;
import io.github.keras4j.optimizers.step.NamePatterns;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.Weights;
import io.github.keras4j.optimizers.text.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keras 3's MultiOptimizer: other optimizers for tensors whose names match, in one step and with
 * one state.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.TensorSpec;
 * import io.github.keras4j.optimizers.keras3.Adam;
 * import io.github.keras4j.optimizers.keras3.MultiOptimizer;
 *
 * MultiOptimizer groups =
 *     MultiOptimizer.builder()
 *         .add(".+/bias", Adam.builder().learningRate(0.01).build())
 *         .otherwise(Adam.builder().weightDecay(0.01).build())
 *         .build();
 * groups.build(TensorSpec.of("dense/kernel", 3), TensorSpec.of("dense/bias", 1));
 * groups.applyGradients(gradients, parameters);
 * }</pre>
 *
 * <h2>Which tensor goes where</h2>
 *
 * A tensor goes to the optimizer whose pattern is its very name; else to the one whose pattern, a
 * regular expression, matches the whole name, of which there may be only one; else to {@code
 * otherwise}. Names come from {@link #build build}, without which no step can be made.
 *
 * <h2>A step</h2>
 *
 * Each optimizer makes a step over its own tensors, as it would alone: counts, norms, averages and
 * accumulation are its own. One of whose tensors none has a gradient is left out of the step, and
 * does not count it; Keras fails then, after some of the others have made their steps.
 *
 * <h2>Those inside</h2>
 *
 * What they are told, such as a learning rate or {@link #excludeFromWeightDecay(String...)
 * exclusions}, they are told themselves, before or later: see {@link #optimizers}. Told to the
 * whole, it is rejected with an {@link IllegalStateException}. With the whole they serve one call
 * at a time. {@link #changeLr changeLr} of the whole changes the learning rate of each by itself.
 *
 * <p>Hyperparameters: {@code optimizer_map}, {@code loss_scale_factor} null, which replaces that of
 * each optimizer, {@code name}, and two that Keras does not have: {@code global_clipnorm} null, one
 * norm over the gradients of all that update in a step, after the loss scale and of the means where
 * they accumulate, and {@code error_if_non_finite} false. Where these are not set, they are not in
 * the configuration.
 *
 * <p>{@linkplain OptimizerState State}: the slots of all, in which an empty array stands where a
 * tensor's optimizer has no such slot; {@code 0.iterations}, {@code 1.iterations} … and other
 * scalars of each, by its number.
 *
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/multi_optimizer.py">
 *     Keras 3.15.1, multi_optimizer.py</a>
 */
public final class MultiOptimizer extends BaseOptimizer {
  private static final String CLIPNORM = "global_clipnorm";

  private final OptimizerMap map;
  private final Double lossScaleFactor;
  private final double clipnorm; // over all groups; 0 for none
  private final Runnable told; // takes over what the configuration tells of tensors

  private MultiOptimizer(Hyperparameters h) {
    this(h, OptimizerMap.of(h.object(OptimizerMap.KEY, null)));
  }

  private MultiOptimizer(Hyperparameters h, OptimizerMap map) {
    super(h, new MultiStep(map));
    this.map = map;
    h.replace(OptimizerMap.KEY, map.config(inner -> inner));
    lossScaleFactor = CommonHyperparameters.readLossScale(h);
    h.string("name", "multi_optimizer");
    clipnorm = h.unrecorded(CLIPNORM) == null ? 0. : h.nonNegativeOrNull(CLIPNORM, null);
    step.requireBuild();
    step.setRate(new MultiStep.EachRate(map));
    if (clipnorm > 0.) {
      map.requireOneNorm();
    }
    told = step.prepareSpecs(Specs.OF_KERAS3.parsed(h.unrecorded(Specs.KEY)));
  }

  /** Takes the optimizers over. Until here this may be rejected, and they are as they were. */
  private MultiOptimizer adopting() {
    step.guard.adopt(
        map.optimizers().stream().map(inner -> inner.step.guard).toList(),
        () -> {
          if (clipnorm > 0.) {
            ((MultiStep) step).clip(new Clipping.OfKeras3(0., clipnorm, 0.));
          }
          map.optimizers().forEach(inner -> inner.setLossScale(lossScaleFactor));
          told.run();
        });
    return this;
  }

  /**
   * The optimizers inside, for what each is told or asked by itself, such as its learning rate.
   *
   * @return the optimizers themselves in the order of their patterns, {@code otherwise} last
   */
  public List<BaseOptimizer> optimizers() {
    return map.optimizers();
  }

  /**
   * The numbers of the tensors that one of those inside updates, in their order.
   *
   * @param optimizer its number in {@link #optimizers}
   * @return a new array, empty before the names are known by {@link #build}
   * @throws IllegalArgumentException if there is no such number
   */
  public int[] tensors(int optimizer) {
    optimizer(optimizer); // rejects a number of none
    return step.guard.get(
        () -> groups().length == 0 ? new int[0] : groups()[optimizer].tensors.clone());
  }

  private BaseOptimizer optimizer(int number) {
    int count = optimizers().size();
    if (number < 0 || number >= count) {
      String message = "optimizer must be the number of one of the %d inside, from 0 to %d, got %d";
      throw illegalArgument(message, count, count - 1, number);
    }
    return optimizers().get(number);
  }

  // ---- What the formulas can do -----------------------------------------------------------------

  /** Whether one of those inside takes rows: each tensor's gradient is checked by its own. */
  @Override
  public boolean takesRows() {
    return map.optimizers().stream().anyMatch(BaseOptimizer::takesRows);
  }

  @Override
  public boolean readsParameters() {
    return map.optimizers().stream().anyMatch(BaseOptimizer::readsParameters);
  }

  @Override
  public boolean sumsOverElements() {
    return map.optimizers().stream().anyMatch(BaseOptimizer::sumsOverElements);
  }

  // ---- The step -------------------------------------------------------------------------------

  private Group[] groups() {
    return ((MultiStep) step).groups();
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    throw new UnsupportedOperationException("a MultiOptimizer leaves updates to those inside");
  }

  @Override
  double[][] averages(double[][] parameters) {
    return Averages.ofGroups(groups(), parameters);
  }

  /** Of those whose optimizer has {@code use_ema} set and has made a step. */
  @Override
  void copyAverages(double[]... parameters) {
    for (Group group : groups()) {
      boolean stepped = calls() == 0 || group.step.isAveraging();
      if (group.tensors.length > 0 && stepped) {
        group.optimizer.copyAverages(group.of(parameters));
      }
    }
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * The configuration, as Keras's {@code get_config} returns it.
   *
   * @return a new map of {@code optimizer_map}, in which the optimizers are as {@link
   *     Optimizers#serialize} returns them, {@code loss_scale_factor} and {@code name}
   * @throws IllegalStateException if a learning rate is a schedule without a configuration
   */
  @Override
  public Map<String, Object> getConfig() {
    Map<String, Object> config = hyperparameters.values();
    config.put(OptimizerMap.KEY, map.config(Optimizers::serialize));
    return config;
  }

  @Override
  public String toString() {
    return "keras3.MultiOptimizer" + hyperparameters.values();
  }

  /**
   * {@inheritDoc}
   *
   * @param changes of the whole: {@code loss_scale_factor}, {@code global_clipnorm}, {@code
   *     error_if_non_finite}, {@code name}; those inside are changed by {@link #copy(int, Map)}
   */
  @Override
  public Optimizer copy(Map<String, ?> changes) {
    return copy(null, Map.of(), changes);
  }

  /**
   * Makes a copy in which one of those inside has other hyperparameters.
   *
   * @param optimizer its number in {@link #optimizers}
   * @param changes as for {@link Optimizer#copy(Map)}; the loss scale factor is that of the whole
   * @throws IllegalArgumentException as {@link Optimizer#copy(Map)}, and if there is no such number
   */
  public MultiOptimizer copy(int optimizer, Map<String, ?> changes) {
    return copy(optimizer(optimizer), changes, Map.of());
  }

  /** With changes of one inside, unless that is null, and of the whole. */
  private MultiOptimizer copy(
      BaseOptimizer changed, Map<String, ?> itsChanges, Map<String, ?> changes) {
    return step.guard.get(
        () -> {
          Set<?> names = changes == null ? Set.of() : changes.keySet(); // perhaps no strings
          checkArgument(
              names.stream().noneMatch(OptimizerMap.KEY::equals),
              "changes must be without optimizer_map, got it; copy(int, Map) changes one inside");
          Map<String, Object> config = hyperparameters.values();
          config.put(
              OptimizerMap.KEY,
              map.config(its -> its.copyOfInner(its == changed ? itsChanges : Map.of())));
          config.put(Specs.KEY, step.specs().arguments());
          MultiOptimizer copy =
              ((MultiOptimizer) hyperparameters.another(config, changes)).adopting();
          copy.step.copyFrom(step);
          for (int i = 0; i < optimizers().size(); i++) {
            copy.optimizers().get(i).step.copyFrom(optimizers().get(i).step);
          }
          return copy;
        });
  }

  @Override
  protected OptimizerState liveState() {
    OptimizerState own = super.liveState();
    own.config().put(OptimizerMap.KEY, map.config(OptimizerMap::withExclusions));
    return new MultiState(groups(), step.specs()).join(own);
  }

  @Override
  protected Runnable prepareState(OptimizerState state) {
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    List<Map<String, Object>> configs =
        map.configsIn(config.put(OptimizerMap.KEY, getConfig().get(OptimizerMap.KEY)));
    Runnable own =
        super.prepareState(
            new OptimizerState(state.className(), config, state.iterations(), Map.of(), Map.of()));
    Specs specs = step.specs().parsed(config.get(Specs.KEY));
    Runnable inside = new MultiState(map.groups(specs), specs).prepare(state, configs);
    return () -> {
      own.run();
      inside.run();
    };
  }

  @Override
  Weights weights() {
    Weights weights = new Weights();
    weights.setTensorsKnown(step.lengths() != null);
    weights.addCalls(step.memory);
    weights.addNumber("the learning rate", () -> 0., any -> {}, any -> {});
    for (int i = 0; i < map.optimizers().size(); i++) {
      weights.addAll("optimizers[" + i + "]", map.optimizers().get(i).weights());
    }
    return weights;
  }

  // ---- Making one -----------------------------------------------------------------------------

  /**
   * Makes a MultiOptimizer from a configuration, in which an optimizer may be given as its
   * serialized form or as an object.
   *
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static MultiOptimizer fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, MultiOptimizer::new).adopting();
  }

  /** Starts a builder with every hyperparameter at its default. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Builds a MultiOptimizer of other optimizers, each of them new and a separate object.
   *
   * <p>Not thread-safe. Builds once, since an optimizer is in one MultiOptimizer at most.
   */
  public static final class Builder extends HyperparameterBuilder<MultiOptimizer, Builder> {
    private final Map<String, Object> byPattern = new LinkedHashMap<>();
    private BaseOptimizer otherwise;

    private Builder() {
      super(MultiOptimizer::new);
    }

    /**
     * Adds an optimizer for the tensors whose names match.
     *
     * @param pattern a tensor's name, or a regular expression for all of it
     * @param optimizer that has made no step
     * @throws IllegalArgumentException if the pattern is null, empty, no regular expression or has
     *     been added before, or the optimizer is null
     */
    public Builder add(String pattern, BaseOptimizer optimizer) {
      NamePatterns.check("pattern", pattern);
      requireOptimizer("optimizer", optimizer);
      checkArgument(
          byPattern.putIfAbsent(pattern, optimizer) == null,
          "pattern must be added once, got %s again",
          Text.quote(pattern));
      return this;
    }

    /** Sets the optimizer for the tensors that no pattern matches; it has made no step. */
    public Builder otherwise(BaseOptimizer optimizer) {
      otherwise = requireOptimizer("otherwise", optimizer);
      return this;
    }

    private static BaseOptimizer requireOptimizer(String what, BaseOptimizer optimizer) {
      checkArgument(optimizer != null, "%s must be an optimizer of Keras 3, got null", what);
      return optimizer;
    }

    /**
     * Sets what the loss was multiplied by, to divide the gradients by it. Finite and above 0; none
     * unless set.
     */
    public Builder lossScaleFactor(double lossScaleFactor) {
      return set("loss_scale_factor", lossScaleFactor);
    }

    /**
     * Sets the largest norm over the gradients of all groups together, as {@code global_clipnorm}
     * of one optimizer. Finite and at least 0, which means none. No group may clip by itself, and
     * all accumulate alike.
     */
    public Builder globalClipnorm(double globalClipnorm) {
      return set(CLIPNORM, globalClipnorm);
    }

    /** Sets the name in the configuration. Default {@code multi_optimizer}. */
    public Builder name(String name) {
      return set("name", name);
    }

    /**
     * Makes the optimizer.
     *
     * @throws IllegalArgumentException if {@code otherwise} was not called, an optimizer is a
     *     MultiOptimizer, in another one, here twice or not new, or a hyperparameter is out of its
     *     range
     * @throws IllegalStateException if a call of one of the optimizers is under way
     */
    @Override
    public MultiOptimizer build() {
      BaseOptimizer last = requireOptimizer("otherwise", otherwise);
      set(OptimizerMap.KEY, OptimizerMap.config(last, byPattern));
      return super.build().adopting();
    }
  }
}
