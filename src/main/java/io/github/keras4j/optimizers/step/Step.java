package io.github.keras4j.optimizers.step;

import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.engine.Passes;
import io.github.keras4j.optimizers.engine.Rows.Reach;
import io.github.keras4j.optimizers.engine.Slots;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;

/**
 * The step of either generation of Keras over tensors, made of parts that may be absent: {@link
 * #run} has its order.
 */
public final class Step extends StepParts implements Update {
  final Passes passes = new Passes();

  // Of the tensors
  private Slots slots; // those that the tensors are of
  Tensor[] tensors = {};
  Norms norms; // null for none
  private boolean completing; // the next step begins slots that wait for it
  private boolean plain; // nothing happens to gradients or parameters around the formula

  // This step's
  double[][] gradients;
  double[][] parameters;
  private boolean changed = true; // since the tensors were given their arrays
  private boolean rowsGiven;
  double lr;
  private double updateLr;

  // The passes, made once so that a step makes nothing.
  private final Passes.Pass accumulatePart = this::accumulatePart;
  private final IntConsumer plainChunk = this::plainChunk;
  private final Passes.Pass updatePart = (part, tensor, from, to) -> updateRange(tensor, from, to);

  // ---- Tensors --------------------------------------------------------------------------------

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

  void makeTensors(Slots made, Accumulation accumulation, double lossScale) {
    int[] lengths = made.lengths();
    Tensor[] over = new Tensor[lengths.length];
    boolean nothing = clipping.isOff() && accumulation == null && average == null;
    for (int tensor = 0; tensor < over.length; tensor++) {
      double[][] arrays = made.arrays()[tensor];
      double[] accumulator = accumulation == null ? null : accumulation.of(arrays);
      int steps = accumulation == null ? 1 : accumulation.steps();
      Double decay = specs().decays(tensor) ? weightDecay.of(specs(), tensor) : null;
      over[tensor] = new Tensor(arrays, accumulator, steps, decay);
      if (lossScale != 1. && accumulation == null && !clipping.isOff()) {
        over[tensor].makeRoom(lengths[tensor]);
      }
      nothing &= !over[tensor].isDecaying();
    }
    Clipping.Norm norm = clipping.norm();
    norms = norm == Clipping.Norm.NONE ? null : new Norms(passes, over, norm, accumulation != null);
    makeRoom.accept(made);
    constraining.setTensors(specs(), lengths);
    updater.setTensors(specs(), over);
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
      requireFit(parameters.length);
      specs().requireLengths(known.lengths());
      makeTensors(complete(known), accumulation, lossScale);
    }
    if (this.gradients != gradients || this.parameters != parameters) {
      changed = true; // another caller's, whose arrays in them were not compared with the last
      this.gradients = gradients;
      this.parameters = parameters;
    }
    passes.begin(known.layout(), gradients, threads);
  }

  @Override
  public void checkRows(
      int gradient, int tensor, int length, int[] rows, double[] values, boolean lazy) {
    GradientChecks.requireTaken(updater, gradient, lazy, accumulation != null);
    GradientChecks.requireRowLength(specs().rowLength(tensor), "spec", gradient, rows, values);
    Constrained told = lazy ? specs().constraint(tensor, length) : null;
    Constraining.requireTaken(told, gradient, rows, values);
  }

  @Override
  public void giveRows(int tensor, int[] rows, double[] values, boolean lazy) {
    rowsGiven = true;
    if (lazy) {
      constraining.makeRoom(tensor, rows, values);
    }
    passes.giveRows(tensor, rows, values, lazy ? Reach.TOUCHED : reach(tensor));
  }

  /** With a rate that is negative, -0.0 or not finite, an update by zero may change a parameter. */
  private Reach reach(int tensor) {
    boolean still = updater.ignoresZeros() && 1. / lr > 0. && lr < Double.POSITIVE_INFINITY;
    boolean alone = average == null && accumulation == null && !tensors[tensor].isDecaying();
    return still && alone ? Reach.TOUCHED_FOR_ALL : Reach.ALL;
  }

  @Override
  public void prepared() {
    if (rowsGiven) {
      passes.addRows();
    }
    if (norms != null) {
      passes.makeRoomForSums();
    }
    if (isErrorIfNonFinite()) {
      requireFinite(tensor -> tensor);
    }
  }

  /** Rejects gradients that are not finite, by the numbers that their tensors have for a caller. */
  public void requireFinite(IntUnaryOperator numbers) {
    if (!Double.isFinite(passes.sumOfSquares())) {
      GradientChecks.requireFinite(gradients, passes, numbers);
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

  // ---- The step -------------------------------------------------------------------------------

  @Override
  public void run(double[] given) {
    begin();
    double[] own = gradientSums();
    finish(given == null ? own : given);
  }

  @Override
  public void begin() {
    takeSlots();
    beginTensors(); // divides gradients by the loss scale
    for (int i = 0; i < parts.size(); i++) { // without an iterator, in every step
      parts.get(i).begin(this);
    }
  }

  Slots complete(Slots known) {
    Slots completed = memory.completed(known);
    completing = completed != known;
    return completed;
  }

  void takeSlots() {
    if (memory.calls() == 0 || completing) {
      memory.copyParameters(slots, parameters);
      if (average != null && !average.isThere(memory)) {
        average.beginAgain(passes.rows(), parameters, slots);
      }
      completing = false;
    }
    memory.setSlots(slots);
  }

  private boolean isUpdating() {
    return accumulation == null || (memory.calls() + 1) % accumulation.steps() == 0;
  }

  @Override
  public double[] gradientSums() {
    return norms == null || !isUpdating() ? null : norms.sums();
  }

  @Override
  public void finish(double[] sums) {
    long calls = memory.calls();
    boolean updating = isUpdating();
    if (updating) {
      update(sums, calls / accumulationSteps());
    } else {
      passes.forEachPart(accumulatePart); // then the average
    }
    endParts(updating);
    memory.setCalls(calls + 1);
  }

  void endParts(boolean updated) {
    for (int i = 0; i < parts.size(); i++) {
      parts.get(i).end(this, updated);
    }
  }

  void update(double[] sums, long updates) {
    if (!clipping.isOff()) {
      clip(sums);
    }
    updateLr = updater.beginStep(lr, updates + 1);
    if (update != null) {
      update.run();
    } else if (plain) {
      Parallel.forEach(passes.visited().chunks(), passes.threads(), plainChunk);
    } else {
      passes.forEachPart(updatePart); // weight decay, the formula, then the average
    }
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

  private void accumulatePart(int part, int tensor, int from, int to) {
    Tensor x = tensors[tensor];
    if (x.hasGradient()) {
      accumulation.accumulate(x, from, to);
    }
    endRange(tensor, from, to);
  }

  private void clip(double[] sums) {
    clipping.clip(tensors, sums);
    for (int tensor = 0; rowsGiven && tensor < tensors.length; tensor++) {
      if (passes.rows().reach(tensor) == Reach.TOUCHED_FOR_ALL && tensors[tensor].changesZero()) {
        passes.reachAll(tensor);
      }
    }
  }

  // ---- An update with what has been accumulated -----------------------------------------------

  @Override
  public void applyAccumulated(double[][] parameters) {
    Leftover leftover = Leftover.of(this, parameters, parallelism());
    if (leftover != null) {
      try {
        leftover.begin();
        leftover.finish(leftover.gradientSums());
      } finally {
        forgetTensors();
      }
    }
  }

  // ---- Update ---------------------------------------------------------------------------------

  /** A loop without a call of a pass for each part: small tensors cost little else. */
  private void plainChunk(int chunk) {
    Layout parts = passes.visited();
    Updater formula = updater;
    for (int part = parts.firstOfChunk(chunk); part < parts.firstOfChunk(chunk + 1); part++) {
      int tensor = parts.tensor(part);
      if (tensors[tensor].hasGradient()) {
        formula.update(updateLr, tensor, parts.from(part), parts.to(part));
      }
    }
  }

  /** The whole update of a range of elements. */
  public void updateRange(int tensor, int from, int to) {
    if (beginRange(tensor, from, to)) {
      updater.update(updateLr, tensor, from, to);
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
  private void endRange(int tensor, int from, int to) {
    if (average != null) {
      average.move(tensors[tensor], from, to);
    }
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

  public int threads() {
    return passes.threads();
  }
}
