package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Errors.checkState;
import static io.github.keras4j.optimizers.text.Errors.illegalArgument;
import static io.github.keras4j.optimizers.text.Errors.illegalState;

import io.github.keras4j.optimizers.constraints.Constraint;
import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.StepChecks;
import java.util.stream.IntStream;

/**
 * The step of an optimizer: over tensors, or over other optimizers.
 *
 * <p>Until {@link #run} anything may be rejected, and nothing is changed that anybody sees. {@code
 * run} rejects nothing.
 */
public abstract class AbstractStep {
  public final Memory memory = new Memory();

  public final Guard guard = new Guard("optimizer");

  /** What the arrays of a call are checked by. */
  public final StepChecks checks = new StepChecks();

  private Rate rate;
  private Specs specs = Specs.OF_KERAS2;
  Updater updater;
  private boolean errorIfNonFinite;
  private boolean mayLackGradients;
  private boolean needsBuild;
  private int parallelism = Runtime.getRuntime().availableProcessors();

  public final Rate rate() {
    return rate;
  }

  public final void setRate(Rate rate) {
    this.rate = rate;
  }

  public final void setUpdater(Updater updater) {
    this.updater = updater;
  }

  public final boolean isErrorIfNonFinite() {
    return errorIfNonFinite;
  }

  public final void setErrorIfNonFinite(boolean errorIfNonFinite) {
    this.errorIfNonFinite = errorIfNonFinite;
  }

  public final boolean mayLackGradients() {
    return mayLackGradients;
  }

  /** Lets gradients be null, to leave their tensors out of a step. */
  public final void allowMissingGradients() {
    mayLackGradients = true;
  }

  /** Makes a step need names and shapes. */
  public final void requireBuild() {
    needsBuild = true;
  }

  public final int parallelism() {
    return parallelism;
  }

  public final void setParallelism(int threads) {
    parallelism = threads;
  }

  // ---- Tensors --------------------------------------------------------------------------------

  public final Specs specs() {
    return specs;
  }

  public final void setSpecs(Specs specs) {
    prepareSpecs(specs).run();
  }

  /** Makes what other specs take of memory; returns what takes them over. */
  public Runnable prepareSpecs(Specs specs) {
    return () -> {
      this.specs = specs;
      forgetTensors();
    };
  }

  public final void constrain(int tensor, Constraint constraint, int... shape) {
    requireNoStep("constrain");
    requireNotInside("constrain");
    Specs told = specs.constraining(tensor, constraint, shape);
    if (lengths() != null) {
      told.requireLengths(lengths());
    }
    setSpecs(told);
  }

  public final void requireNoStep(String call) {
    checkState(
        memory.calls() == 0,
        "%s must come before the first step, got it after %s",
        call,
        memory.calls());
  }

  public final void requireNotInside(String call) {
    checkState(
        !guard.isPart(), "%s must be called on the MultiOptimizer that this optimizer is in", call);
  }

  /** Goes on with other tensors, each of which is the one that had its number before, or new. */
  public final void resize(double[][] parameters) {
    requireNotInside("resize");
    checkState(
        !specs.areNamed(),
        "resize must be given specs, since build has told names and shapes, got none");
    checks.checkParameters(parameters, null);
    requireBetweenUpdates("resize");
    int[] known = lengths();
    if (known != null) {
      int[] numbers =
          IntStream.range(0, parameters.length).map(i -> i < known.length ? i : -1).toArray();
      int[] lengths = Memory.lengthsOf(parameters);
      prepareTensors(specs.renumbered(numbers, lengths), numbers, parameters).run();
    }
  }

  /**
   * Makes what other tensors take of memory; returns what takes them over, and cannot fail. Each
   * has the number that it had before, below 0 for a new one.
   */
  public Runnable prepareTensors(Specs specs, int[] numbers, double[][] parameters) {
    settle();
    int[] lengths = Memory.lengthsOf(parameters);
    specs.requireLengths(lengths);
    Slots fitted =
        memory.slots() == null ? null : memory.fitted(memory, numbers, parameters, specs, lengths);
    Runnable told = prepareSpecs(specs);
    return () -> {
      told.run();
      memory.setSlots(fitted);
    };
  }

  /**
   * Takes over copies of what the step of an optimizer of the same class, and perhaps another
   * configuration, remembers. The count is that of updates where they take other numbers of calls.
   */
  public void copyFrom(AbstractStep other) {
    other.settle();
    parallelism = other.parallelism;
    long calls = other.memory.calls();
    if (other.accumulationSteps() != accumulationSteps()) {
      other.requireBetweenUpdates("a change of gradient_accumulation_steps");
      long updates = calls / other.accumulationSteps();
      if (updates > Memory.MAX_CALLS / accumulationSteps()) {
        throw illegalArgument(
            "gradient_accumulation_steps must be at most %d after %d updates, got %d",
            Memory.MAX_CALLS / updates, updates, accumulationSteps());
      }
      calls = updates * accumulationSteps();
    }
    memory.copyFrom(other.memory, specs, calls);
  }

  public void requireBetweenUpdates(String call) {
    long inside = memory.calls() % accumulationSteps();
    checkState(
        inside == 0,
        "%s must come between updates, got it after %d of the %d calls of an accumulation",
        call,
        inside,
        accumulationSteps());
  }

  /** The lengths of the tensors, or null before they are known. */
  public final int[] lengths() {
    return memory.lengths() == null ? specs.lengths() : memory.lengths();
  }

  /** Lets the next step find out again which tensors it is over: slots or specs are others. */
  public void forgetTensors() {
    settle();
    checks.forget();
  }

  public int accumulationSteps() {
    return 1;
  }

  /** Rejects a step over so many tensors that does not fit what has been told of them. */
  protected final void requireFit(int tensors) {
    if (!specs.areNamed() && (needsBuild || guard.isPart())) {
      throw illegalState(
          guard.isPart()
              ? "%s makes steps in a MultiOptimizer, got one before build has given it tensors"
              : "%s needs names and shapes: call build(TensorSpec...) before the first step",
          updater.name());
    }
    specs.requireFit(tensors);
  }

  /** Makes the slots what they stand for, before they are read or replaced. */
  public abstract void settle();

  /** Makes one update with what has been accumulated since the last one. */
  public abstract void applyAccumulated(double[][] parameters);

  // ---- A step ---------------------------------------------------------------------------------

  /** Says that the next step has other arrays than the one before. */
  public abstract void changeArrays();

  /** Rejects a gradient by rows, of a tensor of this length, that the optimizer cannot take. */
  public abstract void checkRows(
      int gradient, int tensor, int length, int[] rows, double[] values, boolean lazy);

  /** Rejects a step that the optimizer cannot make, and makes what takes memory. */
  public abstract void prepare(double[][] gradients, double[][] parameters, int threads);

  /** Gives a tensor its gradient by rows, once the step is being prepared. */
  public abstract void giveRows(int tensor, int[] rows, double[] values, boolean lazy);

  /** Ends the preparation: adds up the rows, and rejects gradients that are not finite. */
  public abstract void prepared();

  /** How many sums of squares the norms of a step over so many tensors are made of. */
  public abstract int sums(int tensors);

  /** The sums of squares that norms are made of in a step that has been prepared: a copy. */
  public abstract double[] sumsOfSquares();

  public abstract void run(double[] sums);

  public abstract void end();
}
