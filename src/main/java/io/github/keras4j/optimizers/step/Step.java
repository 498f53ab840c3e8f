package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.Rows.Reach;
import io.github.keras4j.optimizers.engine.Slots;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The step of either generation of Keras over tensors, made of parts that may be absent: {@link
 * #run} has its order.
 */
public final class Step extends AbstractStep {
  /**
   * Elements after which the update and the average take turns where memory is slow: so few that
   * the processor's out-of-order window already fetches what the next pass needs.
   */
  private static final int BLOCK = 64;

  /**
   * Below so many elements the caches hold all arrays, and short loops cost more than they save.
   */
  private static final int IN_CACHE = 1 << 18;

  private final Passes passes = new Passes();
  private Clipping clipping = Clipping.ofKeras2(0., 0.);
  private Accumulation accumulation; // null for none
  private MovingAverage average; // null for none
  private double lossScale = 1.;
  private Consumer<Slots> makeRoom = made -> {};
  private Runnable update; // null for part by part

  // Of the tensors
  private Slots slots; // those that the tensors are of
  private Tensor[] tensors = {};
  private Norms norms; // null for none
  private boolean completing; // the next step begins slots that wait for it
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
  private final IntConsumer plainChunk = this::plainChunk;
  private final Passes.Pass updatePart = this::updatePart;

  // ---- Parts, for constructors ----------------------------------------------------------------

  /** Sets how all tensors are updated, and how room is made for it, where it is not in one pass. */
  public void setUpdate(Consumer<Slots> makeRoom, Runnable update) {
    this.makeRoom = makeRoom;
    this.update = update;
  }

  public void setClipping(Clipping clipping) {
    this.clipping = clipping;
  }

  public void setAccumulation(Accumulation accumulation) {
    this.accumulation = accumulation;
  }

  public void setAverage(MovingAverage average) {
    this.average = average;
  }

  /** Sets what the loss was multiplied by. */
  public void setLossScale(double lossScale) {
    this.lossScale = lossScale;
    forgetTensors();
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /** The averages of all tensors, once a step has begun them: the arrays themselves. */
  public double[][] averages() {
    return Arrays.stream(memory.slots().arrays()).map(average::of).toArray(double[][]::new);
  }

  public boolean hasAverage() {
    return average != null;
  }

  /** Whether a step has begun the averages. */
  public boolean isAveraging() {
    return average != null && average.isThere(memory);
  }

  /** How many slots average and accumulation have declared, before those of the formula. */
  public int slotsOfParts() {
    return (average == null ? 0 : 1) + (accumulation == null ? 0 : 1);
  }

  @Override
  public int accumulationSteps() {
    return accumulation == null ? 1 : accumulation.steps();
  }

  @Override
  public void settle() {
    if (accumulation != null) {
      accumulation.settle(memory.slots() == null ? null : memory.slots().arrays());
    }
  }

  @Override
  public void forgetTensors() {
    super.forgetTensors();
    slots = null;
  }

  private void makeTensors(Slots made) {
    int[] lengths = made.lengths();
    Tensor[] over = new Tensor[lengths.length];
    boolean nothing = clipping.isOff() && accumulation == null && average == null;
    for (int tensor = 0; tensor < over.length; tensor++) {
      double[][] arrays = made.arrays()[tensor];
      double[] accumulator = accumulation == null ? null : accumulation.of(arrays);
      int steps = accumulation == null ? 1 : accumulation.steps();
      over[tensor] = new Tensor(arrays, accumulator, steps, specs().weightDecay(tensor));
      if (lossScale != 1. && accumulation == null && !clipping.isOff()) {
        over[tensor].makeRoom(lengths[tensor]);
      }
      nothing &= !over[tensor].isDecaying();
    }
    Clipping.Norm norm = clipping.norm();
    norms = norm == Clipping.Norm.NONE ? null : new Norms(passes, over, norm, accumulation != null);
    makeRoom.accept(made);
    updater().setTensors(specs(), over);
    plain = nothing && lossScale == 1.;
    tensors = over;
    slots = made;
    changed = true;
  }

  // ---- Before anything is written -------------------------------------------------------------

  @Override
  public void changeArrays() {
    changed = true;
  }

  @Override
  public void prepare(double[][] gradients, double[][] parameters, int threads) {
    rowsGiven = false;
    lr = rate().at(memory.calls());
    memory.requireRoomToCount();
    Slots known = memory.slots(slots, specs(), parameters);
    if (known != slots) {
      specs().requireFit(parameters.length);
      Slots completed = memory.completed(known);
      completing = completed != known;
      makeTensors(completed);
    }
    if (this.gradients != gradients || this.parameters != parameters) {
      changed = true; // another caller's, whose arrays in them were not compared with the last
      this.gradients = gradients;
      this.parameters = parameters;
    }
    passes.begin(known.layout(), gradients, threads);
  }

  @Override
  public void checkRows(int gradient, int tensor, int[] rows, double[] values, boolean lazy) {
    GradientChecks.requireTaken(updater(), gradient, lazy, accumulation != null);
    GradientChecks.requireRowLength(specs().rowLength(tensor), gradient, rows, values);
  }

  @Override
  public void giveRows(int tensor, int[] rows, double[] values, boolean lazy) {
    rowsGiven = true;
    passes.giveRows(tensor, rows, values, lazy ? Reach.TOUCHED : reach(tensor));
  }

  /** With a rate that is negative, -0.0 or not finite, an update by zero may change a parameter. */
  private Reach reach(int tensor) {
    boolean still = updater().ignoresZeros() && 1. / lr > 0. && lr < Double.POSITIVE_INFINITY;
    boolean alone = average == null && accumulation == null && !tensors[tensor].isDecaying();
    return still && alone ? Reach.TOUCHED_FOR_ALL : Reach.ALL;
  }

  @Override
  public void prepared() {
    if (rowsGiven) {
      passes.addRows();
    }
    if (norms != null || isErrorIfNonFinite()) {
      passes.makeRoomForSums();
    }
    if (isErrorIfNonFinite() && !Double.isFinite(passes.sumOfSquares())) {
      GradientChecks.requireFinite(gradients, passes);
    }
  }

  @Override
  public double[] sumsOfSquares() {
    if (sums(tensors.length) == 0) {
      return new double[0];
    }
    beginTensors();
    return norms.sums().clone();
  }

  @Override
  public int sums(int tensors) {
    if (accumulation != null) {
      throw new IllegalStateException(
          "sumsOfSquares needs an optimizer without gradient_accumulation_steps, got one with it");
    }
    return clipping.norm().count(tensors);
  }

  // ---- The step -------------------------------------------------------------------------------

  @Override
  public void run(double[] given) {
    long calls = memory.calls();
    long steps = accumulation == null ? 1 : accumulation.steps();
    long updates = calls / steps;
    boolean updating = (calls + 1) % steps == 0;

    if (calls == 0 || completing) {
      beginSlots();
    }
    memory.setSlots(slots);
    beginTensors(); // divides gradients by the loss scale
    if (average != null) {
      average.begin(updates);
    }
    if (updating) {
      if (!plain) {
        clip(given);
      }
      updateLr = updater().beginStep(lr, updates + 1);
      if (update == null) {
        updateParts(); // weight decay, the formula, then the average
      } else {
        update.run();
      }
    } else {
      accumulation.begin(tensors);
      passes.forEachPart(accumulatePart); // then the average
    }
    if (accumulation != null) {
      accumulation.end(updating);
    }
    memory.setCalls(calls + 1);
  }

  @Override
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

  /** Lets go of the arrays of the last step: there was a call since, without this step. */
  public void releaseArrays() {
    for (Tensor x : tensors) {
      x.release();
    }
    changed = true;
  }

  private void beginSlots() {
    memory.copyParameters(slots, parameters);
    if (average != null && !average.isThere(memory)) {
      average.beginAgain();
      for (int tensor = 0; tensor < tensors.length; tensor++) {
        if (!passes.rows().reachesAll(tensor)) {
          average.copyParameters(parameters[tensor], slots.arrays()[tensor]);
        }
      }
    }
    completing = false;
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

  /** Updates all tensors. */
  public void updateParts() {
    if (plain) {
      passes.forEachChunk(plainChunk);
    } else {
      passes.forEachPart(updatePart);
    }
  }

  /** A loop without a call of a pass for each part: small tensors cost little else. */
  private void plainChunk(int chunk) {
    Layout parts = passes.visited();
    Updater formula = updater();
    for (int part = parts.firstOfChunk(chunk); part < parts.firstOfChunk(chunk + 1); part++) {
      int tensor = parts.tensor(part);
      if (tensors[tensor].hasGradient()) {
        formula.update(updateLr, tensor, parts.from(part), parts.to(part));
      }
    }
  }

  /** The whole update of a part. */
  public void updatePart(int part, int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    boolean alone = average == null && !x.isPreparing();
    int size = alone || slots.layout().elements() < IN_CACHE ? to - from : BLOCK;
    for (int start = from; start < to; start += size) {
      updateRange(tensor, start, Math.min(to, start + size));
    }
  }

  /** The whole update of a range of elements. */
  public void updateRange(int tensor, int from, int to) {
    if (beginRange(tensor, from, to)) {
      updater().update(updateLr, tensor, from, to);
    }
    endRange(tensor, from, to);
  }

  /** Makes the gradient of a range ready; returns whether there is one. */
  public boolean beginRange(int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    if (x.hasGradient()) {
      x.prepare(from, to);
    }
    return x.hasGradient();
  }

  /** What every tensor goes through after its update. */
  public void endRange(int tensor, int from, int to) {
    move(tensors[tensor], from, to);
  }

  // ---- For formulas that need more than one pass ----------------------------------------------

  public void forEachPart(Passes.Pass pass) {
    passes.forEachPart(pass);
  }

  public Tensor tensor(int tensor) {
    return tensors[tensor];
  }

  public int tensors() {
    return tensors.length;
  }

  public Layout layout() {
    return slots.layout();
  }

  /** How many threads take part. */
  public int threads() {
    return passes.threads();
  }

  /** What {@link Updater#beginStep} returned. */
  public double updateLr() {
    return updateLr;
  }
}
