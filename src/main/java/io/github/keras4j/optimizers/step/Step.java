package io.github.keras4j.optimizers.step;

import static io.github.keras4j.optimizers.text.Text.format;

import io.github.keras4j.optimizers.engine.Guard;
import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.Rows.Reach;
import io.github.keras4j.optimizers.engine.Slots;
import io.github.keras4j.optimizers.engine.StepChecks;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The step of an optimizer of either generation, over parts that may be absent.
 *
 * <p>{@link #prepare} finds out all that may be rejected and makes all that takes memory, and
 * changes nothing that anybody sees. {@link #run} has the order of a step, and rejects nothing.
 */
public class Step {
  /**
   * Elements after which the update and the average take turns where memory is slow: so few that
   * the processor's out-of-order window already fetches what the next pass needs.
   */
  private static final int BLOCK = 64;

  /**
   * Below so many elements the caches hold all arrays, and short loops cost more than they save.
   */
  private static final int IN_CACHE = 1 << 18;

  /** The count of calls, slots and numbers. */
  public final Memory memory = new Memory();

  /** One call at a time. */
  public final Guard guard = new Guard();

  /** What a call is checked by. */
  public final StepChecks checks = new StepChecks();

  private final Passes passes = new Passes();
  private Rate rate;
  private Specs specs = Specs.NONE;
  private Clipping clipping = Clipping.ofKeras2(0., 0.);
  private Accumulation accumulation; // null for none
  private MovingAverage average; // null for none
  private double lossScale = 1.;
  private boolean errorIfNonFinite;
  private boolean mayLackGradients;
  private Updater formula;
  private Consumer<Slots> makeRoom = made -> {};
  private Runnable update = this::updateParts;

  // Of the tensors
  private Slots slots; // those that the tensors are of
  private Tensor[] tensors = {};
  private Norms norms; // null for none
  private boolean plain; // nothing happens to gradients or parameters around the formula

  // This step's
  private double[][] gradients;
  private double[][] parameters;
  private boolean changed = true; // since the tensors were given their arrays
  private boolean rowsGiven;
  private double lr;
  private double updateLr;

  // The passes, made once so that a step makes nothing.
  private final Passes.Pass accumulatePart = this::accumulatePart;
  private final Passes.Pass plainPart = this::plainPart;
  private final Passes.Pass updatePart = this::updatePart;

  // ---- Parts, for constructors ----------------------------------------------------------------

  public final void setRate(Rate rate) {
    this.rate = rate;
  }

  public final Rate rate() {
    return rate;
  }

  /** Sets the optimizer. */
  public final void setUpdater(Updater formula) {
    this.formula = formula;
  }

  /** Sets how all tensors are updated, and how room is made for it, where it is not in one pass. */
  public final void setUpdate(Consumer<Slots> makeRoom, Runnable update) {
    this.makeRoom = makeRoom;
    this.update = update;
  }

  public final void setClipping(Clipping clipping) {
    this.clipping = clipping;
  }

  public final void setAccumulation(Accumulation accumulation) {
    this.accumulation = accumulation;
  }

  public final void setAverage(MovingAverage average) {
    this.average = average;
  }

  /** Sets what the loss was multiplied by. */
  public final void setLossScale(double lossScale) {
    this.lossScale = lossScale;
    forgetTensors();
  }

  public final void setErrorIfNonFinite(boolean errorIfNonFinite) {
    this.errorIfNonFinite = errorIfNonFinite;
  }

  /** Lets gradients be null, to leave their tensors out of a step. */
  public final void allowMissingGradients() {
    mayLackGradients = true;
  }

  public final boolean mayLackGradients() {
    return mayLackGradients;
  }

  public final boolean isErrorIfNonFinite() {
    return errorIfNonFinite;
  }

  /** Takes over what has been told of the tensors. */
  public void setSpecs(Specs specs) {
    this.specs = specs;
    forgetTensors();
  }

  public final Specs specs() {
    return specs;
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /** The lengths of the tensors, or null before they are known. */
  public int[] lengths() {
    return memory.lengths() == null ? specs.lengths() : memory.lengths();
  }

  /** The averages of all tensors, which are known: the arrays themselves. */
  public final double[][] averages() {
    return Arrays.stream(memory.slots().arrays()).map(average::of).toArray(double[][]::new);
  }

  public final boolean hasAverage() {
    return average != null;
  }

  /** How many slots average and accumulation have declared, before those of the formula. */
  public final int slotsOfParts() {
    return (average == null ? 0 : 1) + (accumulation == null ? 0 : 1);
  }

  /** How many calls share an update. */
  public final int accumulationSteps() {
    return accumulation == null ? 1 : accumulation.steps();
  }

  /** Makes the slots what they stand for, before they are read or replaced. */
  public void settle() {
    if (accumulation != null) {
      accumulation.settle(memory.slots() == null ? null : memory.slots().arrays());
    }
  }

  /** Lets the next step find out anew which tensors it is over, since slots or specs are others. */
  public final void forgetTensors() {
    settle();
    slots = null;
    checks.forget();
  }

  private void makeTensors(Slots made) {
    int[] lengths = made.lengths();
    Tensor[] over = new Tensor[lengths.length];
    boolean nothing = clipping.isOff() && accumulation == null && average == null;
    for (int tensor = 0; tensor < over.length; tensor++) {
      double[][] arrays = made.arrays()[tensor];
      double[] accumulator = accumulation == null ? null : accumulation.of(arrays);
      int steps = accumulation == null ? 1 : accumulation.steps();
      over[tensor] = new Tensor(arrays, accumulator, steps, specs.weightDecay(tensor));
      if (lossScale != 1. && accumulation == null && !clipping.isOff()) {
        over[tensor].makeRoom(lengths[tensor]);
      }
      nothing &= !over[tensor].isDecaying();
    }
    Clipping.Norm norm = clipping.norm();
    norms = norm == Clipping.Norm.NONE ? null : new Norms(passes, over, norm, accumulation != null);
    makeRoom.accept(made);
    formula.setTensors(specs, over);
    plain = nothing && lossScale == 1.;
    tensors = over;
    slots = made;
    changed = true;
  }

  // ---- Before anything is written -------------------------------------------------------------

  /**
   * Rejects a step that the optimizer cannot make, and makes what takes memory.
   *
   * @param changed whether an array is not the one of the call before
   */
  public void prepare(double[][] gradients, double[][] parameters, boolean changed, int threads) {
    this.changed |= changed;
    rowsGiven = false;
    specs.requireFit(parameters.length);
    lr = rate.at(memory.calls());
    memory.requireRoomToCount();
    Slots known = memory.slots() == null ? slotsFor(parameters) : memory.slots();
    if (known != slots) {
      makeTensors(known);
    }
    this.gradients = gradients;
    this.parameters = parameters;
    passes.begin(known.layout(), gradients, threads);
  }

  /** Those made for a step that was then rejected serve the next, if the lengths are the same. */
  private Slots slotsFor(double[][] parameters) {
    boolean fit = slots != null && slots.lengths().length == parameters.length;
    for (int tensor = 0; fit && tensor < parameters.length; tensor++) {
      fit = slots.lengths()[tensor] == parameters[tensor].length;
    }
    if (fit) {
      return slots;
    }
    int[] lengths = new int[parameters.length];
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      lengths[tensor] = parameters[tensor].length;
    }
    return memory.newSlots(specs, lengths);
  }

  /** Lets the optimizer know the tensors of a step that it is not to make. */
  public void makeSlots(double[][] parameters) {
    if (memory.slots() == null) {
      memory.setSlots(slotsFor(parameters));
      forgetTensors();
    }
  }

  /** Rejects a gradient by rows that the optimizer cannot take. */
  public void checkRows(int gradient, int tensor, int[] rows, double[] values, boolean lazy) {
    if (!formula.takesRows()) {
      throw new IllegalArgumentException(
          format(
              "%s takes dense gradients alone, got rows in gradients[%d]",
              formula.name(), gradient));
    }
    if (lazy && accumulation != null) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must be dense or rows with gradient_accumulation_steps, got lazyRows",
              gradient));
    }
    int length = specs.rowLength(tensor);
    if (rows.length > 0 && length > 0 && values.length / rows.length != length) {
      throw new IllegalArgumentException(
          format(
              "gradients[%d] must have rows of %d elements, as its spec has it, got %d",
              gradient, length, values.length / rows.length));
    }
  }

  /** Gives a tensor its gradient by rows, once the step is being prepared. */
  public void giveRows(int tensor, int[] rows, double[] values, boolean lazy) {
    rowsGiven = true;
    passes.giveRows(tensor, rows, values, lazy ? Reach.TOUCHED : reach(tensor));
  }

  /** With a rate that is negative, -0.0 or not finite, an update by zero may change a parameter. */
  private Reach reach(int tensor) {
    boolean still = formula.ignoresZeros() && 1. / lr > 0. && lr < Double.POSITIVE_INFINITY;
    boolean alone = average == null && accumulation == null && !tensors[tensor].isDecaying();
    return still && alone ? Reach.TOUCHED_FOR_ALL : Reach.ALL;
  }

  /** Ends the preparation: adds up the rows, and rejects gradients that are not finite. */
  public void prepared() {
    if (rowsGiven) {
      passes.addRows();
    }
    if (errorIfNonFinite && !Double.isFinite(passes.sumOfSquares())) {
      requireFinite();
    }
  }

  private void requireFinite() {
    for (int tensor = 0; tensor < gradients.length; tensor++) {
      double[] gradient = gradients[tensor];
      for (int i = 0; gradient != null && i < gradient.length; i++) {
        if (!Double.isFinite(gradient[i])) {
          throw new IllegalArgumentException(
              format("gradients[%d][%d] must be finite, got %s", tensor, i, gradient[i]));
        }
      }
    }
  }

  /** The sums of squares that norms are made of in a step that has been prepared. */
  public final double[] sumsOfSquares() {
    if (sums(tensors.length) == 0) {
      return new double[0];
    }
    beginTensors();
    return norms.sums().clone();
  }

  /** How many sums of squares there are for so many tensors. */
  public int sums(int tensors) {
    if (accumulation != null) {
      throw new IllegalStateException(
          "sumsOfSquares needs an optimizer without gradient_accumulation_steps, got one with it");
    }
    return clipping.norm().count(tensors);
  }

  /** Whether several calls share an update. */
  public final boolean accumulates() {
    return accumulation != null;
  }

  // ---- The step -------------------------------------------------------------------------------

  /**
   * Makes the step that has been prepared.
   *
   * @param given sums of squares in the place of those of these gradients, or null
   */
  public void run(double[] given) {
    long calls = memory.calls();
    long steps = accumulation == null ? 1 : accumulation.steps();
    long updates = calls / steps;
    boolean updating = (calls + 1) % steps == 0;

    memory.setSlots(slots);
    if (calls == 0) {
      beginSlots();
    }
    beginTensors(); // divides gradients by the loss scale
    if (average != null) {
      average.begin(updates);
    }
    if (updating) {
      clip(given);
      updateLr = formula.beginStep(lr, updates + 1);
      update.run(); // weight decay, the formula, then the average
    } else {
      accumulation.begin(tensors);
      passes.forEachPart(accumulatePart); // then the average
    }
    if (accumulation != null) {
      accumulation.end(updating);
    }
    memory.setCalls(calls + 1);
  }

  /** Ends a step, however it went. */
  public void end() {
    if (rowsGiven) {
      passes.end();
    }
  }

  private void beginTensors() {
    if (plain && !changed && !rowsGiven) {
      return; // they have their arrays, and nothing else to be told
    }
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      tensors[tensor].begin(parameters[tensor], gradients[tensor], lossScale, lr);
    }
    changed = rowsGiven;
  }

  private void beginSlots() {
    memory.copyParameters(slots, parameters);
    for (int tensor = 0; average != null && tensor < tensors.length; tensor++) {
      if (!passes.rows().reachesAll(tensor)) {
        average.copyParameters(parameters[tensor], slots.arrays()[tensor]);
      }
    }
  }

  private void accumulatePart(int part, int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    if (x.hasGradient()) {
      accumulation.accumulate(x, from, to);
    }
    move(x, from, to);
  }

  private void move(Tensor x, int from, int to) {
    if (average != null) {
      average.move(x, from, to);
    }
  }

  private void clip(double[] given) {
    if (clipping.isOff()) {
      return;
    }
    double[] own = norms == null ? null : norms.sums();
    clipping.clip(tensors, given == null ? own : given);
    for (int tensor = 0; rowsGiven && tensor < tensors.length; tensor++) {
      if (passes.rows().reach(tensor) == Reach.TOUCHED_FOR_ALL && tensors[tensor].changesZero()) {
        passes.reachAll(tensor);
      }
    }
  }

  // ---- Update ---------------------------------------------------------------------------------

  /** Updates all tensors part by part. */
  public final void updateParts() {
    passes.forEachPart(plain ? plainPart : updatePart);
  }

  private void plainPart(int part, int tensor, int from, int to) {
    if (tensors[tensor].hasGradient()) {
      formula.update(updateLr, tensor, from, to);
    }
  }

  /** The whole update of a part. */
  public final void updatePart(int part, int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    boolean alone = average == null && !x.isPreparing();
    int size = alone || slots.layout().elements() < IN_CACHE ? to - from : BLOCK;
    for (int start = from; start < to; start += size) {
      updateRange(tensor, start, Math.min(to, start + size));
    }
  }

  /** The whole update of a range of elements. */
  public final void updateRange(int tensor, int from, int to) {
    if (beginRange(tensor, from, to)) {
      formula.update(updateLr, tensor, from, to);
    }
    endRange(tensor, from, to);
  }

  /** Makes the gradient of a range ready; returns whether there is one. */
  public final boolean beginRange(int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    if (x.hasGradient()) {
      x.prepare(from, to);
    }
    return x.hasGradient();
  }

  /** What every tensor goes through after its update. */
  public final void endRange(int tensor, int from, int to) {
    move(tensors[tensor], from, to);
  }

  // ---- For formulas that need more than one pass ----------------------------------------------

  public final void forEachPart(Passes.Pass pass) {
    passes.forEachPart(pass);
  }

  public final Tensor tensor(int tensor) {
    return tensors[tensor];
  }

  public final int tensors() {
    return tensors.length;
  }

  public final Layout layout() {
    return slots.layout();
  }

  /** How many threads take part. */
  public final int threads() {
    return passes.threads();
  }

  /** What {@link Updater#beginStep} returned. */
  public final double updateLr() {
    return updateLr;
  }
}
