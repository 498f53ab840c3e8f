package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.Rows.Reach;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.Step;
import java.util.List;
import java.util.Map;

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
 * multiply-add: the results are those of Keras 2.2.4 in float64, bit for bit. The one sum, that of
 * the norm, is added block by block in a fixed order, and may differ from Keras's in the last
 * places. Neither the number of threads nor the compiler changes a bit. Whole powers, as those of
 * the bias corrections, are the same on every JVM; fractional ones, as in the warm-up of {@link
 * Nadam}, are those of {@link Math#pow}, whose last place may differ from JVM to JVM.
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
public abstract class Optimizer extends OptimizerCore {
  private final double decay;
  private final double clipnorm;
  private final double clipvalue;
  private double lr;

  // This step's
  private double stepLr;
  private double clipScale;
  private double clipLimit;
  private final Step.Pass updatePart =
      (part, tensor, from, to) ->
          update(
              stepLr, step.parameter(tensor), step.gradient(tensor), step.slots(tensor), from, to);

  /**
   * Reads the hyperparameters that all optimizers share: {@code clipnorm}, {@code clipvalue},
   * {@code error_if_non_finite}, {@code lr} and {@code decay}.
   *
   * @param h where to read from; the subclass's constructor reads its own after this
   * @param lr the default learning rate
   * @param slots names of the arrays to keep for each tensor, in the order in which {@link #update
   *     update} gets them; zeros at the first step
   * @throws IllegalArgumentException if two slots have the same name or one has a name that a
   *     checkpoint cannot hold, the class has no name, or a hyperparameter is not valid
   */
  protected Optimizer(Hyperparameters h, double lr, String... slots) {
    this(h, true, lr, slots);
  }

  /** For Nadam, which has no decay in Keras. */
  Optimizer(Hyperparameters h, boolean hasDecay, double lr, String... slots) {
    super(h, slots);
    this.clipnorm = h.nonNegativeIfGiven("clipnorm");
    this.clipvalue = h.nonNegativeIfGiven("clipvalue");
    this.lr = h.nonNegative("lr", lr);
    this.decay = hasDecay ? h.nonNegative("decay", 0.) : 0.;
  }

  /**
   * For optimizers of another generation, which read every hyperparameter themselves and override
   * what stands under that heading.
   *
   * @param h where to read from
   * @param slots names of the arrays to keep for each tensor
   * @throws IllegalArgumentException if two slots have the same name or one has a name that a
   *     checkpoint cannot hold, or the class has no name
   */
  protected Optimizer(Hyperparameters h, String... slots) {
    super(h, slots);
    this.clipnorm = 0.;
    this.clipvalue = 0.;
    this.decay = 0.;
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
   * Updates a range of elements of one tensor. Called once a step for every element that the step
   * reaches, which is all but those of rows that {@link Gradient#lazyRows lazy rows} leave out, for
   * different ranges by different threads at once. Must not throw: what is written stays written.
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
   * Whether an update by a gradient of zero changes neither parameters nor slots, so that a step
   * with {@link Gradient#rows rows} need not visit any others.
   *
   * @return false, unless overridden
   */
  protected boolean ignoresZeros() {
    return false;
  }

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
   * @throws IllegalArgumentException if there is one of that name already, or the name is one that
   *     a checkpoint cannot hold
   */
  protected final Scalar scalar(String name, double initial) {
    return variables.addScalar(name, initial);
  }

  /** A number that belongs to the optimizer's state and may change with every step. */
  protected static final class Scalar {
    private double value;

    Scalar(double value) {
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

  // ---- The step of Keras 2.2.4 -----------------------------------------------------------------

  @Override
  protected void apply(
      double[][] gradients,
      Gradient[] rows,
      double[][] parameters,
      double[][][] slots,
      int threads) {
    if (rows != null) {
      giveRows(rows);
    }
    long iterations = variables.iterations();
    double norm = clipnorm > 0. ? norm() : 0.;
    clipScale = clipnorm > 0. && norm >= clipnorm ? clipnorm / norm : 1.;
    clipLimit = clipvalue > 0. ? clipvalue : Double.POSITIVE_INFINITY;
    stepLr = beginStep(decay > 0. ? lr * (1. / (1. + decay * iterations)) : lr, iterations + 1);
    step.forEachPart(updatePart);
  }

  private double norm() {
    double sum = step.sumOfSquares();
    return Math.sqrt(exchangesNorms() ? exchangeNorms(sum)[0] : sum);
  }

  private void giveRows(Gradient[] rows) {
    Reach reach = ignoresZeros() ? Reach.TOUCHED_FOR_ALL : Reach.ALL;
    for (int tensor = 0; tensor < rows.length; tensor++) {
      Gradient given = rows[tensor];
      if (!given.isDense()) {
        step.giveRows(
            tensor, given.rows(), given.values(), false, given.isLazy() ? Reach.TOUCHED : reach);
      }
    }
    step.addRows();
  }

  // ---- Hyperparameters ------------------------------------------------------------------------

  /**
   * The learning rate, before decay.
   *
   * @return the learning rate
   */
  public double getLr() {
    guard.seeFinishedCalls();
    return lr;
  }

  /**
   * Changes the learning rate, for schedules of your own.
   *
   * @param lr the learning rate from the next step on, finite and at least 0
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if another call is under way
   */
  public void setLr(double lr) {
    Hyperparameters.checkNonNegative("lr", lr);
    exclusively(() -> this.lr = lr);
  }

  /** The configuration, with the learning rate as it is now. */
  @Override
  public Map<String, Object> getConfig() {
    Map<String, Object> config = super.getConfig();
    config.computeIfPresent("lr", (name, before) -> getLr());
    return config;
  }

  @Override
  protected Runnable restoreConfig(Map<String, ?> config) {
    double before = lr;
    lr = Hyperparameters.checkNonNegative("lr", config.get("lr"));
    return () -> lr = before;
  }

  // ---- Weights ----------------------------------------------------------------------------------

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
  public List<double[]> getWeights() {
    guard.enter();
    try {
      return weightsLayout().write(variables.iterations(), variables.slots());
    } finally {
      guard.exit();
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
  public void setWeights(List<double[]> weights) {
    exclusively(
        () -> {
          KerasWeights layout = weightsLayout();
          Slots slots = layout.readSlots(weights, variables);
          variables.setIterations(layout.readIterations(weights, variables.iterations()));
          if (slots != null) {
            variables.setSlots(slots);
          }
          weightsRestored(variables.iterations());
        });
  }

  /** Which slots Keras's weights hold, and how. */
  KerasWeights weightsLayout() {
    return KerasWeights.of(variables.slotNames());
  }

  /** Called when weights have been set, to recover what Keras's layout does not carry. */
  void weightsRestored(long iterations) {}

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
     * Makes an optimizer.
     *
     * @return a new optimizer
     * @throws IllegalArgumentException if a hyperparameter is out of its range; the message names
     *     it, its value and what is allowed
     */
    public abstract Optimizer build();
  }
}
