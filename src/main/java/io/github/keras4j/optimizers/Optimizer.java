package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;

import io.github.keras4j.optimizers.builders.CommonOfKeras2;
import io.github.keras4j.optimizers.step.AbstractStep;
import io.github.keras4j.optimizers.step.Clipping;
import io.github.keras4j.optimizers.step.Specs;
import io.github.keras4j.optimizers.step.StateChecks;
import io.github.keras4j.optimizers.step.Step;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/**
 * Base of all optimizers: updates parameters from gradients the caller has computed.
 *
 * <pre>{@code
 * Optimizer optimizer = Adam.builder().lr(0.01).clipnorm(1.0).build();
 * double[][] parameters = {weights, bias};
 * for (int step = 0; step < steps; step++) {
 *   double[][] gradients = gradientsOfTheLoss(parameters);
 *   optimizer.applyGradients(gradients, parameters);
 * }
 * }</pre>
 *
 * <h2>Tensors</h2>
 *
 * A tensor is a {@code double[]} of any length; one of a higher rank is passed flattened, since
 * every formula works element by element. A model's parameters are a {@code double[][]}, its
 * gradients another with as many tensors of the same lengths. Parameters are updated in place,
 * gradients are never written to. The first step fixes the number of tensors, their order and their
 * lengths. Of a large table of which a step touches few rows, such as an embedding, the gradient
 * may be given by those rows: see {@link Gradient}.
 *
 * <h2>What every optimizer does</h2>
 *
 * In this order, with {@code t = iterations + 1}:
 *
 * <pre>
 * decay      lr = lr * (1. / (1. + decay * iterations))     where decay &gt; 0
 * clipnorm   norm = sqrt(Σ g²) over all tensors together
 *            g = (clipnorm / norm) * g                      where norm &gt;= clipnorm &gt; 0
 * clipvalue  g = min(max(g, -clipvalue), clipvalue)         where clipvalue &gt; 0
 * update     as the class says
 * </pre>
 *
 * The norm is that of all gradients together, as in Keras 2.2.4, where later Keras versions take it
 * tensor by tensor. A norm that is NaN leaves the gradients unscaled. NaN and infinity flow through
 * every formula as IEEE arithmetic has it, unless {@link Builder#errorIfNonFinite
 * Builder.errorIfNonFinite} is set.
 *
 * <h2>Exactness</h2>
 *
 * Every expression is evaluated as the class's formula is written, in {@code double}, without fused
 * multiply-add: the results are the same as in Keras 2.2.4 in float64, bit for bit. Only the norm's
 * sum, which is added block by block in a fixed order, may differ from Keras's in the last places.
 * Neither the number of threads nor the compiler changes a bit. Whole powers are the same on every
 * JVM; fractional ones, as in the warm-up of {@link Nadam}, come from {@link Math#pow}.
 *
 * <h2>Threads</h2>
 *
 * An optimizer serves one call at a time. Calls from different threads one after the other are
 * fine, and need no synchronization by the caller. A call during another one is rejected with an
 * {@link IllegalStateException}. {@link #getLr}, {@link #getIterations} and {@link #getConfig} are
 * never rejected: during a step they return what was before it or is after it. A step over many
 * elements is shared with threads of the fork-join pool (see {@link #setParallelism
 * setParallelism}); none is at work any more when it returns.
 *
 * <h2>Memory</h2>
 *
 * A step allocates nothing after the first, or, when shared among threads, some dozens of bytes for
 * each. Between steps an optimizer keeps references to the arrays of its last call, so that the
 * next one with the same arrays is checked in no time.
 *
 * @see <a href="https://github.com/keras-team/keras/blob/2.2.4/keras/optimizers.py">Keras 2.2.4,
 *     keras/optimizers.py</a>
 */
public abstract class Optimizer extends ToldOptimizer {
  final Hyperparameters hyperparameters;
  private final Calls calls;
  private DecayedRate rate; // null in another generation

  /**
   * Reads the hyperparameters that all optimizers of Keras 2.2.4 share: {@code clipnorm}, {@code
   * clipvalue}, {@code error_if_non_finite}, {@code lr} and {@code decay}.
   *
   * @param h where to read from; the subclass's constructor reads its own after this
   * @param lr the default learning rate
   * @throws IllegalArgumentException if the class has no name, or a hyperparameter is not valid
   */
  protected Optimizer(Hyperparameters h, double lr) {
    this(h, lr, true);
  }

  /** For classes that read {@code decay} in another place, or, as Nadam, have none. */
  Optimizer(Hyperparameters h, double lr, boolean readsDecay) {
    this(h, new Step());
    ((Step) step)
        .setClipping(
            new Clipping.OfKeras2(
                h.nonNegativeIfGiven("clipnorm"), h.nonNegativeIfGiven("clipvalue")));
    rate = new DecayedRate(h, lr);
    step.setRate(rate);
    step.setSpecs(Specs.OF_KERAS2.parsed(h.unrecorded(Specs.KEY)));
    if (readsDecay) {
      readDecay();
    }
  }

  final void readDecay() {
    rate.readDecay();
  }

  /**
   * For another generation of Keras, which reads the other hyperparameters itself. For this module
   * alone, which does not export the class of a step.
   *
   * @param h where to read from
   * @param step with or without the parts that the generation has
   */
  @SuppressWarnings("exports")
  protected Optimizer(Hyperparameters h, AbstractStep step) {
    super(step);
    hyperparameters = h;
    calls = new Calls(step);
    step.setErrorIfNonFinite(h.flagIfTrue("error_if_non_finite"));
    step.setUpdater(new FormulaUpdater(this));
  }

  // ---- Steps ----------------------------------------------------------------------------------

  /**
   * Makes one step: updates the parameters in place from the gradients.
   *
   * <p>Everything is checked before anything is written: a rejected call leaves parameters, slots
   * and iterations as they were.
   *
   * @param gradients one tensor for each of the parameters, of the same length; never written to
   * @param parameters at least one tensor, each a separate array; after the first step always as
   *     many, of the same lengths
   * @throws IllegalArgumentException if an argument or a tensor is null, the counts or lengths do
   *     not fit each other or the steps before, an array is among the parameters twice or both a
   *     gradient and a parameter, or, with {@link Builder#errorIfNonFinite errorIfNonFinite}, a
   *     gradient holds NaN or an infinity
   * @throws IllegalStateException if another call is under way
   */
  public final void applyGradients(double[][] gradients, double[][] parameters) {
    calls.applyGradients(gradients, parameters);
  }

  /**
   * Makes one step with gradients of which some are given by rows.
   *
   * @param gradients one for each of the parameters; null as in a dense step
   * @param parameters as in a dense step
   * @throws IllegalArgumentException as in a dense step, and if the length of a gradient's rows
   *     does not divide that of its tensor or is not that of its spec, a row is not one of the
   *     tensor's, or this optimizer does not take such rows
   * @see Gradient
   */
  public final void applyGradients(Gradient[] gradients, double[][] parameters) {
    calls.applyGradients(gradients, parameters, null);
  }

  /**
   * Makes one step of a part of a model with the norms of the whole: the second half after {@link
   * #sumsOfSquares sumsOfSquares}.
   *
   * @param sumsOfSquares the sums of all parts, added
   * @throws IllegalArgumentException as in a step of the part alone, and if {@code sumsOfSquares}
   *     is null, has another length than {@link #sumsOfSquares sumsOfSquares} returns, or holds a
   *     number below 0
   * @throws IllegalStateException as {@link #sumsOfSquares sumsOfSquares}
   */
  public final void applyGradients(
      Gradient[] gradients, double[][] parameters, double[] sumsOfSquares) {
    checkArgument(sumsOfSquares != null, "sumsOfSquares must be an array of sums, got null");
    calls.applyGradients(gradients, parameters, sumsOfSquares);
  }

  /**
   * The sums of squares that the norms of a step would be the roots of. Changes nothing.
   *
   * @return one sum over all elements where the norm is that of all tensors ({@code clipnorm} of
   *     Keras 2.2.4, {@code global_clipnorm}), one for each tensor where each has its own (Keras
   *     3's {@code clipnorm}), none where no norm clips
   * @throws IllegalArgumentException as in a step
   * @throws IllegalStateException if another call is under way, or this is a {@code MultiOptimizer}
   *     or has {@code gradient_accumulation_steps}
   */
  public final double[] sumsOfSquares(Gradient[] gradients, double[][] parameters) {
    return calls.sumsOfSquares(gradients, parameters);
  }

  /**
   * Evaluates a loss and its gradients, then makes one step.
   *
   * @param lossFunction computes the loss and writes the gradients into arrays that this optimizer
   *     owns; a {@link RowLossFunction} gives some of them by rows
   * @param parameters as in {@link #applyGradients(double[][], double[][]) applyGradients}
   * @return the loss before the step
   * @throws IllegalArgumentException if {@code lossFunction} is null, and as {@link
   *     #applyGradients(double[][], double[][]) applyGradients}; whatever {@code lossFunction}
   *     throws is passed on; nothing is changed then
   * @throws IllegalStateException if another call is under way
   */
  public final double minimize(LossFunction lossFunction, double[][] parameters) {
    return calls.minimize(lossFunction, parameters);
  }

  /**
   * Sets how many threads a step may use: the caller's, and others of the fork-join pool it runs
   * in, or of the common pool. A step over fewer than 262,144 elements uses the caller's alone.
   * Never changes a bit of the result; not part of configuration or state.
   *
   * @param threads at least 1; unless set, the number of processors
   * @throws IllegalArgumentException if below 1
   */
  public final void setParallelism(int threads) {
    calls.setParallelism(threads);
  }

  // ---- Configuration and state ----------------------------------------------------------------

  /** How many steps have been made. */
  public long getIterations() {
    step.guard.seeFinishedCalls();
    return step.memory.calls();
  }

  /** The learning rate, before decay. */
  public double getLr() {
    step.guard.seeFinishedCalls();
    return rate.lr();
  }

  /**
   * Sets the learning rate, for custom schedules.
   *
   * @param lr the learning rate from the next step on, finite and at least 0; -0.0 is kept
   * @throws IllegalArgumentException if it is not
   */
  public void setLr(double lr) {
    Hyperparameters.checkNonNegative("lr", lr);
    step.guard.run(() -> rate.setLr(lr));
  }

  /**
   * Changes the learning rate, of each inside in a {@code MultiOptimizer}, by a function of it.
   *
   * @param change of the rate before decay; what it returns must be finite and at least 0
   * @throws IllegalArgumentException if it is null or does not return that; nothing is changed then
   * @throws IllegalStateException if a rate is a schedule, or another call is under way; likewise
   */
  public final void changeLr(DoubleUnaryOperator change) {
    calls.changeLr(change);
  }

  /**
   * The configuration, as Keras's {@code get_config} returns it: a new map from Keras's names to
   * values, with the learning rate as it is now. Clipping is in it where it was configured.
   */
  public Map<String, Object> getConfig() {
    step.guard.seeFinishedCalls();
    return hyperparameters.values();
  }

  /** The class and the configuration, for a log: {@code Adam{lr=0.001, beta_1=0.9, …}}. */
  @Override
  public String toString() {
    step.guard.seeFinishedCalls();
    return Optimizers.label(getClass()) + States.arguments(this);
  }

  /** The whole state as a value: a copy. */
  public final OptimizerState getState() {
    return step.guard.get(() -> liveState().copy());
  }

  /**
   * Restores a state. What follows is bit for bit what followed when the state was taken.
   *
   * @param state of an optimizer of this class with the same configuration, except the learning
   *     rate, and tensors of the same lengths where they are known here; copied
   * @throws IllegalArgumentException if it is null or incomplete, or the class, the configuration,
   *     or the names, number or lengths of slots or scalars differ; nothing is changed then
   */
  public final void setState(OptimizerState state) {
    restore(States.copy(state));
  }

  /** Restores a state whose arrays nobody else will use. */
  final void restore(OptimizerState state) {
    step.guard.run(() -> prepareState(state).run());
  }

  /** Makes an independent optimizer of the same class, configuration and state. */
  public final Optimizer copy() {
    return copy(Map.of());
  }

  /**
   * Makes an optimizer as {@link #copy()} does, except that some hyperparameters are others. Slots
   * that the change adds begin as at a first step; those that it removes are forgotten. An added
   * moving average equals the parameters after the next step, and is empty until then. With other
   * {@code gradient_accumulation_steps} the count of updates stays: a schedule, which counts calls,
   * goes on at updates times their number.
   *
   * @param changes by the names of the configuration; null for the default; a schedule as an object
   *     or its configuration. Never changed
   * @throws IllegalArgumentException if it is null, or a name is not known or a value not valid
   * @throws IllegalStateException if it holds other {@code gradient_accumulation_steps} inside an
   *     accumulation, or another call is under way
   */
  public Optimizer copy(Map<String, ?> changes) {
    return step.guard.get(() -> States.copy(this, changes));
  }

  /**
   * The weights in Keras's order and layout: copies of what {@code get_weights} returns there, each
   * tensor flattened. First, in a one-element array, the iterations (not RMSprop, Adagrad and
   * Adadelta), then each slot for all tensors. An empty list while no tensor is known.
   *
   * <p>They are not the whole state: RMSprop, Adagrad and Adadelta lose the iterations, on which
   * {@code decay} depends, and {@link Scalar scalars} are not among them. {@link #getState} has
   * all.
   */
  public List<double[]> getWeights() {
    return step.guard.get(() -> weightsLayout().write(step.memory));
  }

  /**
   * Sets the weights, as {@code set_weights} does in Keras. An optimizer that has made no step yet
   * takes the number of tensors and their lengths from them. What the weights lack stays as it is.
   *
   * @param weights in the order and layout of {@link #getWeights}; copied
   * @throws IllegalArgumentException if the list or an array is null, their number or lengths do
   *     not fit the layout or the tensors known, or the iterations are not a whole number from 0 to
   *     2<sup>53</sup>; nothing is changed then
   */
  public void setWeights(List<double[]> weights) {
    step.guard.run(
        () -> {
          step.forgetTensors();
          weightsLayout().read(StateChecks.copies(weights), step.memory);
          weightsRestored(step.memory.calls());
        });
  }

  // ---- For a MultiOptimizer ---------------------------------------------------------------------

  /** The state as it is, arrays and all, while no other call is under way. */
  protected OptimizerState liveState() {
    return States.of(this, getConfig());
  }

  /**
   * Checks a state and makes all that takes memory, while no other call is under way.
   *
   * @param state whose arrays nobody else will use
   * @return what takes the state over, and cannot fail
   * @throws IllegalArgumentException if it does not fit; nothing is changed then
   */
  protected Runnable prepareState(OptimizerState state) {
    return States.prepare(state, this, getConfig());
  }

  /**
   * Collects hyperparameters of an optimizer of Keras 2.2.4.
   *
   * @param <T> the class of the optimizer
   * @param <B> the class of the builder itself
   */
  public abstract static class Builder<T extends Optimizer, B extends Builder<T, B>>
      extends HyperparameterBuilder<T, B> implements CommonOfKeras2<B> {
    /** Starts with every hyperparameter at its default. */
    protected Builder(Function<? super Hyperparameters, T> constructor) {
      super(constructor);
    }
  }
}
