package io.github.keras4j.optimizers.engine;

import io.github.keras4j.optimizers.engine.Rows.Reach;
import java.util.function.IntConsumer;

/**
 * Passes over the elements of all tensors in a step, part by part and shared among threads, and the
 * sums over elements that a pass leaves behind.
 *
 * <p>A sum is kept for every part. That of a tensor and that of all tensors are added from those in
 * a fixed order, so that neither depends on who added. Made once and used step by step, it
 * allocates nothing except what threads need to find each other.
 */
public final class Passes {
  /** Below this many elements, waking a helper costs more than it brings. */
  private static final int PARALLEL_THRESHOLD = 1 << 18;

  private final Rows rows = new Rows();
  private Layout whole;
  private Layout layout; // of what passes visit
  private Layout summed; // of what sums are taken over; null before it is asked for
  private double[][] gradients;
  private int threads; // at most
  private Pass pass;
  private Layout visiting;
  private boolean squared;
  private double[] sums = {};
  private double[] chunkSums = {};

  // The loop bodies, made once so that a step makes nothing.
  private final IntConsumer visitChunk = this::visit;
  private final Pass addSquares =
      (part, tensor, from, to) ->
          sums[part] = gradients[tensor] == null ? 0. : sumOfSquares(tensor, from, to);

  @FunctionalInterface
  public interface Pass {
    /** Visits the elements of a part; by different threads at once for different parts. */
    void visit(int part, int tensor, int from, int to);
  }

  public void begin(Layout layout, double[][] gradients, int threads) {
    rows.end(); // where a call before could not
    // Compared first: a write of a reference costs the garbage collector's barrier.
    if (this.gradients != gradients) {
      this.gradients = gradients;
    }
    if (whole != layout || this.layout != layout || summed != layout) {
      whole = layout;
      this.layout = layout;
      summed = layout;
    }
    squared = false;
    this.threads = threads;
  }

  int threadsFor(long elements) {
    return elements < PARALLEL_THRESHOLD ? 1 : threads;
  }

  public void end() {
    rows.end();
  }

  // ---- Gradients by rows ----------------------------------------------------------------------

  /**
   * Gives a tensor its gradient by rows: their numbers in any order, some perhaps more than once,
   * and their values one after another. To be followed by {@link #addRows}.
   */
  public void giveRows(int tensor, int[] given, double[] values, Reach reach) {
    gradients[tensor] = rows.give(tensor, whole.length(tensor), given, values, reach);
  }

  /** Adds up the rows given, and lets passes visit what they touch. */
  public void addRows() {
    rows.add(this);
    layOut();
  }

  /**
   * Lets passes visit whole tensors of which only touched rows were to be visited, where zeros
   * turned out to matter.
   */
  public void reachAll(int tensor) {
    rows.setReach(tensor, Reach.ALL);
    layOut();
  }

  private void layOut() {
    layout = rows.visited(whole);
    summed = null;
  }

  public Rows rows() {
    return rows;
  }

  public int threads() {
    return threadsFor(layout.elements());
  }

  // ---- Passes ---------------------------------------------------------------------------------

  public void forEachPart(Pass pass) {
    visit(layout, pass);
  }

  public Layout visited() {
    return layout;
  }

  /** Makes what sums take of memory, before a step in which nothing may fail. */
  public void makeRoomForSums() {
    if (summed == null) {
      summed = rows.summed(whole);
    }
    if (sums.length < summed.parts()) {
      sums = new double[summed.parts()];
    }
    if (chunkSums.length < summed.chunks()) {
      chunkSums = new double[summed.chunks()];
    }
  }

  /**
   * Visits all parts that sums are taken over; the pass leaves the sum of each in {@link #sums}.
   */
  public void forEachSum(Pass pass) {
    makeRoomForSums();
    visit(summed, pass);
  }

  private void visit(Layout parts, Pass pass) {
    if (this.pass != pass || visiting != parts) {
      this.pass = pass;
      visiting = parts;
    }
    Parallel.forEach(parts.chunks(), threads(), visitChunk);
  }

  private void visit(int chunk) {
    Layout parts = visiting;
    for (int part = parts.firstOfChunk(chunk); part < parts.firstOfChunk(chunk + 1); part++) {
      pass.visit(part, parts.tensor(part), parts.from(part), parts.to(part));
    }
  }

  // ---- Sums -----------------------------------------------------------------------------------

  /** The sum of the squares of all gradients, added at the first question in a step. */
  public double sumOfSquares() {
    if (!squared) {
      forEachSum(addSquares);
      squared = true;
    }
    return total();
  }

  /** The sum of the squares of a part of a gradient that is there. */
  public double sumOfSquares(int tensor, int from, int to) {
    return rows.sumOfSquares(tensor, gradients[tensor], from, to);
  }

  /**
   * The sums of the parts: a pass fills them, {@link #total()} and {@link #total(int)} add them.
   */
  public double[] sums() {
    return sums;
  }

  /** The sum over all tensors: chunk by chunk, and of the chunks by halves. */
  public double total() {
    int chunks = summed.chunks();
    for (int chunk = 0; chunk < chunks; chunk++) {
      double sum = 0.;
      for (int part = summed.firstOfChunk(chunk); part < summed.firstOfChunk(chunk + 1); part++) {
        sum += sums[part];
      }
      chunkSums[chunk] = sum;
    }
    return SumOfSquares.total(chunkSums, 0, chunks);
  }

  /** The sum over one tensor: of its parts by halves. */
  public double total(int tensor) {
    return SumOfSquares.total(sums, summed.firstOfTensor(tensor), summed.firstOfTensor(tensor + 1));
  }
}
