package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.HyperparameterBuilder;
import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Step;
import io.github.keras4j.optimizers.engine.StepChecks;
import io.github.keras4j.optimizers.schedules.LearningRateSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

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
 * elements of one {@link Variable}.
 *
 * @see <a
 *     href="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py">Keras
 *     3.15.1, base_optimizer.py</a>
 */
public abstract class BaseOptimizer extends Optimizer {
  /**
   * Elements between which weight decay, update and average take turns: half a page of each array,
   * so that all of them stay in the first-level cache and the processor goes on fetching ahead.
   */
  private static final int BLOCK = 256;

  private final LearningRate learningRate;
  final Double weightDecay;
  private final Double clipnorm;
  private final Double globalClipnorm;
  private final Double clipvalue;
  private final boolean useEma;
  private final double emaMomentum;
  private final long emaOverwriteFrequency; // 0 for never
  private Double lossScaleFactor; // null for 1
  private final int accumulationSteps;
  private final List<String> slotNames;
  private Tensors tensors;
  private boolean inner; // in a MultiOptimizer

  // This step's
  private final Step step = new Step();
  private Layout layout;
  private double[][][] slotsOfVariables;
  private Variable[] variables = {};
  private double lr;
  private double stepLr;
  private double emaKept;
  private boolean emaOverwrites;
  private boolean accumulated;
  private final Step.Pass accumulatePart = this::accumulatePart;
  private final Step.Pass sumPart = this::sumPart;
  private final Step.Pass updatePart = this::updatePart;

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
    super(h, withShared(h, slots));
    h.text("name", snakeCase(getClass().getSimpleName()));
    this.learningRate = new LearningRate(h.object("learning_rate", learningRate));
    this.weightDecay = nonNegativeOrNull(h, "weight_decay", weightDecay);
    clipnorm = nonNegativeOrNull(h, "clipnorm", null);
    globalClipnorm = nonNegativeOrNull(h, "global_clipnorm", null);
    clipvalue = nonNegativeOrNull(h, "clipvalue", null);
    requireOneClip();
    useEma = h.flag("use_ema", false);
    emaMomentum = h.unitInterval("ema_momentum", 0.99);
    Long frequency = h.wholeNumberOrNull("ema_overwrite_frequency", null);
    emaOverwriteFrequency = frequency == null ? 0 : frequency;
    lossScaleFactor = lossScaleFactor(h);
    accumulationSteps = accumulationSteps(h);
    slotNames = List.of(slots);
    tensors = Tensors.of(h.object("build_config", null));
  }

  /** Reads a finite number that is at least 0, or null. */
  static Double nonNegativeOrNull(Hyperparameters h, String name, Double defaultValue) {
    return h.numberOrNull(
        name, defaultValue, "a finite number >= 0", x -> x >= 0. && x < Double.POSITIVE_INFINITY);
  }

  static Double lossScaleFactor(Hyperparameters h) {
    return h.numberOrNull(
        "loss_scale_factor",
        null,
        "a finite number > 0",
        x -> x > 0. && x < Double.POSITIVE_INFINITY);
  }

  private void requireOneClip() {
    int set = 0;
    for (Double clip : Arrays.asList(clipnorm, globalClipnorm, clipvalue)) {
      set += clip == null ? 0 : 1;
    }
    if (set > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clipnorm, global_clipnorm and clipvalue must be null but for one,"
                  + " got %s, %s and %s",
              clipnorm,
              globalClipnorm,
              clipvalue));
    }
  }

  private static int accumulationSteps(Hyperparameters h) {
    Long steps = h.wholeNumberOrNull("gradient_accumulation_steps", null);
    if (steps != null && (steps == 1 || steps > Integer.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "gradient_accumulation_steps must be a whole number >= 2, or 0 or null for none, got "
              + steps);
    }
    return steps == null || steps == 0 ? 1 : Math.toIntExact(steps);
  }

  private static String[] withShared(Hyperparameters h, String... slots) {
    List<String> names = new ArrayList<>(Arrays.asList(slots));
    if (h.flag("use_ema", false)) {
      names.add("average");
    }
    if (accumulationSteps(h) > 1) {
      names.add("gradient_accumulator");
    }
    return names.toArray(new String[0]);
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
   * Updates a range of elements of one tensor. Called for every element of a tensor with a gradient
   * once an update, for different ranges by different threads at once. Must not throw: what is
   * written stays written.
   *
   * <p>A loop over one {@code int} index, the same in all arrays, compiles to vector instructions.
   *
   * @param lr what {@link #beginStep beginStep} returned, whose {@code t} counts updates
   * @param x the tensor
   * @param from the first element
   * @param to the element after the last one
   */
  protected abstract void updateStep(double lr, Variable x, int from, int to);

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

  /** Whether a step needs what {@link #build} tells. */
  boolean needsBuild() {
    return false;
  }

  /** The weight decay of a tensor, or null for none. */
  Double weightDecay(TensorSpec spec) {
    return weightDecay;
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
          int[] known = tensors.areNamed() ? null : super.lengths();
          if (known != null && !Arrays.equals(known, told.lengths())) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "specs must have lengths %s, as the weights, got %s",
                    Arrays.toString(known),
                    Arrays.toString(told.lengths())));
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
    tensors = told;
    slotsOfVariables = null; // which tensors decay may have changed
  }

  final Tensors tensors() {
    return tensors;
  }

  /** The name and shape of a tensor, or null unless told. */
  final TensorSpec spec(int tensor) {
    return tensors.spec(tensor);
  }

  @Override
  protected int[] lengths() {
    int[] known = super.lengths();
    if (known != null) {
      return known;
    }
    return inner && !tensors.areNamed() ? new int[0] : tensors.lengths();
  }

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

  // ---- The step of Keras 3 --------------------------------------------------------------------

  @Override
  protected void apply(
      double[][] gradients, double[][] parameters, double[][][] slots, int threads) {
    bind(slots);
    step.begin(layout, gradients, parameters, slots, threads);
    double divisor = lossScaleFactor == null ? 1. : lossScaleFactor;
    for (Variable x : variables) {
      x.begin(parameters[x.tensor], gradients[x.tensor], divisor);
    }
    try {
      long calls = super.getIterations();
      if (calls == 0) {
        for (Variable x : variables) {
          beforeFirstStep(x);
        }
      }
      long iterations = calls / accumulationSteps;
      emaKept = iterations == 0 ? 0. : emaMomentum;
      emaOverwrites = emaOverwriteFrequency > 0 && (iterations + 1) % emaOverwriteFrequency == 0;
      if ((calls + 1) % accumulationSteps == 0) {
        clip();
        stepLr = beginStep(lr, iterations + 1);
        updateTensors(step);
      } else {
        step.forEachPart(accumulatePart);
      }
    } finally {
      step.end();
      for (Variable x : variables) {
        x.end();
      }
    }
  }

  private void bind(double[][][] slots) {
    if (slotsOfVariables == slots) {
      return;
    }
    Variable[] bound = new Variable[slots.length];
    int[] lengths = lengths();
    for (int tensor = 0; tensor < bound.length; tensor++) {
      int next = slotNames.size();
      bound[tensor] =
          new Variable(
              tensor,
              tensors.spec(tensor),
              slots[tensor],
              useEma ? slots[tensor][next++] : null,
              accumulationSteps > 1 ? slots[tensor][next] : null,
              tensors.decays(tensor) ? weightDecay(tensors.spec(tensor)) : null);
    }
    variables = bound;
    layout = new Layout(lengths);
    slotsOfVariables = slots;
  }

  final Variable variable(int tensor) {
    return variables[tensor];
  }

  final Layout layout() {
    return layout;
  }

  private void accumulatePart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    if (x.hasGradient()) {
      x.accumulate(from, to);
    }
    if (useEma) {
      average(x, from, to);
    }
  }

  /** Finds out how this step's gradients are clipped. */
  private void clip() {
    double clip = clipnorm != null ? clipnorm : globalClipnorm != null ? globalClipnorm : 0.;
    accumulated = accumulationSteps > 1 && clip > 0.;
    if (accumulationSteps > 1) {
      for (Variable x : variables) {
        x.takeAccumulated();
      }
    }
    if (clip > 0.) {
      step.sums();
      step.forEachPart(sumPart);
    }
    if (clip > 0. && clipnorm != null) {
      for (Variable x : variables) {
        double sum = step.total(x.tensor);
        x.scaleBy(clip, Math.max(sum > 0. ? Math.sqrt(sum) : sum, clip));
      }
    } else if (clip > 0.) {
      double norm = Math.sqrt(step.total());
      double factor = clip * Math.min(1. / norm, 1. / clip) + (norm - norm);
      for (Variable x : variables) {
        x.scaleBy(factor, 1.);
      }
    } else if (clipvalue != null && clipvalue > 0.) {
      for (Variable x : variables) {
        x.limitTo(clipvalue);
      }
    }
  }

  private void sumPart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    if (accumulated && x.hasGradient()) {
      x.accumulateMean(from, to, accumulationSteps);
    }
    step.sums()[part] = x.hasGradient() ? x.sumOfSquares(from, to) : 0.;
  }

  /** Updates all tensors: part by part, unless the formula needs more than one pass. */
  void updateTensors(Step step) {
    step.forEachPart(updatePart);
  }

  /** The whole update of a part. */
  final void updatePart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    boolean alone = x.weightDecay == null && !useEma && accumulationSteps == 1;
    int size = alone ? to - from : BLOCK;
    for (int start = from; start < to; start += size) {
      updateRange(x, start, Math.min(to, start + size));
    }
  }

  /** The whole update of a range of elements. */
  final void updateRange(Variable x, int from, int to) {
    if (x.hasGradient()) {
      beforeUpdate(x, from, to);
      updateStep(stepLr, x, from, to);
    }
    afterUpdate(x, from, to);
  }

  /** What a tensor with a gradient goes through before its update. */
  final void beforeUpdate(Variable x, int from, int to) {
    if (accumulationSteps > 1 && !accumulated) {
      x.accumulateMean(from, to, accumulationSteps);
    }
    if (x.weightDecay != null) {
      decay(x.parameter, x.weightDecay, lr, from, to);
    }
  }

  private static void decay(double[] p, double weightDecay, double lr, int from, int to) {
    for (int i = from; i < to; i++) {
      p[i] = p[i] - (p[i] * weightDecay) * lr;
    }
  }

  /** What every tensor goes through after its update. */
  final void afterUpdate(Variable x, int from, int to) {
    if (accumulationSteps > 1) {
      Arrays.fill(x.accumulator, from, to, 0.);
    }
    if (useEma) {
      average(x, from, to);
    }
  }

  private void average(Variable x, int from, int to) {
    average(x.average, x.parameter, emaKept, from, to);
    if (emaOverwrites) {
      System.arraycopy(x.average, from, x.parameter, from, to - from);
    }
  }

  private static void average(double[] average, double[] p, double kept, int from, int to) {
    double share = 1. - kept;
    for (int i = from; i < to; i++) {
      average[i] = kept * average[i] + share * p[i];
    }
  }

  /** What {@link #beginStep} returned for the step under way. */
  final double stepLr() {
    return stepLr;
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
          if (!useEma) {
            return;
          }
          if (super.getIterations() == 0) {
            throw new IllegalStateException(
                "finalizeVariableValues needs a step to average over, got none");
          }
          for (int tensor = 0; tensor < parameters.length; tensor++) {
            double[] average = slots()[tensor][slotNames.size()];
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
    Double number = LearningRate.check(learningRate);
    exclusively(
        () -> {
          if (this.learningRate.isSchedule()) {
            throw new IllegalStateException(
                "learning_rate must be set to a schedule, since it is one, got " + number);
          }
          this.learningRate.set(number);
        });
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
    return super.getIterations() / accumulationSteps;
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
    config.put("loss_scale_factor", lossScaleFactor);
    return config;
  }

  @Override
  protected Map<String, Object> arguments() {
    Map<String, Object> config = withoutBuild(learningRate.value());
    Object told = tensors.config();
    if (told != null) {
      config.put("build_config", told);
    }
    return config;
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
    Tensors before = tensors;
    Tensors told = Tensors.of(config.get("build_config"));
    if (!tensors.equals(Tensors.UNKNOWN) && !tensors.equals(told)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "state must have build_config %s, got %s",
              tensors.config(),
              told.config()));
    }
    setTensors(told);
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
    List<double[]> weights = new ArrayList<>();
    exclusively(
        () -> {
          weights.add(new double[] {super.getIterations()});
          if (!learningRate.isSchedule()) {
            weights.add(new double[] {learningRate.at(0)});
          }
          weightsOfTensors(lengths()).forEach(array -> weights.add(array.clone()));
          knownLastWeights().forEach(scalar -> weights.add(new double[] {scalar.get()}));
        });
    return weights;
  }

  private List<Scalar> knownLastWeights() {
    return lengths() != null && lengths().length == 0 ? List.of() : lastWeights();
  }

  /** The slots as they are, in Keras's order. */
  private List<double[]> weightsOfTensors(int[] lengths) {
    List<double[]> weights = new ArrayList<>();
    if (lengths == null) {
      return weights;
    }
    makeSlots();
    for (List<Integer> group : groups()) {
      for (int tensor = 0; tensor < lengths.length; tensor++) {
        for (int slot : group) {
          if (slotLength(slot, tensor, lengths[tensor]) >= 0) {
            weights.add(slots()[tensor][slot]);
          }
        }
      }
    }
    return weights;
  }

  /** The places of the slots in Keras's order. */
  private List<List<Integer>> groups() {
    List<List<Integer>> groups = new ArrayList<>();
    for (int shared = slotNames.size(); shared < slotNames.size() + sharedSlots(); shared++) {
      groups.add(List.of(shared));
    }
    for (List<String> group : weightsOrder()) {
      groups.add(group.stream().map(slotNames::indexOf).toList());
    }
    return groups;
  }

  private int sharedSlots() {
    return (useEma ? 1 : 0) + (accumulationSteps > 1 ? 1 : 0);
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
          requireArrays(weights);
          if (lengths() == null && weights.size() > 2 + lastWeights().size()) {
            throw new IllegalStateException(
                "weights can be set once the tensors are known: call build(TensorSpec...) or make"
                    + " a step");
          }
          List<double[]> tensorsWeights = weightsOfTensors(lengths());
          int first = learningRate.isSchedule() ? 1 : 2;
          int last = first + tensorsWeights.size();
          int[] lengths = new int[last + knownLastWeights().size()];
          Arrays.fill(lengths, 1);
          for (int i = first; i < last; i++) {
            lengths[i] = tensorsWeights.get(i - first).length;
          }
          requireLengths(weights, lengths);
          long calls = checkCalls(weights.get(0)[0]);
          if (first == 2) {
            learningRate.set(LearningRate.check(weights.get(1)[0]));
          }
          setIterations(calls);
          for (int i = 0; i < tensorsWeights.size(); i++) {
            double[] target = tensorsWeights.get(i);
            System.arraycopy(weights.get(first + i), 0, target, 0, target.length);
          }
          for (int i = 0; i < knownLastWeights().size(); i++) {
            knownLastWeights().get(i).set(weights.get(last + i)[0]);
          }
        });
  }

  static void requireArrays(List<double[]> weights) {
    if (weights == null || weights.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("weights must be a list of arrays, got null");
    }
  }

  static long checkCalls(double calls) {
    if (!(calls >= 0. && calls <= 0x1p53 && calls == Math.rint(calls))) {
      throw new IllegalArgumentException(
          "weights[0] must hold the iterations, one whole number from 0 to 2^53, got " + calls);
    }
    return (long) calls;
  }

  static void requireLengths(List<double[]> weights, int... lengths) {
    if (weights.size() != lengths.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "weights must hold %d arrays, got %d", lengths.length, weights.size()));
    }
    for (int i = 0; i < lengths.length; i++) {
      if (weights.get(i).length != lengths[i]) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "weights[%d] must have %d elements, got %d",
                i,
                lengths[i],
                weights.get(i).length));
      }
    }
  }

  // ---- In a MultiOptimizer --------------------------------------------------------------------

  final boolean isInner() {
    return inner;
  }

  /** From now on in a MultiOptimizer, whose factor replaces this one's. */
  final void becomeInner(Double lossScaleFactor) {
    inner = true;
    this.lossScaleFactor = lossScaleFactor;
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
