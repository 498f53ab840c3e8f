package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.engine.OwnGradients;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.Step;
import io.github.keras4j.optimizers.engine.StepChecks;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What optimizers of every generation of Keras have in common: one call at a time, a step that is
 * checked before it writes, and a state that can be taken, restored and copied.
 */
abstract class OptimizerCore {
  final Hyperparameters hyperparameters;
  final Variables variables;
  final Step step = new Step();
  final Guard guard = new Guard();
  private final boolean errorIfNonFinite;
  private final StepChecks checks = new StepChecks();
  private final OwnGradients ownGradients = new OwnGradients(); // for minimize
  private final GivenGradients givenGradients = new GivenGradients();
  private UnaryOperator<double[]> normExchange; // null for none
  private Slots slotsBefore; // this step
  private int parallelism = Runtime.getRuntime().availableProcessors();

  OptimizerCore(Hyperparameters h, String... slots) {
    if (getClass().getSimpleName().isEmpty()) {
      throw new IllegalArgumentException(
          "optimizer must be of a class with a name, got an anonymous one");
    }
    hyperparameters = h;
    errorIfNonFinite = h.flagIfTrue("error_if_non_finite");
    variables = new Variables(this, slots);
  }

  // ---- Steps ----------------------------------------------------------------------------------

  /**
   * Makes one step: updates the parameters in place from the gradients.
   *
   * <p>Everything is checked before anything is written: a refused call leaves parameters, slots
   * and iterations as they were. Allocates nothing after the first step, or, when shared among
   * threads, some dozens of bytes for each.
   *
   * @param gradients one tensor for each of the parameters, of the same length; never written to
   * @param parameters at least one tensor, each an array of its own; after the first step always as
   *     many, of the same lengths
   * @throws IllegalArgumentException if an argument or a tensor is null, the counts or lengths do
   *     not fit each other or the steps before, an array is among the parameters twice or both a
   *     gradient and a parameter, or, with {@link Optimizer.Builder#errorIfNonFinite
   *     errorIfNonFinite}, a gradient holds NaN or an infinity
   * @throws IllegalStateException if another call is under way
   */
  public final void applyGradients(double[][] gradients, double[][] parameters) {
    guard.enter();
    try {
      checks.checkParameters(parameters, lengths());
      makeStep(gradients, parameters);
    } finally {
      guard.exit();
    }
  }

  /**
   * Makes one step with gradients of which some are given by rows.
   *
   * @param gradients one for each of the parameters; where null gradients are allowed in a dense
   *     step, they are here
   * @param parameters as in a dense step
   * @throws IllegalArgumentException as in a dense step, and if the length of a gradient's rows
   *     does not divide that of its tensor or is not that of its spec, a row is not one of the
   *     tensor's, or this optimizer takes no rows
   * @throws IllegalStateException if another call is under way
   * @see Gradient
   */
  public final void applyGradients(Gradient[] gradients, double[][] parameters) {
    guard.enter();
    try {
      checks.checkParameters(parameters, lengths());
      makeStep(gradients, parameters);
    } finally {
      givenGradients.release();
      guard.exit();
    }
  }

  /**
   * Evaluates a loss and its gradients, then makes one step.
   *
   * @param lossFunction computes the loss and writes the gradients into arrays that this optimizer
   *     owns
   * @param parameters as in {@link #applyGradients applyGradients}
   * @return the loss before the step
   * @throws IllegalArgumentException if {@code lossFunction} is null, and as {@link #applyGradients
   *     applyGradients}; whatever {@code lossFunction} throws is passed on; nothing is changed then
   * @throws IllegalStateException if another call is under way
   */
  public final double minimize(LossFunction lossFunction, double[][] parameters) {
    requireFunction(lossFunction);
    guard.enter();
    try {
      checks.checkParameters(parameters, lengths());
      double[][] gradients = ownGradients.take(parameters);
      checks.checkGradients(gradients, parameters, false); // one kept from the last call
      ownGradients.clear();
      double loss = lossFunction.evaluate(parameters, gradients);
      // The function had the arrays in hand, and may have put others in their place.
      checks.checkParameters(parameters, lengths());
      makeStep(gradients, parameters);
      return loss;
    } finally {
      ownGradients.giveBack();
      guard.exit();
    }
  }

  /**
   * Evaluates a loss and its gradients, some of them by rows, then makes one step.
   *
   * @param lossFunction computes the loss and gives the gradients
   * @param parameters as in {@link #applyGradients applyGradients}
   * @return the loss before the step
   * @throws IllegalArgumentException if {@code lossFunction} is null, and as {@link
   *     #applyGradients(Gradient[], double[][]) applyGradients}; whatever {@code lossFunction}
   *     throws is passed on; nothing is changed then
   * @throws IllegalStateException if another call is under way
   */
  public final double minimize(RowLossFunction lossFunction, double[][] parameters) {
    requireFunction(lossFunction);
    guard.enter();
    try {
      checks.checkParameters(parameters, lengths());
      Gradient[] gradients = givenGradients.take(parameters.length);
      double loss = lossFunction.evaluate(parameters, gradients);
      checks.checkParameters(parameters, lengths()); // the function had the arrays in hand
      makeStep(gradients, parameters);
      return loss;
    } finally {
      givenGradients.release();
      guard.exit();
    }
  }

  private static void requireFunction(Object lossFunction) {
    if (lossFunction == null) {
      throw new IllegalArgumentException("lossFunction must be a function, got null");
    }
  }

  private void makeStep(double[][] gradients, double[][] parameters) {
    checks.checkGradients(gradients, parameters, mayLackGradients());
    makeStep(gradients, null, parameters);
  }

  private void makeStep(Gradient[] gradients, double[][] parameters) {
    givenGradients.check(gradients, parameters, checks, this);
    makeStep(givenGradients.dense(), givenGradients.anyRows() ? gradients : null, parameters);
  }

  private void makeStep(double[][] gradients, Gradient[] rows, double[][] parameters) {
    checkStep(parameters);
    variables.checkMayCount();
    Slots slots = variables.slotsFor(parameters);
    step.begin(slots.layout(), gradients, parameters, slots.arrays(), parallelism);
    try {
      if (errorIfNonFinite) {
        requireFinite(gradients, rows);
      }
      // From here on nothing is refused, but by a norm exchange.
      slotsBefore = variables.slots();
      variables.setSlots(slots);
      apply(gradients, rows, parameters, slots.arrays(), parallelism);
      variables.count();
    } finally {
      step.end();
    }
  }

  private void requireFinite(double[][] gradients, Gradient[] rows) {
    if (!Double.isFinite(step.sumOfSquares())) {
      StepChecks.checkFinite(gradients);
    }
    for (int i = 0; rows != null && i < rows.length; i++) {
      if (rows[i] != null && !rows[i].isDense()) {
        StepChecks.checkFinite(i, rows[i].values());
      }
    }
  }

  /**
   * Sets how many threads a step may use: the caller's, and others of the fork-join pool it runs
   * in, or of the common pool. A step over fewer than 262,144 elements uses the caller's alone.
   * Never changes a bit of the result; no part of the configuration.
   *
   * @param threads at least 1; unless set, the number of processors
   * @throws IllegalArgumentException if below 1
   * @throws IllegalStateException if another call is under way
   */
  public final void setParallelism(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("parallelism must be at least 1, got " + threads);
    }
    exclusively(() -> parallelism = threads);
  }

  /**
   * Lets norms go over more than the tensors that this optimizer has, for a model of which it has a
   * part and other optimizers have the others, each some tensors or slices of tensors.
   *
   * <p>In a step in which gradients are clipped by a norm, the function is given sums of squares: a
   * single one, of all elements, where the norm is that of all tensors ({@code clipnorm} of Keras
   * 2.2.4, {@code global_clipnorm}); one for each tensor, in their order, where each has its own
   * (Keras 3's {@code clipnorm}). It answers as many: those over all parts of the model. It is
   * called by the caller's thread before anything is written. So it may throw, to refuse the step
   * or to find out the sums without making one: the optimizer is then as it was.
   *
   * <p>A matter of this object alone: neither configuration, state nor {@link #copy} have it.
   *
   * @param exchange from the sums over this part to those over the whole; null, as at first, for
   *     none
   * @throws IllegalStateException if another call is under way, or the optimizer is a {@code
   *     MultiOptimizer}, is in one, or has {@code gradient_accumulation_steps}
   */
  public void setNormExchange(UnaryOperator<double[]> exchange) {
    exclusively(() -> normExchange = exchange);
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * How many steps have been made.
   *
   * @return the number of finished steps
   */
  public long getIterations() {
    guard.seeFinishedCalls();
    return variables.iterations();
  }

  /**
   * The configuration, as Keras's {@code get_config} answers it.
   *
   * @return a new map from Keras's names to {@link Double} and {@link Boolean} values, with the
   *     learning rate as it is now; clipping is in it where it was configured
   */
  public Map<String, Object> getConfig() {
    return hyperparameters.values();
  }

  /**
   * The class and the configuration, for a log.
   *
   * @return {@code Adam{lr=0.001, beta_1=0.9, …}}
   */
  @Override
  public final String toString() {
    return Optimizers.label(getClass()) + arguments();
  }

  /**
   * The whole state as a value.
   *
   * @return a copy
   * @throws IllegalStateException if another call is under way
   */
  public final OptimizerState getState() {
    guard.enter();
    try {
      return liveState().copy();
    } finally {
      guard.exit();
    }
  }

  /**
   * Restores a state: learning rate, iterations, slots and scalars. What follows is bit for bit
   * what followed when the state was taken.
   *
   * @param state of an optimizer of this class with the same configuration, but for the learning
   *     rate, and tensors of the same lengths where they are known here; copied
   * @throws IllegalArgumentException if it is null or incomplete, or the class, the configuration,
   *     or the names, number or lengths of slots or scalars differ; nothing is changed then
   * @throws IllegalStateException if another call is under way
   */
  public final void setState(OptimizerState state) {
    if (state == null) {
      throw new IllegalArgumentException("state must be the state of an optimizer, got null");
    }
    restore(state.copy());
  }

  /** Restores a state whose arrays nobody else will use. */
  final void restore(OptimizerState state) {
    exclusively(() -> restoreState(state));
  }

  /** Lets a restored optimizer that keeps no slots know the tensors. */
  final void restoreTensors(double[][] parameters) {
    exclusively(
        () -> {
          checks.checkParameters(parameters, lengths());
          if (variables.iterations() > 0) {
            variables.setSlots(variables.slotsFor(parameters));
          }
        });
  }

  /** The state as it is, arrays and all, while no other call can change it. */
  final <E extends Exception> void withLiveState(StateReader<E> reader) throws E {
    guard.enter();
    try {
      reader.read(liveState());
    } finally {
      guard.exit();
    }
  }

  /** What is done with a live state. */
  interface StateReader<E extends Exception> {
    void read(OptimizerState state) throws E;
  }

  private Map<String, Object> stateConfig() {
    Map<String, Object> config = getConfig();
    Map<String, Object> built = buildConfig();
    if (built != null) {
      config.put("build_config", built);
    }
    return config;
  }

  /**
   * Makes an optimizer of the same class, configuration and state, which goes its own way from
   * there.
   *
   * @return a new optimizer that shares no array with this one
   * @throws IllegalStateException if another call is under way, or the class is one of your own
   *     that was neither built by {@link Hyperparameters#build Hyperparameters.build} nor made
   *     known to {@link Optimizers#register Optimizers.register}
   */
  public final Optimizer copy() {
    guard.enter();
    try {
      OptimizerCore copy = another();
      copy.variables.copyFrom(variables);
      copy.parallelism = parallelism;
      return (Optimizer) copy;
    } finally {
      guard.exit();
    }
  }

  /** The name by which {@link Optimizers} knows the class. */
  final String className() {
    return Optimizers.className(getClass());
  }

  // ---- For optimizers of another generation ---------------------------------------------------

  /**
   * Makes the writes of one step, once it has been checked and nothing can be refused any more.
   *
   * @param gradients one tensor for each of the parameters; null where the gradient is given by
   *     rows, in an array that may be written to
   * @param rows the gradients that are given by rows, among others; null where none is
   * @param parameters to be updated
   * @param slots of each tensor, in the constructor's order
   * @param threads how many threads may take part, the caller included
   */
  protected abstract void apply(
      double[][] gradients,
      Gradient[] rows,
      double[][] parameters,
      double[][][] slots,
      int threads);

  /**
   * Refuses a gradient by rows that this optimizer cannot take. Called before anything is written.
   *
   * @param tensor its number
   * @param rows how many rows it has
   * @param values how many numbers they have together
   */
  protected void checkRows(int tensor, int rows, int values) {}

  /**
   * Whether norms go over more than the tensors here.
   *
   * @return whether {@link #setNormExchange} has set what {@link #exchangeNorms} asks
   */
  protected final boolean exchangesNorms() {
    return normExchange != null;
  }

  /**
   * Asks for the sums of squares over all parts of the model, within {@link #apply apply} and
   * before anything is written.
   *
   * @param own those over this part
   * @return as many
   * @throws IllegalStateException if the answer is not of that kind
   */
  protected final double[] exchangeNorms(double... own) {
    int count = own.length;
    try {
      double[] all = normExchange.apply(own);
      if (all == null || all.length != count) {
        throw new IllegalStateException(
            format(
                "norm exchange must answer %d sums of squares, got %s",
                count, all == null ? "null" : all.length));
      }
      for (double sum : all) {
        if (sum < 0.) {
          throw new IllegalStateException("norm exchange must answer sums of squares, got " + sum);
        }
      }
      return all;
    } catch (RuntimeException | Error refused) {
      variables.setSlots(slotsBefore);
      throw refused;
    }
  }

  /**
   * Whether a gradient may be null, to leave its tensor out of a step.
   *
   * @return false, unless overridden
   */
  protected boolean mayLackGradients() {
    return false;
  }

  /**
   * Refuses a step that the arguments allow but this optimizer cannot make. Called before anything
   * is written.
   *
   * @param parameters that have been checked
   */
  protected void checkStep(double[][] parameters) {}

  /**
   * The lengths of the tensors.
   *
   * @return null before they are known
   */
  protected int[] lengths() {
    return variables.lengths();
  }

  /**
   * How long the array of a slot is.
   *
   * @param slot the slot's place in the constructor's order
   * @param tensor the tensor's number
   * @param length the tensor's length
   * @return {@code length} unless overridden; below 0 where the tensor has no such slot, for which
   *     an empty array stands
   */
  protected int slotLength(int slot, int tensor, int length) {
    return length;
  }

  /**
   * What the arrays of a slot hold before the first step.
   *
   * @param slot the slot's place in the constructor's order
   * @return 0, unless overridden
   */
  protected double initialSlotValue(int slot) {
    return 0.;
  }

  /**
   * The slots as they are, for use within {@link #exclusively exclusively}.
   *
   * @return of each tensor, in the constructor's order; null before the tensors are known
   */
  protected final double[][][] slots() {
    return variables.slots() == null ? null : variables.slots().arrays();
  }

  /**
   * Makes the tensors known before the first step, for use within {@link #exclusively exclusively}.
   *
   * @param lengths of the tensors
   */
  protected final void createSlots(int[] lengths) {
    variables.setSlots(variables.newSlots(lengths));
  }

  /**
   * Sets the count of calls, for use within {@link #exclusively exclusively}.
   *
   * @param iterations how many steps have been made, from 0 to 2<sup>53</sup>
   */
  protected final void setIterations(long iterations) {
    variables.setIterations(iterations);
  }

  /**
   * What a copy is made from: the configuration, in which objects may stand for themselves, and
   * under {@code build_config} what was given later.
   *
   * @return {@link #getConfig}, unless overridden
   */
  protected Map<String, Object> arguments() {
    return getConfig();
  }

  /**
   * What a state holds of the tensors beside their slots.
   *
   * @return numbers, texts, lists and maps; null, unless overridden
   */
  protected Map<String, Object> buildConfig() {
    return null;
  }

  /**
   * Makes an optimizer of the same class and configuration, for {@link #copy}.
   *
   * @return a new optimizer, whose iterations, slots and scalars will be set
   */
  protected Optimizer another() {
    return hyperparameters.another(Optimizers.label(getClass()), arguments());
  }

  /**
   * The state as it is, arrays and all, for use within {@link #exclusively exclusively}.
   *
   * @return no copy
   */
  protected OptimizerState liveState() {
    return variables.state(className(), stateConfig());
  }

  /**
   * Takes over a state, for use within {@link #exclusively exclusively}.
   *
   * @param state whose arrays nobody else will use
   * @return what takes it back
   * @throws IllegalArgumentException if it does not fit; nothing is changed then
   */
  protected Runnable restoreState(OptimizerState state) {
    Map<String, Object> config = stateConfig();
    variables.checkFits(state, className(), config);
    config.replaceAll(
        (name, own) ->
            Hyperparameters.same(own, state.config().get(name)) ? own : state.config().get(name));
    state.config().forEach(config::putIfAbsent);
    Runnable undoConfig = restoreConfig(config);
    try {
      Runnable undoVariables = variables.restore(state);
      return () -> {
        undoVariables.run();
        undoConfig.run();
      };
    } catch (RuntimeException refused) {
      undoConfig.run();
      throw refused;
    }
  }

  /**
   * Makes another optimizer a part of this one: both together serve one call at a time, within
   * which this one may call the part.
   *
   * @param part the other optimizer
   * @throws IllegalStateException if a call of the part is under way
   */
  protected final void makePart(Optimizer part) {
    ((OptimizerCore) part).guard.join(guard);
  }

  /**
   * Takes from the configuration of a state what may have changed since the optimizer was made.
   *
   * @param config the state's
   * @return what takes it back, should the rest of the state not fit
   * @throws IllegalArgumentException if the configuration does not hold it; nothing is changed then
   */
  protected abstract Runnable restoreConfig(Map<String, ?> config);

  /**
   * Makes a call during which every other is refused.
   *
   * @param call what to do
   * @throws IllegalStateException if another call is under way
   */
  protected final void exclusively(Runnable call) {
    guard.enter();
    try {
      call.run();
    } finally {
      guard.exit();
    }
  }
}
