package io.github.keras4j.optimizers.keras3;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.engine.Layout;
import io.github.keras4j.optimizers.engine.Step;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The step of Keras 3 over tensors that are known: loss scale, accumulation, clipping, weight
 * decay, the update as the optimizer says, moving average, in the order that {@link BaseOptimizer}
 * documents.
 */
final class Keras3Step {
  /**
   * Elements after which passes take turns where memory is slow: so few that the processor, which
   * looks some hundred instructions ahead, already fetches what the next pass needs.
   */
  private static final int BLOCK = 64;

  /**
   * Below so many elements the caches hold all arrays, and short loops cost more than they save.
   */
  private static final int IN_CACHE = 1 << 18;

  private final BaseOptimizer optimizer;
  private final StepSettings settings;
  private final double[][][] slots;
  private final Variable[] variables;
  private final Layout layout;
  private final Step step = new Step();
  private final RowGradients rows;
  private final boolean averagesInUpdate;

  // This step's
  private double updateLr;
  private boolean emaOverwrites;

  // The passes, made once so that a step makes nothing.
  private final Step.Pass accumulatePart = this::accumulatePart;
  private final Step.Pass sumPart = this::sumPart;
  private final Step.Pass updatePart = this::updatePart;
  private final Step.Pass catchUp = this::catchUp;

  Keras3Step(BaseOptimizer optimizer, StepSettings settings, double[][][] slots) {
    this.optimizer = optimizer;
    this.settings = settings;
    this.slots = slots;
    variables = new Variable[slots.length];
    for (int tensor = 0; tensor < variables.length; tensor++) {
      variables[tensor] =
          new Variable(
              tensor,
              optimizer.spec(tensor),
              slots[tensor],
              settings.average(slots[tensor]),
              settings.accumulator(slots[tensor]),
              settings.accumulationSteps(),
              optimizer.weightDecayOf(tensor));
    }
    averagesInUpdate = settings.useEma() && optimizer.averages();
    int[] lengths = optimizer.lengths();
    layout = new Layout(lengths);
    rows = new RowGradients(step, variables, lengths, optimizer.ignoresZeros());
    if (isWithinAccumulation(optimizer.calls())) {
      rows.restore(optimizer.tensors().touched());
    }
  }

  private boolean isWithinAccumulation(long calls) {
    return calls % settings.accumulationSteps() != 0;
  }

  /** Whether it was made for these slots. */
  boolean isOver(double[][][] slots) {
    return this.slots == slots;
  }

  /**
   * Makes a step.
   *
   * @param calls the steps made before
   * @param lr the learning rate of this one
   * @param gradients of each tensor, or null
   * @param given the gradients of which some are by rows, or null
   * @param parameters of each tensor
   * @param threads how many may take part
   */
  void make(
      long calls,
      double lr,
      double[][] gradients,
      Gradient[] given,
      double[][] parameters,
      int threads) {
    step.begin(layout, gradients, parameters, slots, threads);
    try {
      long iterations = calls / settings.accumulationSteps();
      beginAverage(iterations);
      begin(calls, lr, gradients, given, parameters);
      boolean updates = !isWithinAccumulation(calls + 1);
      if (settings.accumulates()) {
        settle(updates);
      }
      if (updates) {
        clip(); // a norm exchange may refuse here: nothing has been written
      }
      if (calls == 0) {
        beginSlots(given, parameters);
      }
      if (updates) {
        updateLr = optimizer.beginStep(lr, iterations + 1);
        optimizer.updateTensors();
      } else {
        forEachPart(accumulatePart);
      }
      if (settings.accumulates()) {
        endCall(updates);
      }
    } finally {
      end();
    }
  }

  private void begin(
      long calls, double lr, double[][] gradients, Gradient[] given, double[][] parameters) {
    if (given != null || settings.accumulates()) {
      rows.begin(!isWithinAccumulation(calls), gradients, given, catchUp);
    }
    double divisor = settings.lossScaleFactor() == null ? 1. : settings.lossScaleFactor();
    for (Variable x : variables) {
      x.begin(parameters[x.tensor], gradients[x.tensor], divisor, lr);
    }
  }

  private void beginSlots(Gradient[] given, double[][] parameters) {
    if (settings.useEma()) {
      copyToAverages(given, parameters);
    }
    for (Variable x : variables) {
      optimizer.beforeFirstStep(x);
    }
  }

  private void end() {
    step.end();
    for (Variable x : variables) {
      x.end();
    }
  }

  // ---- Accumulation ---------------------------------------------------------------------------

  /** Empties accumulators that this step looks at before any call has accumulated. */
  private void settle(boolean updates) {
    for (Variable x : variables) {
      if (x.hasGradient() && (updates || !rows.reachesAll(x.tensor))) {
        x.settle();
      }
    }
  }

  /** Empties all accumulators that are still to be emptied. */
  void settle() {
    for (Variable x : variables) {
      x.settle();
    }
  }

  private void endCall(boolean updates) {
    for (Variable x : variables) {
      if (!updates) {
        x.endAccumulating();
      } else if (rows.reachesAll(x.tensor)) {
        x.spend();
      }
    }
  }

  private void accumulatePart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    if (x.hasGradient()) {
      x.accumulate(from, to);
    }
    average(x, false, from, to);
  }

  // ---- Clipping -------------------------------------------------------------------------------

  /** Finds out how this step's gradients are clipped. */
  private void clip() {
    boolean eachNorm = isOn(settings.clipnorm());
    boolean wholeNorm = isOn(settings.globalClipnorm());
    if (eachNorm || wholeNorm) {
      sum();
      if (eachNorm) {
        clipEach(settings.clipnorm());
      } else {
        clipWhole(settings.globalClipnorm());
      }
      rows.heedZeros();
    } else if (isOn(settings.clipvalue())) {
      for (Variable x : variables) {
        x.limitTo(settings.clipvalue());
      }
    }
  }

  private static boolean isOn(Double clip) {
    return clip != null && clip > 0.;
  }

  private void sum() {
    for (Variable x : variables) {
      x.separate();
    }
    step.forEachSum(sumPart);
    for (Variable x : variables) {
      if (settings.accumulates()) {
        x.endPreparing(); // a mean is taken once; a quotient is again, where this pass did not come
      }
    }
  }

  private void sumPart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    double sum = 0.;
    if (x.hasGradient()) {
      x.prepare(from, to);
      sum =
          x.isAsGiven()
              ? step.sumOfSquares(tensor, from, to)
              : SumOfSquares.of(x.gradient(), from, to);
    }
    step.sums()[part] = sum;
  }

  private void clipEach(double clip) {
    double[] all = optimizer.exchanges() ? optimizer.exchange(totals()) : null;
    for (Variable x : variables) {
      double sum = all == null ? step.total(x.tensor) : all[x.tensor];
      x.scaleBy(clip, Math.max(sum > 0. ? Math.sqrt(sum) : sum, clip));
    }
  }

  private double[] totals() {
    return IntStream.range(0, variables.length).mapToDouble(step::total).toArray();
  }

  @SuppressWarnings("IdentityBinaryExpression") // NaN where the norm is not finite, as in Keras
  private void clipWhole(double clip) {
    double sum = step.total();
    double norm = Math.sqrt(optimizer.exchanges() ? optimizer.exchange(sum)[0] : sum);
    double factor = clip * Math.min(1. / norm, 1. / clip) + (norm - norm);
    for (Variable x : variables) {
      x.scaleBy(factor, 1.);
    }
  }

  // ---- Update ---------------------------------------------------------------------------------

  /** Updates all tensors part by part. */
  void updateParts() {
    forEachPart(updatePart);
  }

  /** The whole update of a part. */
  void updatePart(int part, int tensor, int from, int to) {
    Variable x = variables[tensor];
    boolean alone = (x.average == null || averagesInUpdate) && !x.isPreparing();
    int size = alone || layout.elements() < IN_CACHE ? to - from : BLOCK;
    for (int start = from; start < to; start += size) {
      updateRange(x, start, Math.min(to, start + size));
    }
  }

  /** The whole update of a range of elements. */
  void updateRange(Variable x, int from, int to) {
    if (x.hasGradient()) {
      x.prepare(from, to);
      if (averagesInUpdate) {
        optimizer.updateAveraged(updateLr, x, from, to);
      } else {
        optimizer.updateStep(updateLr, x, from, to);
      }
    }
    afterUpdate(x, from, to);
  }

  /** What every tensor goes through after its update. */
  void afterUpdate(Variable x, int from, int to) {
    if (!rows.reachesAll(x.tensor)) {
      x.empty(from, to);
    }
    average(x, averagesInUpdate && x.hasGradient(), from, to);
  }

  // ---- Moving average -------------------------------------------------------------------------

  private void beginAverage(long iterations) {
    long frequency = settings.emaOverwriteFrequency();
    emaOverwrites = frequency > 0 && (iterations + 1) % frequency == 0;
    for (Variable x : variables) {
      x.beginAverage(iterations == 0 ? 0. : settings.emaMomentum());
    }
  }

  /** Moves the average, unless the update has, and overwrites the parameters where it is time. */
  private void average(Variable x, boolean moved, int from, int to) {
    if (x.average == null) {
      return;
    }
    double[] p = step.parameter(x.tensor);
    if (!moved) {
      x.moveAverage(p, from, to);
    }
    if (emaOverwrites) {
      System.arraycopy(x.average, from, p, from, to - from);
    }
  }

  /** Lets averages of tensors whose rows are touched one by one begin where the parameters are. */
  private void copyToAverages(Gradient[] given, double[][] parameters) {
    for (int tensor = 0; given != null && tensor < given.length; tensor++) {
      if (given[tensor] != null && given[tensor].isLazy()) {
        System.arraycopy(
            parameters[tensor], 0, variables[tensor].average, 0, parameters[tensor].length);
      }
    }
  }

  /** The moves of the average in calls of this accumulation that did not reach these elements. */
  private void catchUp(int part, int tensor, int from, int to) {
    for (int call = 0; call < rows.missed(); call++) {
      average(variables[tensor], false, from, to);
    }
  }

  // ---- Rows, between steps ----------------------------------------------------------------------

  /** What the accumulation under way has touched, as {@link RowGradients#touched} says. */
  List<List<Long>> touched() {
    return isWithinAccumulation(optimizer.calls()) ? rows.touched() : null;
  }

  /** How many elements the rows of a tensor have in the accumulation under way; 0 if not known. */
  int rowLength(int tensor) {
    return isWithinAccumulation(optimizer.calls()) ? rows.rowLength(tensor) : 0;
  }

  // ---- For formulas that need more than one pass ----------------------------------------------

  void forEachPart(Step.Pass pass) {
    step.forEachPart(pass);
  }

  Variable variable(int tensor) {
    return variables[tensor];
  }

  int tensors() {
    return variables.length;
  }

  Layout layout() {
    return layout;
  }

  /** How many threads take part. */
  int threads() {
    return step.threads();
  }

  /** What {@link BaseOptimizer#beginStep beginStep} returned. */
  double updateLr() {
    return updateLr;
  }
}
