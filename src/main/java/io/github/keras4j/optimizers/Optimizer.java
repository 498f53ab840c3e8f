package io.github.keras4j.optimizers;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

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
 * lengths.
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
 * multiply-add: the results are those of Keras 2.2.4 in float64, bit for bit. The one sum, that of
 * the norm, is added block by block in a fixed order, and may differ from Keras's in the last
 * places. Neither the number of threads nor the compiler changes a bit. All this is tested on
 * x86-64; where a JVM has another {@link Math#pow}, a bias correction may differ in the last place.
 *
 * <h2>Threads</h2>
 *
 * An optimizer serves one call at a time. Calls from different threads one after the other are
 * fine, and need no synchronization by the caller. A call that meets another still under way is
 * refused with an {@link IllegalStateException}. {@link #getLr}, {@link #getIterations} and {@link
 * #getConfig} are never refused: during a step they answer as before it or after it. A step over
 * many elements is shared with threads of the fork-join pool (see {@link #setParallelism
 * setParallelism}); none is at work any more when it returns.
 *
 * <h2>Writing an optimizer</h2>
 *
 * A subclass reads its hyperparameters in its constructor, names its slots, and writes the loop
 * over the elements; decay, clipping, threads, weights, state and configuration come from here:
 *
 * <pre>{@code
 * public final class SignSGD extends Optimizer {
 *   private SignSGD(Hyperparameters h) {
 *     super(h, 0.001);
 *   }
 *
 *   public static SignSGD fromConfig(Map<String, ?> config) {
 *     return Hyperparameters.build(config, SignSGD::new);
 *   }
 *
 *   protected void update(
 *       double lr, double[] p, double[] grads, double[][] slots, int from, int to) {
 *     for (int i = from; i < to; i++) {
 *       p[i] = p[i] - lr * Math.signum(clip(grads[i]));
 *     }
 *   }
 * }
 * }</pre>
 *
 * @see <a href="https://github.com/keras-team/keras/blob/2.2.4/keras/optimizers.py">Keras 2.2.4,
 *     keras/optimizers.py</a>
 */
public abstract class Optimizer {
  /** Below this many elements, waking a helper costs more than it brings. */
  private static final int PARALLEL_THRESHOLD = 1 << 18;

  private final Hyperparameters hyperparameters;
  private final double decay;
  private final double clipnorm;
  private final double clipvalue;
  private final boolean errorIfNonFinite;
  private double lr;
  private int parallelism = Runtime.getRuntime().availableProcessors();

  private final List<String> slotNames;
  private final Map<String, Scalar> scalars = new LinkedHashMap<>();
  private long iterations;
  private Slots slots; // null before the tensors are known

  private final AtomicReference<Thread> user = new AtomicReference<>(); // whose call is under way
  private final StepChecks checks = new StepChecks();
  private double[][] ownGradients = {}; // for minimize
  private double[][] lentGradients = {};

  // What the step under way works on, and its loop bodies, made once so that a step makes nothing.
  private double[][] gradients;
  private double[][] parameters;
  private Slots stepSlots;
  private double stepLr;
  private double[] squares = {};
  private double clipScale;
  private double clipLimit;
  private final Chunks.Range updateRange =
      (chunk, tensor, from, to) ->
          update(stepLr, parameters[tensor], gradients[tensor], stepSlots.arrays[tensor], from, to);
  private final Chunks.Range addSquares =
      (chunk, tensor, from, to) -> squares[chunk] += SumOfSquares.of(gradients[tensor], from, to);
  private final IntConsumer updateChunk = chunk -> stepSlots.chunks.visit(chunk, updateRange);
  private final IntConsumer sumChunk = chunk -> stepSlots.chunks.visit(chunk, addSquares);

  /**
   * Reads the hyperparameters that all optimizers share: {@code lr}, {@code decay}, {@code
   * clipnorm}, {@code clipvalue} and {@code error_if_non_finite}.
   *
   * @param h where to read from; the subclass's constructor reads its own after this
   * @param lr the default learning rate
   * @param slots names of the arrays to keep for each tensor, in the order in which {@link #update
   *     update} gets them; zeros at the first step
   * @throws IllegalArgumentException if two slots have the same name, or a hyperparameter is not
   *     valid
   */
  protected Optimizer(Hyperparameters h, double lr, String... slots) {
    this(h, h.nonNegative("lr", lr), h.nonNegative("decay", 0.), slots);
  }

  /** For Nadam, which has no decay in Keras. */
  Optimizer(Hyperparameters h, double lr, double decay, String... slots) {
    this.hyperparameters = h;
    this.lr = lr;
    this.decay = decay;
    this.clipnorm = h.limit("clipnorm");
    this.clipvalue = h.limit("clipvalue");
    this.errorIfNonFinite = h.option("error_if_non_finite");
    this.slotNames = List.of(slots);
    if (Set.copyOf(slotNames).size() < slots.length) {
      throw new IllegalArgumentException("slots must differ in name, got " + slotNames);
    }
  }

  // ---- What a subclass writes -----------------------------------------------------------------

  /**
   * Computes what all elements of this step share. Called once a step, by the caller's thread, when
   * nothing can be refused any more and before any {@link #update update}: so it must not throw.
   *
   * @param lr this step's learning rate, after decay
   * @param t the number of this step, from 1
   * @return the learning rate to hand to {@link #update update}; {@code lr} itself unless
   *     overridden
   */
  protected double beginStep(double lr, long t) {
    return lr;
  }

  /**
   * Updates a range of elements of one tensor. Called for every element once a step, for different
   * ranges by different threads at once. Must not throw: what is written stays written.
   *
   * <p>A loop over one {@code int} index, the same in all arrays, compiles to vector instructions.
   *
   * @param lr what {@link #beginStep beginStep} returned
   * @param p the parameters, to be updated
   * @param grads the gradients before clipping, never to be written to: see {@link #clip clip}
   * @param slots the tensor's slots, in the constructor's order, each as long as {@code p}
   * @param from the first element
   * @param to the element after the last one
   */
  protected abstract void update(
      double lr, double[] p, double[] grads, double[][] slots, int from, int to);

  /**
   * Whether this step's gradients are changed by clipping. Where not, a loop that skips {@link
   * #clip clip} computes the same; kept in a local variable, the question leaves the loop.
   *
   * @return whether {@link #clip clip} does anything
   */
  protected final boolean clipping() {
    return clipScale != 1. || clipLimit != Double.POSITIVE_INFINITY;
  }

  /**
   * Clips one element of a gradient, as {@code clipnorm} and {@code clipvalue} have it in this
   * step.
   *
   * @param g the element
   * @return the clipped element; {@code g} itself when no clipping is active
   */
  protected final double clip(double g) {
    return Math.min(Math.max(g * clipScale, -clipLimit), clipLimit);
  }

  /**
   * Declares a number that belongs to the optimizer's state, for use in a constructor.
   *
   * @param name what it is called in {@link OptimizerState#scalars}
   * @param initial its value before the first step
   * @return the number
   * @throws IllegalArgumentException if there is one of that name already
   */
  protected final Scalar scalar(String name, double initial) {
    Scalar scalar = new Scalar(initial);
    if (scalars.put(name, scalar) != null) {
      throw new IllegalArgumentException("scalars must differ in name, got " + name + " twice");
    }
    return scalar;
  }

  /** A number that belongs to the optimizer's state and may change with every step. */
  protected static final class Scalar {
    private double value;

    private Scalar(double value) {
      this.value = value;
    }

    /**
     * The number as it is now.
     *
     * @return the number
     */
    public double get() {
      return value;
    }

    /**
     * Changes the number.
     *
     * @param value what it is from now on
     */
    public void set(double value) {
      this.value = value;
    }
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
   *     gradient and a parameter, or, with {@link Builder#errorIfNonFinite
   *     Builder.errorIfNonFinite}, a gradient holds NaN or an infinity
   * @throws IllegalStateException if another call is under way
   */
  public final void applyGradients(double[][] gradients, double[][] parameters) {
    enter();
    try {
      checks.checkParameters(parameters, lengths());
      step(gradients, parameters);
    } finally {
      exit();
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
    if (lossFunction == null) {
      throw new IllegalArgumentException("lossFunction must be a function, got null");
    }
    enter();
    try {
      checks.checkParameters(parameters, lengths());
      double loss = lossFunction.evaluate(parameters, zeroGradients(parameters));
      // The function had the arrays in hand, and may have put others in their place.
      checks.checkParameters(parameters, lengths());
      step(lentGradients, parameters);
      return loss;
    } finally {
      Arrays.fill(lentGradients, null);
      exit();
    }
  }

  private void step(double[][] gradients, double[][] parameters) {
    checks.checkGradients(gradients, parameters);
    Slots slots =
        this.slots == null ? Slots.zeros(slotNames, Slots.lengthsOf(parameters)) : this.slots;
    this.gradients = gradients;
    this.parameters = parameters;
    this.stepSlots = slots;
    try {
      int threads = slots.chunks.elements() < PARALLEL_THRESHOLD ? 1 : parallelism;
      double norm = clipnorm > 0. || errorIfNonFinite ? gradientNorm(threads) : 0.;
      if (errorIfNonFinite && !Double.isFinite(norm)) {
        StepChecks.checkFinite(gradients);
      }
      // From here on nothing is refused.
      this.slots = slots;
      clipScale = clipnorm > 0. && norm >= clipnorm ? clipnorm / norm : 1.;
      clipLimit = clipvalue > 0. ? clipvalue : Double.POSITIVE_INFINITY;
      double decayed = decay > 0. ? lr * (1. / (1. + decay * iterations)) : lr;
      stepLr = beginStep(decayed, iterations + 1);
      Parallel.forEach(slots.chunks.count(), threads, updateChunk);
      iterations++;
    } finally {
      this.gradients = null;
      this.parameters = null;
      this.stepSlots = null;
    }
  }

  /** The norm of all gradients together; infinite where the squares overflow, as in Keras. */
  private double gradientNorm(int threads) {
    int count = stepSlots.chunks.count();
    if (squares.length != count) {
      squares = new double[count];
    }
    Arrays.fill(squares, 0.);
    Parallel.forEach(count, threads, sumChunk);
    return Math.sqrt(SumOfSquares.total(squares, 0, count));
  }

  private double[][] zeroGradients(double[][] parameters) {
    int count = parameters.length;
    if (ownGradients.length != count) {
      ownGradients = new double[count][0];
      lentGradients = new double[count][];
    }
    for (int tensor = 0; tensor < count; tensor++) {
      if (ownGradients[tensor].length != parameters[tensor].length) {
        ownGradients[tensor] = new double[parameters[tensor].length];
      }
      Arrays.fill(ownGradients[tensor], 0.);
      lentGradients[tensor] = ownGradients[tensor];
    }
    return lentGradients;
  }

  /** The lengths of the tensors, or null before they are known. */
  final int[] lengths() {
    return slots == null ? null : slots.lengths;
  }

  private void enter() {
    Thread current = Thread.currentThread();
    Thread other = user.compareAndExchangeAcquire(null, current);
    if (other != null) {
      throw new IllegalStateException(
          String.format(
              "optimizer must serve one call at a time, got one by thread %s during one by %s",
              current.getName(), other == current ? "the same" : "thread " + other.getName()));
    }
  }

  private void exit() {
    user.setRelease(null);
  }

  /** Makes what other threads' finished calls wrote visible, without being one more call. */
  private void seeFinishedCalls() {
    user.getAcquire();
  }

  // ---- Hyperparameters ------------------------------------------------------------------------

  /**
   * The learning rate, before decay.
   *
   * @return the learning rate
   */
  public final double getLr() {
    seeFinishedCalls();
    return lr;
  }

  /**
   * Changes the learning rate, for schedules of your own.
   *
   * @param lr the learning rate from the next step on, finite and at least 0
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if another call is under way
   */
  public final void setLr(double lr) {
    Hyperparameters.checkNonNegative("lr", lr);
    enter();
    this.lr = lr;
    exit();
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
    enter();
    parallelism = threads;
    exit();
  }

  /**
   * The configuration, as Keras's {@code get_config} answers it.
   *
   * @return a new map from Keras's names to {@link Double} and {@link Boolean} values, with the
   *     learning rate as it is now; clipping is in it where it was configured
   */
  public final Map<String, Object> getConfig() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("lr", getLr());
    hyperparameters.values().forEach(config::putIfAbsent);
    return config;
  }

  // ---- State ----------------------------------------------------------------------------------

  /**
   * How many steps have been made.
   *
   * @return the number of finished steps
   */
  public final long getIterations() {
    seeFinishedCalls();
    return iterations;
  }

  /**
   * The weights in Keras's order and layout: what {@code get_weights} answers there, each tensor
   * flattened. First, in a one-element array, the iterations (not RMSprop, Adagrad and Adadelta),
   * then each slot for all tensors.
   *
   * <p>Together with the configuration, which holds the learning rate, this is the whole state of
   * SGD, Adam, Adamax and Nadam, whose {@code m_schedule} is computed anew from the iterations. It
   * is not for RMSprop, Adagrad and Adadelta: without the iterations, a {@code decay} above 0
   * begins anew. Nor for an optimizer of your own that keeps a {@link Scalar}, or that keeps no
   * slot: without one the weights do not tell the tensors. {@link #getState} and {@link Checkpoint}
   * carry all that a step depends on.
   *
   * <p>Momentum-free SGD keeps nothing that tells the tensors' lengths: restored by {@link
   * #setState setState} it answers the iterations alone, until its next step.
   *
   * @return copies; an empty list while no step has been made and no tensor is known
   * @throws IllegalStateException if another call is under way
   */
  public final List<double[]> getWeights() {
    enter();
    try {
      return weightsLayout().write(iterations, slots);
    } finally {
      exit();
    }
  }

  /**
   * Sets the weights, as {@code set_weights} does in Keras. An optimizer that has made no step yet
   * takes the number of tensors and their lengths from them. What the weights lack stays as it is:
   * see {@link #getWeights}.
   *
   * @param weights in the order and layout of {@link #getWeights}; copied
   * @throws IllegalArgumentException if the list or an array is null, their number or lengths do
   *     not fit the layout or the tensors known, or the iterations are no whole number from 0 to
   *     2<sup>53</sup>; nothing is changed then
   * @throws IllegalStateException if another call is under way
   */
  public final void setWeights(List<double[]> weights) {
    enter();
    try {
      KerasWeights layout = weightsLayout();
      Slots slots = layout.readSlots(weights, slotNames, lengths());
      iterations = layout.readIterations(weights, iterations);
      if (slots != null) {
        this.slots = slots;
      }
      weightsRestored(iterations);
    } finally {
      exit();
    }
  }

  /** Which slots Keras's weights hold, and how. */
  KerasWeights weightsLayout() {
    return KerasWeights.of(slotNames);
  }

  /** Called when weights have been set, to recover what Keras's layout does not carry. */
  void weightsRestored(long iterations) {}

  /**
   * The whole state as a value.
   *
   * @return a copy
   * @throws IllegalStateException if another call is under way
   */
  public final OptimizerState getState() {
    enter();
    try {
      return liveState().copy();
    } finally {
      exit();
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
    adoptState(state.copy());
  }

  /** Restores a state whose arrays nobody else will use. */
  final void adoptState(OptimizerState state) {
    enter();
    try {
      StateChecks.checkFits(
          state, className(), getConfig(), slotNames, scalars.keySet(), lengths());
      int[] lengths = StateChecks.lengths(state);
      Slots restored = lengths.length == 0 ? null : Slots.of(slotNames, lengths, state.slots());
      // From here on nothing is refused.
      lr = Hyperparameters.checkNonNegative("lr", state.config().get("lr"));
      iterations = state.iterations();
      state.scalars().forEach((name, value) -> scalars.get(name).set(value));
      if (!slotNames.isEmpty()) {
        slots = restored;
      }
    } finally {
      exit();
    }
  }

  /** Makes the tensors known to a restored optimizer that keeps no slots to know them by. */
  final void knowTensors(double[][] parameters) {
    if (slots == null && slotNames.isEmpty() && iterations > 0) {
      slots = Slots.zeros(slotNames, Slots.lengthsOf(parameters));
    }
  }

  /** The state as it is, arrays and all, while no other call can change it. */
  final <E extends Exception> void withLiveState(StateReader<E> reader) throws E {
    enter();
    try {
      reader.read(liveState());
    } finally {
      exit();
    }
  }

  /** What is done with a live state. */
  interface StateReader<E extends Exception> {
    void read(OptimizerState state) throws E;
  }

  private OptimizerState liveState() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    scalars.forEach((name, scalar) -> numbers.put(name, scalar.get()));
    Slots known = slots == null ? Slots.zeros(slotNames, new int[0]) : slots;
    return new OptimizerState(className(), getConfig(), iterations, known.byName(), numbers);
  }

  /** The name by which {@link Optimizers} knows the class. */
  final String className() {
    return Optimizers.className(this);
  }

  // ---- Builder --------------------------------------------------------------------------------

  /**
   * Collects hyperparameters by name; {@link #build} checks them and makes the optimizer.
   *
   * <p>Not thread-safe. A builder may build any number of optimizers.
   *
   * @param <B> the class of the builder itself
   */
  public abstract static class Builder<B extends Builder<B>> {
    private final Map<String, Object> config = new LinkedHashMap<>();

    /** Starts with every hyperparameter at its default. */
    protected Builder() {}

    /**
     * Sets the learning rate.
     *
     * @param lr finite and at least 0
     * @return this builder
     */
    public final B lr(double lr) {
      return set("lr", lr);
    }

    /**
     * Scales all gradients down together where the norm of them all is not below this.
     *
     * @param clipnorm finite and at least 0; 0, the default, for no scaling
     * @return this builder
     */
    public final B clipnorm(double clipnorm) {
      return set("clipnorm", clipnorm);
    }

    /**
     * Limits each element of the gradients to the range from minus to plus this.
     *
     * @param clipvalue finite and at least 0; 0, the default, for no limit
     * @return this builder
     */
    public final B clipvalue(double clipvalue) {
      return set("clipvalue", clipvalue);
    }

    /**
     * Refuses a step whose gradients hold NaN or an infinity, before anything is changed. Costs one
     * pass over the gradients, which {@code clipnorm} makes anyway. Not in Keras: in the
     * configuration, as {@code error_if_non_finite}, only when on.
     *
     * @param errorIfNonFinite whether to refuse; false, the default, computes on as Keras does
     * @return this builder
     */
    public final B errorIfNonFinite(boolean errorIfNonFinite) {
      return set("error_if_non_finite", errorIfNonFinite);
    }

    /**
     * Sets a hyperparameter.
     *
     * @param name its name in the configuration
     * @param value its value
     * @return this builder
     */
    @SuppressWarnings("unchecked")
    protected final B set(String name, Object value) {
      config.put(name, value);
      return (B) this;
    }

    /**
     * What has been set, for {@link #build}.
     *
     * @return the hyperparameters by their names in the configuration
     */
    protected final Map<String, Object> config() {
      return config;
    }

    /**
     * Makes an optimizer.
     *
     * @return a new optimizer
     * @throws IllegalArgumentException if a hyperparameter is out of its range; the message names
     *     it, its value and what is allowed
     */
    public abstract Optimizer build();
  }
}
