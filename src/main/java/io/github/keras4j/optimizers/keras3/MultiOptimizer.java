package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import io.github.keras4j.optimizers.storage.Text;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

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
 * exclusions}, they are told themselves, before or later: see {@link #optimizers}. With the whole
 * they serve one call at a time.
 *
 * <p>Hyperparameters: {@code optimizer_map}, {@code loss_scale_factor} null, which replaces that of
 * each optimizer, and {@code name}.
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
  private static final String MAP = "optimizer_map";
  private static final String DEFAULT = "default_optimizer";
  private static final String BUILD = "build_config";

  private final List<Pattern> patterns; // of all optimizers but the last
  private final List<BaseOptimizer> optimizers;
  private final Double lossScaleFactor;
  private final String name;
  private List<Group> groups = List.of(); // one for each optimizer, once the tensors are known

  /** The tensors of one optimizer, and what it is handed of them in a step. */
  private static final class Group {
    final BaseOptimizer optimizer;
    final int[] tensors;
    final double[][] gradients;
    final double[][] parameters;
    int threads;

    Group(BaseOptimizer optimizer, int[] tensors) {
      this.optimizer = optimizer;
      this.tensors = tensors;
      gradients = new double[tensors.length][];
      parameters = new double[tensors.length][];
    }

    /** Whether there is a gradient. */
    boolean take(double[][] allGradients, double[][] allParameters) {
      boolean any = false;
      for (int i = 0; i < tensors.length; i++) {
        gradients[i] = allGradients[tensors[i]];
        parameters[i] = allParameters[tensors[i]];
        any |= gradients[i] != null;
      }
      return any;
    }

    void setParallelism(int threads) {
      if (this.threads != threads) {
        optimizer.setParallelism(threads);
        this.threads = threads;
      }
    }

    void release() {
      Arrays.fill(gradients, null);
      Arrays.fill(parameters, null);
    }
  }

  private MultiOptimizer(Hyperparameters h) {
    super(Hyperparameters.defaults(), 0.); // as in Keras, with a learning rate that nobody uses
    Map<?, ?> map = config(MAP, h.object(MAP, null), "OptimizerMap");
    patterns = new ArrayList<>();
    optimizers = new ArrayList<>();
    byPattern(map.get(MAP))
        .forEach(
            (pattern, optimizer) -> {
              patterns.add(Tensors.pattern("pattern", pattern));
              optimizers.add(optimizer(MAP + "[" + Text.quote(pattern) + "]", optimizer));
            });
    optimizers.add(optimizer(DEFAULT, map.get(DEFAULT)));
    requireDistinct();
    lossScaleFactor = lossScaleFactor(h);
    name = h.text("name", "multi_optimizer");
    takeIn();
    setTensors(Tensors.of(h.object(BUILD, null)));
  }

  private MultiOptimizer(MultiOptimizer original) {
    super(Hyperparameters.defaults(), 0.);
    patterns = original.patterns;
    optimizers = original.optimizers.stream().map(inner -> (BaseOptimizer) inner.copy()).toList();
    lossScaleFactor = original.lossScaleFactor;
    name = original.name;
    takeIn();
    setTensors(original.tensors());
  }

  private void takeIn() {
    optimizers.forEach(this::makePart);
    optimizers.forEach(inner -> inner.becomeInner(lossScaleFactor));
  }

  @SuppressWarnings("unchecked") // deserialize checks the keys it looks for
  private static BaseOptimizer optimizer(String what, Object value) {
    Object made = value instanceof Map ? Optimizers.deserialize((Map<String, ?>) value) : value;
    if (!(made instanceof BaseOptimizer) || made instanceof MultiOptimizer) {
      throw refusal(what + " must be an optimizer of Keras 3, but no MultiOptimizer", made);
    }
    BaseOptimizer optimizer = (BaseOptimizer) made;
    if (optimizer.isInner()) {
      throw new IllegalArgumentException(
          what + " must be in one MultiOptimizer alone, got one that is in another");
    }
    if (optimizer.calls() > 0 || optimizer.lengths() != null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be new, got one that has made %d steps%s",
              what,
              optimizer.calls(),
              optimizer.lengths() == null ? "" : " and knows its tensors"));
    }
    if (optimizer.arguments().containsKey("error_if_non_finite")) {
      throw new IllegalArgumentException(
          what + " must be without error_if_non_finite, got it set to true");
    }
    return optimizer;
  }

  private void requireDistinct() {
    for (int i = 0; i < optimizers.size(); i++) {
      for (int before = 0; before < i; before++) {
        if (optimizers.get(before) == optimizers.get(i)) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "optimizers[%d] must be an object of its own, got that of optimizers[%d]; one for"
                      + " both has a pattern such as \"a|b\"",
                  i,
                  before));
        }
      }
    }
  }

  private static Map<?, ?> config(String what, Object value, String className) {
    Map<?, ?> serialized = map(what, value);
    if (!className.equals(serialized.get("class_name"))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be the configuration of an %s, got one with class_name %s",
              what,
              className,
              serialized.get("class_name") instanceof String
                  ? Text.quote((String) serialized.get("class_name"))
                  : "none"));
    }
    return map(what + ".config", serialized.get("config"));
  }

  /**
   * What stands for the optimizers, by their patterns: in a map, as Keras has it, or in a list of
   * pairs, as a state has it, since a file cannot hold every pattern as a name.
   */
  private static Map<String, Object> byPattern(Object value) {
    String what = MAP + ".config." + MAP;
    Collection<?> entries = value instanceof List ? (List<?>) value : map(what, value).entrySet();
    Map<String, Object> byPattern = new LinkedHashMap<>();
    for (Object entry : entries) {
      List<?> pair =
          entry instanceof Map.Entry
              ? Arrays.asList(
                  ((Map.Entry<?, ?>) entry).getKey(), ((Map.Entry<?, ?>) entry).getValue())
              : entry instanceof List ? (List<?>) entry : List.of();
      if (pair.size() != 2 || !(pair.get(0) instanceof String)) {
        throw new IllegalArgumentException(
            what + " must have a text for each optimizer, its pattern, got something else");
      }
      if (byPattern.put((String) pair.get(0), pair.get(1)) != null) {
        throw new IllegalArgumentException(
            what + " must have a pattern once, got " + Text.quote((String) pair.get(0)) + " again");
      }
    }
    return byPattern;
  }

  private static Map<?, ?> map(String what, Object value) {
    if (!(value instanceof Map)) {
      throw refusal(what + " must be a map", value);
    }
    return (Map<?, ?>) value;
  }

  private static IllegalArgumentException refusal(String what, Object value) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "%s, got %s", what, Text.describe(value)));
  }

  /**
   * The optimizers inside, for what each is told or asked by itself, such as its learning rate.
   *
   * @return the optimizers themselves in the order of their patterns, {@code otherwise} last
   */
  public List<BaseOptimizer> optimizers() {
    return List.copyOf(optimizers);
  }

  // ---- Tensors --------------------------------------------------------------------------------

  @Override
  boolean needsBuild() {
    return true;
  }

  /**
   * Tells the tensors' names and shapes, before the first step, and thereby which optimizer each
   * goes to.
   *
   * @param specs one for each parameter, in their order
   * @throws IllegalArgumentException if one is null, there is none, or several patterns match a
   *     name that is none of them; nothing is changed then
   * @throws IllegalStateException if a step has been made, or another call is under way
   */
  @Override
  public void build(TensorSpec... specs) {
    super.build(specs);
  }

  @Override
  void setTensors(Tensors told) {
    List<Group> found = told.areNamed() ? groups(told) : List.of();
    super.setTensors(told);
    groups = found;
    for (BaseOptimizer inner : optimizers) {
      inner.tell(specs(inner));
    }
  }

  private List<Group> groups(Tensors told) {
    int[] numbers =
        IntStream.range(0, told.lengths().length).map(i -> number(told.spec(i).name())).toArray();
    return IntStream.range(0, optimizers.size())
        .mapToObj(
            number ->
                new Group(
                    optimizers.get(number),
                    IntStream.range(0, numbers.length)
                        .filter(tensor -> numbers[tensor] == number)
                        .toArray()))
        .toList();
  }

  /** Which of the optimizers a tensor of this name goes to. */
  private int number(String tensor) {
    int found = optimizers.size() - 1;
    for (int i = 0; i < patterns.size(); i++) {
      if (patterns.get(i).pattern().equals(tensor)) {
        return i;
      }
    }
    for (int i = 0; i < patterns.size(); i++) {
      if (patterns.get(i).matcher(tensor).matches()) {
        if (found < patterns.size()) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "name of a tensor must match one pattern, got %s, which matches %s and %s",
                  Text.quote(tensor),
                  Text.quote(patterns.get(found).pattern()),
                  Text.quote(patterns.get(i).pattern())));
        }
        found = i;
      }
    }
    return found;
  }

  private TensorSpec[] specs(BaseOptimizer inner) {
    return groups.stream()
        .filter(group -> group.optimizer == inner)
        .flatMapToInt(group -> Arrays.stream(group.tensors))
        .mapToObj(this::spec)
        .toArray(TensorSpec[]::new);
  }

  /**
   * Refused: to be called on {@link #optimizers those inside}, before or after they are in here.
   */
  @Override
  public void excludeFromWeightDecay(String... names) {
    throw notHere("excludeFromWeightDecay");
  }

  /** Refused: to be called on {@link #optimizers those inside}, where tensors count from 0. */
  @Override
  public void excludeFromWeightDecay(int... numbers) {
    throw notHere("excludeFromWeightDecay");
  }

  private static IllegalStateException notHere(String call) {
    return new IllegalStateException(
        call + " must be called on the optimizers inside, got it on the MultiOptimizer");
  }

  // ---- The step -------------------------------------------------------------------------------

  @Override
  protected void checkStep(double[][] parameters) {
    super.checkStep(parameters);
    for (int i = 0; i < groups.size(); i++) { // without an iterator, in every step
      Group group = groups.get(i);
      if (group.tensors.length > 0) {
        group.take(parameters, parameters);
        try {
          group.optimizer.checkStep(group.parameters);
        } finally {
          group.release();
        }
        if (group.optimizer.calls() == 1L << 53) {
          throw new IllegalStateException(
              "iterations of an optimizer inside must be below 2^53 for one more step, got "
                  + group.optimizer.calls());
        }
      }
    }
  }

  @Override
  protected void apply(
      double[][] gradients, double[][] parameters, double[][][] slots, int threads) {
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      try {
        if (group.take(gradients, parameters)) {
          group.setParallelism(threads);
          group.optimizer.applyGradients(group.gradients, group.parameters);
        }
      } finally {
        group.release();
      }
    }
  }

  /** Never called: those inside update. */
  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    throw new UnsupportedOperationException("a MultiOptimizer leaves updates to those inside");
  }

  /**
   * Sets the parameters to their moving averages, where their optimizer has {@code use_ema} set and
   * has made a step.
   *
   * @param parameters those of the steps
   * @throws IllegalArgumentException if they do not fit the steps; nothing is changed then
   * @throws IllegalStateException if no step has been made that an average could be of, or another
   *     call is under way
   */
  @Override
  public void finalizeVariableValues(double[][] parameters) {
    exclusively(
        () -> {
          new StepChecks().checkParameters(parameters, lengths());
          for (Group group : groups) {
            if (group.tensors.length > 0 && (calls() == 0 || group.optimizer.calls() > 0)) {
              group.take(parameters, parameters);
              try {
                group.optimizer.finalizeVariableValues(group.parameters);
              } finally {
                group.release();
              }
            }
          }
        });
  }

  // ---- Learning rate --------------------------------------------------------------------------

  /** Refused: to be asked of {@link #optimizers those inside}. */
  @Override
  public double getLearningRate() {
    throw notHere("getLearningRate");
  }

  /** Refused: to be called on {@link #optimizers those inside}. */
  @Override
  public void setLearningRate(double learningRate) {
    throw notHere("setLearningRate");
  }

  /** Refused: to be called on {@link #optimizers those inside}. */
  @Override
  public void setLearningRate(LearningRateSchedule schedule) {
    throw notHere("setLearningRate");
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * The configuration, as Keras's {@code get_config} answers it.
   *
   * @return a new map of {@code optimizer_map}, in which the optimizers are as {@link
   *     Optimizers#serialize} answers them, {@code loss_scale_factor} and {@code name}
   * @throws IllegalStateException if a learning rate is a schedule without a configuration
   */
  @Override
  public Map<String, Object> getConfig() {
    return config(Optimizers::serialize);
  }

  @Override
  protected Map<String, Object> arguments() {
    Map<String, Object> config = config(inner -> inner);
    if (tensors().config() != null) {
      config.put(BUILD, tensors().config());
    }
    return config;
  }

  private Map<String, Object> config(Function<BaseOptimizer, Object> form) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put(MAP, optimizerMap(form, byPattern -> byPattern));
    config.put("loss_scale_factor", lossScaleFactor);
    config.put("name", name);
    return config;
  }

  private Map<String, Object> optimizerMap(
      Function<BaseOptimizer, Object> form, Function<Map<String, Object>, Object> mapForm) {
    Map<String, Object> byPattern = new LinkedHashMap<>();
    for (int i = 0; i < patterns.size(); i++) {
      byPattern.put(patterns.get(i).pattern(), form.apply(optimizers.get(i)));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(DEFAULT, form.apply(optimizers.get(patterns.size())));
    map.put(MAP, mapForm.apply(byPattern));
    return serialized("OptimizerMap", map);
  }

  private static List<Object> pairs(Map<String, Object> byPattern) {
    List<Object> pairs = new ArrayList<>();
    byPattern.forEach((pattern, optimizer) -> pairs.add(List.of(pattern, optimizer)));
    return pairs;
  }

  private static Map<String, Object> serialized(String className, Map<String, Object> config) {
    Map<String, Object> serialized = new LinkedHashMap<>();
    serialized.put("module", "keras.optimizers");
    serialized.put("class_name", className);
    serialized.put("config", config);
    serialized.put("registered_name", null);
    return serialized;
  }

  @Override
  protected Optimizer another() {
    return new MultiOptimizer(this);
  }

  @Override
  protected OptimizerState liveState() {
    boolean known = optimizers.stream().anyMatch(BaseOptimizer::hasSlots);
    if (known) {
      optimizers.forEach(BaseOptimizer::makeSlots);
    }
    OptimizerState own = super.liveState();
    own.config().put(MAP, optimizerMap(MultiOptimizer::withExclusions, MultiOptimizer::pairs));
    return MultiState.join(own, innerStates(), tensorsOfEach(), known ? lengths().length : 0);
  }

  /** The serialized form, with what was excluded from weight decay. */
  private static Map<String, Object> withExclusions(BaseOptimizer inner) {
    Map<String, Object> config = inner.getConfig();
    Map<String, Object> exclusions = inner.tensors().withoutSpecs().config();
    if (exclusions != null) {
      config.put(BUILD, exclusions);
    }
    Map<String, Object> serialized = Optimizers.serialize(inner);
    serialized.put("config", config);
    return serialized;
  }

  private List<OptimizerState> innerStates() {
    return optimizers.stream().map(BaseOptimizer::innerState).toList();
  }

  private List<int[]> tensorsOfEach() {
    return groups.isEmpty()
        ? Collections.nCopies(optimizers.size(), new int[0])
        : groups.stream().map(group -> group.tensors).toList();
  }

  @Override
  protected Runnable restoreState(OptimizerState state) {
    Map<String, Object> config = new LinkedHashMap<>(state.config());
    List<Map<String, Object>> configs = innerConfigs(config.put(MAP, getConfig().get(MAP)));
    Deque<Runnable> undo = new ArrayDeque<>();
    try {
      undo.push(
          super.restoreState(
              new OptimizerState(
                  state.className(), config, state.iterations(), Map.of(), Map.of())));
      List<OptimizerState> parts =
          MultiState.split(state, innerStates(), tensorsOfEach(), tensors().count());
      for (int i = 0; i < parts.size(); i++) {
        undo.push(restoreInner(i, parts.get(i), configs.get(i)));
      }
    } catch (RuntimeException refused) {
      undo.forEach(Runnable::run);
      throw refused;
    }
    return () -> undo.forEach(Runnable::run);
  }

  @Override
  protected Runnable restoreConfig(Map<String, ?> config) {
    return restoreBuild(config); // the learning rates are those inside
  }

  /** The configurations of the optimizers inside that a state holds. */
  private List<Map<String, Object>> innerConfigs(Object optimizerMap) {
    Map<?, ?> map = config(MAP, optimizerMap, "OptimizerMap");
    Map<String, Object> byPattern = byPattern(map.get(MAP));
    List<String> expected = patterns.stream().map(Pattern::pattern).toList();
    if (!List.copyOf(byPattern.keySet()).equals(expected)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "state must have patterns %s, got %s",
              expected,
              Text.quote(byPattern.keySet().toString())));
    }
    List<Map<String, Object>> configs = new ArrayList<>();
    for (int i = 0; i < optimizers.size(); i++) {
      Object given = i < patterns.size() ? byPattern.get(expected.get(i)) : map.get(DEFAULT);
      Object className = Optimizers.serialize(optimizers.get(i)).get("class_name");
      Map<String, Object> config = new LinkedHashMap<>();
      config("optimizers[" + i + "]", given, (String) className)
          .forEach((key, value) -> config.put(String.valueOf(key), value));
      configs.add(config);
    }
    return configs;
  }

  private Runnable restoreInner(int number, OptimizerState part, Map<String, Object> config) {
    BaseOptimizer inner = optimizers.get(number);
    TensorSpec[] specs = specs(inner);
    Tensors exclusions = Tensors.of(config.remove(BUILD));
    Tensors told = specs.length == 0 ? exclusions : exclusions.withSpecs(specs);
    if (told.config() != null) {
      config.put(BUILD, told.config());
    }
    try {
      return inner.restoreInner(
          new OptimizerState(
              part.className(), config, part.iterations(), part.slots(), part.scalars()));
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(
          "optimizers[" + number + "]: " + refused.getMessage(), refused);
    }
  }

  /**
   * The weights in Keras's order: what {@code variables} holds there. The count of all calls, the
   * learning rate 0 that nobody uses, then those of the optimizers inside, one after another.
   *
   * @return copies; without the tensors' while none is known
   * @throws IllegalStateException if another call is under way
   */
  @Override
  public List<double[]> getWeights() {
    List<double[]> weights = new ArrayList<>();
    exclusively(() -> weights.addAll(weights()));
    return weights;
  }

  private List<double[]> weights() {
    List<double[]> weights = new ArrayList<>();
    weights.add(new double[] {calls()});
    weights.add(new double[] {0.});
    optimizers.forEach(inner -> weights.addAll(inner.getWeights()));
    return weights;
  }

  /**
   * Sets the weights, as {@code set_weights} does in Keras.
   *
   * @param weights in the order and layout of {@link #getWeights}; copied
   * @throws IllegalArgumentException if the list or an array is null, their number or lengths do
   *     not fit the tensors, or a count or a learning rate is not valid; nothing is changed then
   * @throws IllegalStateException if no tensor is known, by {@link #build}, or another call is
   *     under way
   */
  @Override
  public void setWeights(List<double[]> weights) {
    exclusively(
        () -> {
          requireArrays(weights);
          if (lengths() == null) {
            throw new IllegalStateException(
                "weights can be set once the tensors are known: call build(TensorSpec...)");
          }
          List<double[]> before = weights();
          requireLengths(weights, before.stream().mapToInt(array -> array.length).toArray());
          long calls = checkCalls(weights.get(0)[0]);
          try {
            setInnerWeights(weights);
          } catch (IllegalArgumentException refused) {
            setInnerWeights(before);
            throw refused;
          }
          setIterations(calls);
        });
  }

  private void setInnerWeights(List<double[]> weights) {
    int from = 2;
    for (int i = 0; i < optimizers.size(); i++) {
      int to = from + optimizers.get(i).getWeights().size();
      try {
        optimizers.get(i).setWeights(weights.subList(from, to));
      } catch (IllegalArgumentException refused) {
        throw new IllegalArgumentException(
            "optimizers[" + i + "]: " + refused.getMessage(), refused);
      }
      from = to;
    }
  }

  // ---- Making one -----------------------------------------------------------------------------

  /**
   * Makes a MultiOptimizer from a configuration.
   *
   * @param config {@code optimizer_map}, in which an optimizer may be given as its serialized form
   *     or as an object, {@code loss_scale_factor} and {@code name}; never changed
   * @return a new optimizer
   * @throws IllegalArgumentException if {@code config} is null, or holds a name that is not known
   *     or a value that is not valid; the message names it
   */
  public static MultiOptimizer fromConfig(Map<String, ?> config) {
    return Hyperparameters.build(config, MultiOptimizer::new);
  }

  /**
   * Starts a builder.
   *
   * @return a builder without optimizers
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Builds a MultiOptimizer of other optimizers, each of them new and an object of its own.
   *
   * <p>Not thread-safe. Builds once, since an optimizer is in one MultiOptimizer at most.
   */
  public static final class Builder {
    private final Map<String, Object> byPattern = new LinkedHashMap<>();
    private final Map<String, Object> config = new LinkedHashMap<>();
    private BaseOptimizer otherwise;

    private Builder() {}

    /**
     * Adds an optimizer for the tensors whose names match.
     *
     * @param pattern a tensor's name, or a regular expression for all of it
     * @param optimizer that has made no step
     * @return this builder
     * @throws IllegalArgumentException if the pattern is null, empty, no regular expression or has
     *     been added before, or the optimizer is null
     */
    public Builder add(String pattern, BaseOptimizer optimizer) {
      Tensors.pattern("pattern", pattern);
      requireOptimizer("optimizer", optimizer);
      if (byPattern.putIfAbsent(pattern, optimizer) != null) {
        throw new IllegalArgumentException(
            "pattern must be added once, got " + Text.quote(pattern) + " again");
      }
      return this;
    }

    /**
     * Sets the optimizer for the tensors that no pattern matches.
     *
     * @param optimizer that has made no step
     * @return this builder
     * @throws IllegalArgumentException if it is null
     */
    public Builder otherwise(BaseOptimizer optimizer) {
      otherwise = requireOptimizer("otherwise", optimizer);
      return this;
    }

    private static BaseOptimizer requireOptimizer(String what, BaseOptimizer optimizer) {
      if (optimizer == null) {
        throw new IllegalArgumentException(what + " must be an optimizer of Keras 3, got null");
      }
      return optimizer;
    }

    /**
     * Sets what the loss was multiplied by, to divide the gradients by it.
     *
     * @param lossScaleFactor finite and above 0; none unless set
     * @return this builder
     */
    public Builder lossScaleFactor(double lossScaleFactor) {
      config.put("loss_scale_factor", lossScaleFactor);
      return this;
    }

    /**
     * Sets the name in the configuration.
     *
     * @param name default {@code multi_optimizer}
     * @return this builder
     */
    public Builder name(String name) {
      config.put("name", name);
      return this;
    }

    /**
     * Makes the optimizer.
     *
     * @return a new optimizer
     * @throws IllegalArgumentException if {@code otherwise} was not called, an optimizer is a
     *     MultiOptimizer, in another one, here twice or not new, or a hyperparameter is out of its
     *     range
     * @throws IllegalStateException if a call of one of the optimizers is under way
     */
    public MultiOptimizer build() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put(DEFAULT, requireOptimizer("otherwise", otherwise));
      map.put(MAP, byPattern);
      config.put(MAP, serialized("OptimizerMap", map));
      return fromConfig(config);
    }
  }
}
