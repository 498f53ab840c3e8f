package io.github.keras4j.optimizers.keras3;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.HyperparameterBuilder;
import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Base of Keras 3's optimizers: gradient accumulation, clipping, weight decay, moving averages and
 * learning rate schedules, around the formula of a class.
 *
 * <pre>{@code
 * import io.github.keras4j.optimizers.TensorSpec;
 * import io.github.keras4j.optimizers.keras3.Adam;
 * import io.github.keras4j.optimizers.keras3.BaseOptimizer;
 * import io.github.keras4j.optimizers.schedules.CosineDecay;
 *
 * BaseOptimizer optimizer =
 *     Adam.builder()
 *         .learningRate(CosineDecay.builder().initialLearningRate(0.1).decaySteps(1000).build())
 *         .weightDecay(0.01)
 *         .globalClipnorm(1.0)
 *         .build();
 * optimizer.build(TensorSpec.of("dense/kernel", 3), TensorSpec.of("dense/bias", 1));
 * optimizer.excludeFromWeightDecay("bias");
 * optimizer.applyGradients(gradients, parameters);
 * }</pre>
 *
 * <h2>What every optimizer does</h2>
 *
 * In this order, with {@code calls} the steps that were asked for before this one, {@code n} the
 * {@code gradient_accumulation_steps} or 1, {@code iterations = floor(calls / n)}, {@code t =
 * iterations + 1} and {@code S} the sum over a tensor's elements:
 *
 * <pre>
 * learning_rate       lr = schedule(calls), or the number
 * loss_scale_factor   g = g / loss_scale_factor
 * accumulation        acc = g + acc                    unless calls + 1 is a multiple of n: on to ema
 *                     g = (g + acc) / n, acc = 0       where it is
 * clipnorm            y = sqrt(S(g * g))
 *                     g = (g * clipnorm) / max(y, clipnorm)
 * global_clipnorm     y = sqrt(sum of S(g * g) over all tensors)
 *                     g = g * (global_clipnorm * min(1 / y, 1 / global_clipnorm) + (y - y))
 * clipvalue           g = min(max(g, -clipvalue), clipvalue)
 * weight_decay        p = p - (p * weight_decay) * lr
 * update              as the class says
 * use_ema             e = (iterations != 0 ? 1 : 0) * ema_momentum
 *                     average = e * average + (1 - e) * p
 *                     p = average                      where iterations + 1 is a multiple of
 *                                                      ema_overwrite_frequency
 * </pre>
 *
 * Of the three clips one may be set. Both norms round even where they do not clip. A null gradient
 * leaves its tensor out of all but {@code use_ema}; one at least must not be null.
 *
 * <h2>Hyperparameters</h2>
 *
 * {@code name}, {@code learning_rate}, {@code weight_decay} null, {@code clipnorm} null, {@code
 * global_clipnorm} null, {@code clipvalue} null, {@code use_ema} false, {@code ema_momentum} 0.99,
 * {@code ema_overwrite_frequency} null, {@code loss_scale_factor} null, {@code
 * gradient_accumulation_steps} null, then those of the class. Whole numbers are numbers everywhere.
 * Where Keras has another default, the class says so.
 *
 * <h2>Exactness</h2>
 *
 * As {@link Optimizer} says, with the numbers of Keras 3.15.1 in float64. Sums over elements, that
 * is norms, may differ from Keras's in the last places, since Keras leaves their order to its
 * backend.
 *
 * <h2>Writing an optimizer</h2>
 *
 * A subclass writes {@link #updateStep updateStep} in the place of {@code update}, a loop over the
 * elements of one {@link Variable}, which hands out gradients that are scaled, accumulated and
 * clipped, and parameters that are decayed.
 *
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py">Keras
 *     3.15.1, base_optimizer.py</a>
 */
public abstract class BaseOptimizer extends Optimizer {
  private final LearningRate learningRate;
  private final List<String> slotNames;
  StepSettings settings;
  private Tensors tensors;
  private boolean inner; // in a MultiOptimizer
  private double lr; // of the step under way
  Keras3Step step; // null before the first, and once the tensors have been told anew

  /**
   * Reads the hyperparameters that all optimizers share.
   *
   * @param h where to read from; the subclass's constructor reads its own after this
   * @param learningRate the default learning rate
   * @param slots names of the arrays to keep for each tensor, in the order in which {@link
   *     Variable#slot Variable.slot} counts them
   * @throws IllegalArgumentException if two slots have the same name, or a hyperparameter is not
   *     valid
   */
  protected BaseOptimizer(Hyperparameters h, double learningRate, String... slots) {
    this(h, learningRate, null, slots);
  }

  BaseOptimizer(Hyperparameters h, double learningRate, Double weightDecay, String... slots) {
    super(h, StepSettings.withSlotsOfStep(h, slots));
    h.text("name", snakeCase(getClass().getSimpleName()));
    this.learningRate = new LearningRate(h.object("learning_rate", learningRate));
    settings = StepSettings.read(h, weightDecay);
    slotNames = List.of(slots);
    tensors = Tensors.of(h.object("build_config", null));
  }

  /** {@code RMSprop} to {@code rm_sprop}, as Keras's {@code auto_name}. */
  private static String snakeCase(String className) {
    return className
        .replaceAll("(.)([A-Z][a-z0-9]+)", "$1_$2")
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }

  // ---- What a subclass writes -----------------------------------------------------------------

  /**
   * Updates a range of elements of one tensor with a gradient. Called once an update for every
   * element that it reaches, which is all but those of rows that {@link Gradient#lazyRows lazy
   * rows} leave out, for different ranges by different threads at once. Must not throw: what is
   * written stays written.
   *
   * <p>Gradients are read by {@link Variable#gradient(int)}, and parameters begin with {@link
   * Variable#decay(double)}, or have no weight decay. A loop over one {@code int} index, the same
   * in all arrays, compiles to vector instructions.
   *
   * @param lr what {@link #beginStep beginStep} returned, whose {@code t} counts updates
   * @param x the tensor
   * @param from the first element
   * @param to the element after the last one
   */
  protected abstract void updateStep(double lr, Variable x, int from, int to);

  /**
   * Computes what all elements share in an update. Called once an update, by the caller's thread,
   * when nothing can be refused any more and before any {@link #updateStep updateStep}: so it must
   * not throw.
   *
   * @param lr the learning rate of this call
   * @param t the number of this update, from 1
   * @return the learning rate to hand to {@link #updateStep updateStep}; {@code lr} itself unless
   *     overridden
   */
  @Override
  protected double beginStep(double lr, long t) {
    return lr;
  }

  /**
   * Whether an update by a gradient of zero changes neither parameters nor slots, so that a step
   * with {@link Gradient#rows rows} need not visit any others, unless weight decay or average do.
   *
   * @return false, unless overridden
   */
  @Override
  protected boolean ignoresZeros() {
    return false;
  }

  /**
   * In which order Keras creates the slots.
   *
   * @return the constructor's names in groups: a group has all its slots of one tensor, then of the
   *     next; one group of all, unless overridden
   */
  protected List<List<String>> weightsOrder() {
    return slotNames.isEmpty() ? List.of() : List.of(slotNames);
  }

  /** Numbers that stand last among the weights. */
  List<Scalar> lastWeights() {
    return List.of();
  }

  /** Sets what a tensor's slots begin with, where that depends on the parameters. */
  void beforeFirstStep(Variable x) {}

  /** Whether the formula goes element by element, so that some rows can be updated alone. */
  boolean takesRows() {
    return true;
  }

  /**
   * Whether there is {@link #updateAveraged}: beside a short formula, a pass of its own for the
   * averages takes up to a sixth of a step.
   */
  boolean averages() {
    return false;
  }

  /**
   * {@link #updateStep updateStep}, in a loop that moves the averages, too. A method of its own, so
   * that neither loop has to be compiled with the other.
   */
  void updateAveraged(double lr, Variable x, int from, int to) {
    throw new UnsupportedOperationException("averages are moved apart");
  }

  /** Whether a step needs what {@link #build} tells. */
  boolean needsBuild() {
    return false;
  }

  /** The weight decay of a tensor, or null for none. */
  Double weightDecay(TensorSpec spec) {
    return settings.weightDecay();
  }

  /** Updates all tensors: part by part, unless the formula needs more than one pass. */
  void updateTensors() {
    step.updateParts();
  }

  @Override
  protected final void update(
      double lr, double[] p, double[] grads, double[][] slots, int from, int to) {
    throw new UnsupportedOperationException("an optimizer of Keras 3 updates in updateStep");
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /**
   * Tells the tensors' names and shapes, before the first step. Optional, but for what depends on
   * them.
   *
   * @param specs one for each parameter, in their order
   * @throws IllegalArgumentException if one is null, there is none, or the lengths are not those of
   *     weights that have been set; nothing is changed then
   * @throws IllegalStateException if a step has been made, or another call is under way
   */
  public void build(TensorSpec... specs) {
    exclusively(
        () -> {
          requireNoStep("build");
          if (inner) {
            throw new IllegalStateException(
                "build must be called on the MultiOptimizer that this optimizer is in");
          }
          Tensors told = tensors.withSpecs(specs);
          if (!tensors.areNamed() && super.lengths() != null) {
            told.requireLengths(super.lengths());
          }
          setTensors(told);
          createSlots(told.lengths());
        });
  }

  /**
   * Leaves tensors out of weight decay, before the first step.
   *
   * @param names regular expressions: left out is a tensor in whose name, the part after the last
   *     {@code /}, one is found; they replace those of a call before and need {@link #build}
   * @throws IllegalArgumentException if one is null, empty or no regular expression
   * @throws IllegalStateException if a step has been made, or another call is under way
   */
  public void excludeFromWeightDecay(String... names) {
    exclusively(
        () -> {
          requireNoStep("excludeFromWeightDecay");
          setTensors(tensors.excluding(names));
        });
  }

  /**
   * Leaves tensors out of weight decay, before the first step.
   *
   * @param numbers of the tensors, from 0; they replace those of a call before
   * @throws IllegalArgumentException if one is below 0
   * @throws IllegalStateException if a step has been made, or another call is under way
   */
  public void excludeFromWeightDecay(int... numbers) {
    exclusively(
        () -> {
          requireNoStep("excludeFromWeightDecay");
          setTensors(tensors.excluding(numbers));
        });
  }

  private void requireNoStep(String call) {
    if (super.getIterations() > 0) {
      throw new IllegalStateException(
          call + " must come before the first step, got it after " + super.getIterations());
    }
  }

  void setTensors(Tensors told) {
    settle();
    tensors = told;
    step = null; // which tensors decay may have changed
  }

  final Tensors tensors() {
    return tensors;
  }

  /** The name and shape of a tensor, or null unless told. */
  final TensorSpec spec(int tensor) {
    return tensors.spec(tensor);
  }

  /** The weight decay of a tensor, or null where it does not decay. */
  final Double weightDecayOf(int tensor) {
    return tensors.decays(tensor) ? weightDecay(tensors.spec(tensor)) : null;
  }

  @Override
  protected int[] lengths() {
    int[] known = super.lengths();
    if (known != null) {
      return known;
    }
    return inner && !tensors.areNamed() ? new int[0] : tensors.lengths();
  }

  // ---- Steps ----------------------------------------------------------------------------------

  @Override
  protected boolean mayLackGradients() {
    return true;
  }

  @Override
  protected void checkStep(double[][] parameters) {
    if (needsBuild() && !tensors.areNamed()) {
      throw new IllegalStateException(
          getClass().getSimpleName()
              + " needs names and shapes: call build(TensorSpec...) before the first step");
    }
    tensors.checkFit(parameters.length);
    lr = learningRate.at(super.getIterations()); // a schedule may refuse
  }

  /** Refuses rows that this class does not take, or of another length than told or before. */
  @Override
  protected void checkRows(int tensor, int rows, int values) {
    checkRows(tensor, tensor, rows, values);
  }

  /** The same for a gradient that has another number in the call. */
  final void checkRows(int gradient, int tensor, int rows, int values) {
    if (!takesRows()) {
      throw new IllegalArgumentException(
          format(
              "%s takes dense gradients alone, got rows in gradients[%d]",
              getClass().getSimpleName(), gradient));
    }
    if (rows > 0) {
      TensorSpec spec = spec(tensor);
      if (spec != null) {
        requireRowLength(gradient, spec.rowLength(), "as its spec has it", values / rows);
      }
      int before = step == null ? 0 : step.rowLength(tensor);
      if (before > 0) {
        requireRowLength(gradient, before, "as before in this accumulation", values / rows);
      }
    }
  }

  private static void requireRowLength(int gradient, int length, String as, int given) {
    if (given != length) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must have rows of %d elements, %s, got %d",
              gradient, length, as, given));
    }
  }

  @Override
  protected void apply(
      double[][] gradients,
      Gradient[] rows,
      double[][] parameters,
      double[][][] slots,
      int threads) {
    if (step == null || !step.isOver(slots)) {
      step = new Keras3Step(this, settings, slots);
    }
    step.make(super.getIterations(), lr, gradients, rows, parameters, threads);
  }

  /**
   * Sets the parameters to their moving averages, where {@code use_ema} is set; otherwise does
   * nothing. To be called when the training is over.
   *
   * @param parameters those of the steps
   * @throws IllegalArgumentException if they do not fit the steps; nothing is changed then
   * @throws IllegalStateException if no step has been made, or another call is under way
   */
  public void finalizeVariableValues(double[][] parameters) {
    exclusively(
        () -> {
          new StepChecks().checkParameters(parameters, lengths());
          if (!settings.useEma()) {
            return;
          }
          if (super.getIterations() == 0) {
            throw new IllegalStateException(
                "finalizeVariableValues needs a step to average over, got none");
          }
          for (int tensor = 0; tensor < parameters.length; tensor++) {
            double[] average = settings.average(slots()[tensor]);
            System.arraycopy(average, 0, parameters[tensor], 0, average.length);
          }
        });
  }

  // ---- Learning rate --------------------------------------------------------------------------

  /**
   * The learning rate of the next step.
   *
   * @return the number, or what the schedule says
   */
  public double getLearningRate() {
    return learningRate.at(super.getIterations());
  }

  /**
   * Sets the learning rate.
   *
   * @param learningRate from the next step on, finite and at least 0
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if the learning rate is a schedule, or another call is under way
   */
  public void setLearningRate(double learningRate) {
    LearningRate.check(learningRate);
    exclusively(() -> this.learningRate.setNumber(learningRate));
  }

  /**
   * Sets the learning rate to a schedule, which is asked with the count of all calls.
   *
   * @param schedule from the next step on
   * @throws IllegalArgumentException if it is null
   * @throws IllegalStateException if another call is under way
   */
  public void setLearningRate(LearningRateSchedule schedule) {
    if (schedule == null) {
      throw new IllegalArgumentException("learning_rate must be a schedule, got null");
    }
    exclusively(() -> learningRate.set(schedule));
  }

  /** The same as {@link #getLearningRate}. */
  @Override
  public double getLr() {
    return getLearningRate();
  }

  /** The same as {@link #setLearningRate(double) setLearningRate}. */
  @Override
  public void setLr(double lr) {
    setLearningRate(lr);
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * How many updates have been made: with {@code gradient_accumulation_steps} one in so many calls.
   *
   * @return the number of finished updates
   */
  @Override
  public long getIterations() {
    return super.getIterations() / settings.accumulationSteps();
  }

  /**
   * The configuration, as Keras's {@code get_config} answers it.
   *
   * @return a new map from Keras's names to numbers, flags, texts, null and, for a schedule, a map,
   *     with the learning rate as it is now
   * @throws IllegalStateException if the learning rate is a schedule without a configuration, such
   *     as a lambda
   */
  @Override
  public Map<String, Object> getConfig() {
    return withoutBuild(learningRate.serialized());
  }

  private Map<String, Object> withoutBuild(Object rate) {
    Map<String, Object> config = super.getConfig();
    config.remove("build_config");
    config.put("learning_rate", rate);
    config.put("loss_scale_factor", settings.lossScaleFactor());
    return config;
  }

  @Override
  protected Map<String, Object> arguments() {
    Map<String, Object> config = withoutBuild(learningRate.value());
    Object told = tensors.withTouched(null).config();
    if (told != null) {
      config.put("build_config", told);
    }
    return config;
  }

  @Override
  protected Map<String, Object> buildConfig() {
    return told().config();
  }

  /** What has been told, and what rows an accumulation under way has touched. */
  final Tensors told() {
    return step == null ? tensors : tensors.withTouched(step.touched());
  }

  /** Makes slots what they stand for, before they are read. */
  private void settle() {
    if (step != null) {
      step.settle();
    }
  }

  @Override
  protected OptimizerState liveState() {
    settle();
    return super.liveState();
  }

  @Override
  protected Optimizer another() {
    settle();
    BaseOptimizer another = (BaseOptimizer) super.another();
    another.setTensors(told());
    return another;
  }

  @Override
  protected Runnable restoreState(OptimizerState state) {
    Runnable undo = super.restoreState(state);
    try {
      tensors.requireRowsOf(calls() % settings.accumulationSteps(), lengths());
    } catch (RuntimeException refused) {
      undo.run();
      throw refused;
    }
    return undo;
  }

  @Override
  protected Runnable restoreConfig(Map<String, ?> config) {
    Object rateBefore = learningRate.value();
    Object serialized = config.get("learning_rate");
    // A schedule of the user's own may be known only to who made this optimizer.
    boolean same = learningRate.isSchedule() && learningRate.serialized().equals(serialized);
    Object rate = same ? rateBefore : LearningRate.parse(serialized);
    Runnable undoTensors = restoreBuild(config);
    learningRate.set(rate);
    return () -> {
      learningRate.set(rateBefore);
      undoTensors.run();
    };
  }

  /** Takes what {@link #build} and exclusions have told from the configuration of a state. */
  final Runnable restoreBuild(Map<String, ?> config) {
    Tensors before = told();
    setTensors(tensors.restored(config.get("build_config")));
    return () -> setTensors(before);
  }

  /**
   * The weights in Keras's order: what {@code variables} holds there, each tensor flattened. The
   * count of all calls; the learning rate, unless it is a schedule; with {@code use_ema} the
   * averages; with {@code gradient_accumulation_steps} the accumulators; then the slots, in the
   * order in which the class makes them.
   *
   * @return copies; without the tensors' while none is known
   * @throws IllegalStateException if another call is under way
   */
  @Override
  public List<double[]> getWeights() {
    List<double[]> copies = new ArrayList<>();
    exclusively(() -> copies.addAll(weights().get()));
    return copies;
  }

  /**
   * Sets the weights, as {@code set_weights} does in Keras.
   *
   * @param weights in the order and layout of {@link #getWeights}; copied
   * @throws IllegalArgumentException if the list or an array is null, their number or lengths do
   *     not fit the tensors, the first is no whole number from 0 to 2<sup>53</sup>, or the learning
   *     rate no finite number from 0; nothing is changed then
   * @throws IllegalStateException if no tensor is known, by {@link #build} or a step, or another
   *     call is under way
   */
  @Override
  public void setWeights(List<double[]> weights) {
    exclusively(
        () -> {
          Weights.requireArrays(weights);
          requireTensorsFor(weights);
          weights().set(weights);
        });
  }

  void requireTensorsFor(List<double[]> weights) {
    if (lengths() == null && weights.size() > 2 + lastWeights().size()) {
      throw new IllegalStateException(
          "weights can be set once the tensors are known: call build(TensorSpec...) or make"
              + " a step");
    }
  }

  Weights weights() {
    settle();
    Weights weights = new Weights();
    weights.addCalls(this::calls, this::setIterations);
    if (!learningRate.isSchedule()) {
      weights.addNumber(() -> learningRate.at(0), LearningRate::check, learningRate::set);
    }
    int[] lengths = lengths();
    if (lengths != null) {
      makeSlots();
      groups().forEach(group -> addSlots(weights, group, lengths));
    }
    if (lengths == null || lengths.length > 0) {
      lastWeights().forEach(scalar -> weights.addNumber(scalar::get, any -> {}, scalar::set));
    }
    return weights;
  }

  /** The places of the slots in Keras's order, in groups. */
  private List<List<Integer>> groups() {
    List<List<Integer>> groups = new ArrayList<>();
    for (int ofStep = 0; ofStep < settings.slots(); ofStep++) {
      groups.add(List.of(slotNames.size() + ofStep));
    }
    for (List<String> group : weightsOrder()) {
      groups.add(group.stream().map(slotNames::indexOf).toList());
    }
    return groups;
  }

  private void addSlots(Weights weights, List<Integer> group, int... lengths) {
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      for (int slot : group) {
        if (slotLength(slot, tensor, lengths[tensor]) >= 0) {
          weights.addArray(slots()[tensor][slot]);
        }
      }
    }
  }

  // ---- A part of a model ----------------------------------------------------------------------

  @Override
  public void setNormExchange(UnaryOperator<double[]> exchange) {
    if (inner || !mayBeInner() || settings.accumulates()) {
      throw new IllegalStateException(
          "a norm exchange cannot be set on a MultiOptimizer, an optimizer in one, or with"
              + " gradient_accumulation_steps");
    }
    super.setNormExchange(exchange);
  }

  /** {@link #exchangesNorms}, for the step. */
  final boolean exchanges() {
    return exchangesNorms();
  }

  /** {@link #exchangeNorms}, for the step. */
  final double[] exchange(double... own) {
    return exchangeNorms(own);
  }

  // ---- In a MultiOptimizer --------------------------------------------------------------------

  boolean mayBeInner() {
    return true;
  }

  final boolean isInner() {
    return inner;
  }

  /** From now on in a MultiOptimizer, whose factor replaces this one's. */
  final void becomeInner(Double lossScaleFactor) {
    inner = true;
    settings = settings.withLossScaleFactor(lossScaleFactor);
  }

  /** How many steps have been made, updates or not. */
  final long calls() {
    return super.getIterations();
  }

  /** Tells the tensors, of which there may be none. */
  final void tell(TensorSpec... specs) {
    setTensors(specs.length == 0 ? tensors.withoutSpecs() : tensors.withSpecs(specs));
    int[] known = super.lengths();
    int[] lengths = Arrays.stream(specs).mapToInt(TensorSpec::length).toArray();
    if (known != null && !Arrays.equals(known, lengths)) {
      createSlots(lengths);
    }
  }

  final boolean hasSlots() {
    return slots() != null && slots().length > 0;
  }

  /** Makes the slots of tensors that are known, unless they are there. */
  final void makeSlots() {
    if (slots() == null) {
      createSlots(lengths());
    }
  }

  final OptimizerState innerState() {
    return liveState();
  }

  final Runnable restoreInner(OptimizerState state) {
    return restoreState(state);
  }

  // ---- Builder --------------------------------------------------------------------------------

  /**
   * Collects hyperparameters by name; {@link #build} checks them and makes the optimizer.
   *
   * <p>Not thread-safe. A builder may build any number of optimizers.
   *
   * @param <B> the class of the builder itself
   */
  public abstract static class Builder<B extends Builder<B>> extends HyperparameterBuilder<B> {
    /** Starts with every hyperparameter at its default. */
    protected Builder() {}

    /**
     * Sets the learning rate.
     *
     * @param learningRate finite and at least 0
     * @return this builder
     */
    public final B learningRate(double learningRate) {
      return set("learning_rate", learningRate);
    }

    /**
     * Sets the learning rate to a schedule, which is asked with the count of all calls.
     *
     * @param schedule a lambda serves, but cannot be saved
     * @return this builder
     */
    public final B learningRate(LearningRateSchedule schedule) {
      return set("learning_rate", schedule);
    }

    /**
     * Sets the share of every parameter, times the learning rate, that an update takes off it
     * first.
     *
     * @param weightDecay finite and at least 0; none, unless set or the class says otherwise
     * @return this builder
     */
    public final B weightDecay(double weightDecay) {
      return set("weight_decay", weightDecay);
    }

    /**
     * Limits the norm of every gradient.
     *
     * @param clipnorm finite and at least 0; none unless set, nor with 0
     * @return this builder
     */
    public final B clipnorm(double clipnorm) {
      return set("clipnorm", clipnorm);
    }

    /**
     * Limits the norm of all gradients together.
     *
     * @param globalClipnorm finite and at least 0; none unless set, nor with 0
     * @return this builder
     */
    public final B globalClipnorm(double globalClipnorm) {
      return set("global_clipnorm", globalClipnorm);
    }

    /**
     * Limits each element of the gradients to the range from minus to plus this.
     *
     * @param clipvalue finite and at least 0; none unless set, nor with 0
     * @return this builder
     */
    public final B clipvalue(double clipvalue) {
      return set("clipvalue", clipvalue);
    }

    /**
     * Sets whether to keep a moving average of the parameters.
     *
     * @param useEma whether to; default false
     * @return this builder
     */
    public final B useEma(boolean useEma) {
      return set("use_ema", useEma);
    }

    /**
     * Sets the share of the moving average that a step keeps.
     *
     * @param emaMomentum from 0 to 1; default 0.99
     * @return this builder
     */
    public final B emaMomentum(double emaMomentum) {
      return set("ema_momentum", emaMomentum);
    }

    /**
     * Sets after how many updates the parameters become their average.
     *
     * @param emaOverwriteFrequency at least 0; never unless set, nor with 0
     * @return this builder
     */
    public final B emaOverwriteFrequency(int emaOverwriteFrequency) {
      return set("ema_overwrite_frequency", emaOverwriteFrequency);
    }

    /**
     * Sets what the loss was multiplied by, to divide the gradients by it.
     *
     * @param lossScaleFactor finite and above 0; none unless set
     * @return this builder
     */
    public final B lossScaleFactor(double lossScaleFactor) {
      return set("loss_scale_factor", lossScaleFactor);
    }

    /**
     * Sets how many calls share one update, with the mean of their gradients.
     *
     * @param gradientAccumulationSteps at least 2, or 0 for an update in every call, as unless set
     * @return this builder
     */
    public final B gradientAccumulationSteps(int gradientAccumulationSteps) {
      return set("gradient_accumulation_steps", gradientAccumulationSteps);
    }

    /**
     * Sets the name in the configuration.
     *
     * @param name default the class in snake case, as {@code adam_w}
     * @return this builder
     */
    public final B name(String name) {
      return set("name", name);
    }

    /**
     * Makes an optimizer.
     *
     * @return a new optimizer
     * @throws IllegalArgumentException if a hyperparameter is out of its range; the message names
     *     it, its value and what is allowed
     */
    public abstract BaseOptimizer build();
  }
}
