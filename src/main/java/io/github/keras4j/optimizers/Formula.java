package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.text.Errors.checkArgument;
import static io.github.keras4j.optimizers.text.Errors.checkState;

import io.github.keras4j.optimizers.step.AbstractStep;

/** What the author of an optimizer writes, and what a constructor declares. */
abstract class Formula {
  final AbstractStep step;
  private boolean addsOnly;
  private boolean iterationsInWeights = true;

  Formula(AbstractStep step) {
    checkArgument(
        !getClass().getSimpleName().isEmpty(),
        "optimizer must be of a class with a name, got an anonymous one");
    this.step = step;
  }

  // ---- What a subclass writes -----------------------------------------------------------------

  /**
   * Updates a range of elements of one tensor. Called once an update for every element that it
   * reaches, which is all except the elements of rows that {@link Gradient#lazyRows lazy rows}
   * leave out, for different ranges by different threads at once. Must not throw: what is written
   * stays written.
   *
   * <p>A subclass reads its hyperparameters and declares its slots in its constructor. Learning
   * rate, decay, clipping, threads, weights, state and configuration come from the base. A loop
   * over one {@code int} index, the same in all arrays, compiles to vector instructions.
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
   *   protected void updateStep(double lr, Variable x, int from, int to) {
   *     double[] p = x.parameter();
   *     for (int i = from; i < to; i++) {
   *       p[i] = p[i] - lr * Math.signum(x.gradient(i));
   *     }
   *   }
   * }
   * }</pre>
   *
   * @param lr what {@link #beginStep beginStep} returned
   * @param x the tensor: parameters, gradient and slots
   * @param from the first element
   * @param to the element after the last one
   */
  protected abstract void updateStep(double lr, Variable x, int from, int to);

  /**
   * Computes what all elements share in an update. Called once an update, by the caller's thread,
   * when nothing can be rejected any more and before any {@link #updateStep updateStep}: so it must
   * not throw.
   *
   * @param lr the learning rate of this step
   * @param t the number of this update, from 1
   * @return the learning rate to hand to {@link #updateStep updateStep}; {@code lr} itself unless
   *     overridden
   */
  protected double beginStep(double lr, long t) {
    return lr;
  }

  /**
   * Declares a slot, an array to keep for each tensor, as long as it; for use in a constructor.
   *
   * @param name what it is called in {@link OptimizerState#slots}
   * @return its number, for {@link Variable#slot}; it begins with zeros
   * @throws IllegalArgumentException if there is one of that name already, or a checkpoint cannot
   *     hold the name
   * @throws IllegalStateException if the constructor has ended
   */
  protected final int slot(String name) {
    requireConstructor("slot", name);
    return step.memory.slot(name, 0.);
  }

  /** Declares a slot as {@link #slot(String) slot}, which begins with a value in all elements. */
  protected final int slot(String name, double initial) {
    requireConstructor("slot", name);
    return step.memory.slot(name, initial);
  }

  /**
   * Declares a slot as {@link #slot(String) slot}, which begins as a copy of the parameters when
   * the first step is made.
   */
  protected final int slotLikeParameters(String name) {
    requireConstructor("slot", name);
    return step.memory.slotLikeParameters(name);
  }

  /**
   * Declares a number that belongs to the state; for use in a constructor.
   *
   * @param name what it is called in {@link OptimizerState#scalars}
   * @param initial its value before the first step
   * @return the number
   * @throws IllegalArgumentException as {@link #slot(String) slot}
   * @throws IllegalStateException as {@link #slot(String) slot}
   */
  protected final Scalar scalar(String name, double initial) {
    requireConstructor("scalar", name);
    return new Scalar(step.memory.number(name, initial));
  }

  /**
   * Declares that a step does nothing with the parameters except adding to them: {@code
   * readsParameters()} is false then. Weight decay and moving averages are not its concern.
   */
  protected final void addsOnly() {
    addsOnly = true;
  }

  /** Later, a copy and a checkpoint would not have it. */
  private void requireConstructor(String what, String name) {
    boolean inConstructor =
        StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .walk(frames -> frames.anyMatch(this::isConstructor));
    checkState(inConstructor, "%s must be declared in the constructor, got %s", what, name);
  }

  private boolean isConstructor(StackWalker.StackFrame frame) {
    return frame.getMethodName().equals("<init>") && frame.getDeclaringClass().isInstance(this);
  }

  /** For classes of which Keras saves the slots alone. */
  final void omitIterationsFromWeights() {
    iterationsInWeights = false;
  }

  KerasWeights weightsLayout() {
    return new KerasWeights(iterationsInWeights, step.memory.slotNames(), length -> length);
  }

  /** Called when weights have been set, to recover what Keras's layout does not carry. */
  void weightsRestored(long iterations) {}

  // ---- What the formula can do ----------------------------------------------------------------

  /**
   * Whether gradients by rows are taken: the formula goes element by element. True unless
   * overridden or {@link #sumsOverElements}.
   */
  public boolean takesRows() {
    return !sumsOverElements();
  }

  /**
   * Whether an update by a gradient of zero changes neither parameters nor slots, weight decay and
   * moving averages aside. A step with {@link Gradient#rows rows} then visits no other rows. False
   * unless overridden.
   */
  public boolean ignoresZeros() {
    return false;
  }

  /**
   * Whether a step does anything with the parameters except adding to them, so that the same
   * gradients may change other parameters by other amounts. True unless {@code addsOnly()} was
   * called.
   */
  public boolean readsParameters() {
    return !addsOnly;
  }

  /**
   * Whether an update depends on sums over a tensor's elements, so that a part of a tensor cannot
   * be updated apart from the rest. False unless overridden.
   */
  public boolean sumsOverElements() {
    return false;
  }
}
