package io.github.keras4j.optimizers.engine;

import io.github.keras4j.optimizers.engine.Rows.Reach;
import java.util.function.IntConsumer;

/**
 * A step under way: the tensors it works on, passes over all their parts, shared among threads, and
 * the sums over elements that a pass leaves behind.
 *
 * <p>A sum is kept for every part; that of a tensor and that of all tensors are added from those in
 * a fixed order, so that neither depends on who added. Made once and used step by step, it
 * allocates nothing but what threads need to find each other.
 */
public final class Step {
  /** Below this many elements, waking a helper costs more than it brings. */
  private static final int PARALLEL_THRESHOLD = 1 << 18;

  private final Rows rows = new Rows();
  private Layout whole;
  private Layout layout; // of what passes visit
  private Layout summed; // of what sums are taken over; null before it is asked for
  private double[][] gradients;
  private double[][] parameters;
  private double[][][] slots;
  private int givenThreads;
  private int threads;
  private Pass pass;
  private Layout visited;
  private boolean squared;
  private double[] sums = {};
  private double[] chunkSums = {};

  // The loop bodies, made once so that a step makes nothing.
  private final IntConsumer visitChunk = this::visit;
  private final Pass addSquares =
      (part, tensor, from, to) ->
          sums[part] = gradients[tensor] == null ? 0. : sumOfSquares(tensor, from, to);

  /** What is done with a part of a tensor: its elements from (included) to (excluded). */
  @FunctionalInterface
  public interface Pass {
    /**
     * Visits a part; by different threads at once for different parts.
     *
     * @param part the part's number
     * @param tensor the number of its tensor
     * @param from its first element
     * @param to the element after its last one
     */
    void visit(int part, int tensor, int from, int to);
  }

  /**
   * Begins a step.
   *
   * @param layout how the tensors lie
   * @param gradients the tensors' gradients, of which some may be null
   * @param parameters the tensors
   * @param slots by tensor, then by slot
   * @param threads how many threads may take part, the caller included; where there is little to
   *     do, it does so alone
   */
  public void begin(
      Layout layout, double[][] gradients, double[][] parameters, double[][][] slots, int threads) {
    this.gradients = gradients;
    this.parameters = parameters;
    this.slots = slots;
    whole = layout;
    this.layout = layout;
    summed = layout;
    givenThreads = threads;
    this.threads = threadsFor(layout.elements());
  }

  int threadsFor(long elements) {
    return elements < PARALLEL_THRESHOLD ? 1 : givenThreads;
  }

  /** Ends the step: holds on to nobody's arrays. */
  public void end() {
    rows.end();
    gradients = null;
    parameters = null;
    slots = null;
    pass = null;
    squared = false;
  }

  // ---- Gradients by rows ----------------------------------------------------------------------

  /**
   * Gives a tensor its gradient by rows. To be called once the step has begun, and followed by
   * {@link #addRows}.
   *
   * @param tensor its number
   * @param given the numbers of the rows, in any order, some perhaps more than once
   * @param values the rows, one after another
   * @param more whether the rows of the steps before stay touched
   * @param reach what the step does with the tensor
   */
  public void giveRows(int tensor, int[] given, double[] values, boolean more, Reach reach) {
    int length = parameters[tensor].length;
    gradients[tensor] = rows.give(tensor, length, given, values, more, reach);
    squared = false;
  }

  /** Adds up the rows given, and lets passes visit what they touch. */
  public void addRows() {
    rows.add(this);
    layOut();
  }

  /**
   * Lets passes visit the whole of a tensor of which only touched rows were to be visited, since
   * zeros turned out to matter.
   *
   * @param tensor its number
   */
  public void reachAll(int tensor) {
    rows.setReach(tensor, Reach.ALL);
    layOut();
  }

  private void layOut() {
    layout = rows.visited(whole);
    summed = null;
    threads = threadsFor(layout.elements());
  }

  /**
   * Which rows are given.
   *
   * @return what is known of them
   */
  public Rows rows() {
    return rows;
  }

  // ---- Tensors --------------------------------------------------------------------------------

  /**
   * The gradient of a tensor.
   *
   * @param tensor its number
   * @return the array, or null if it has none in this step
   */
  public double[] gradient(int tensor) {
    return gradients[tensor];
  }

  /**
   * A parameter.
   *
   * @param tensor its number
   * @return the array
   */
  public double[] parameter(int tensor) {
    return parameters[tensor];
  }

  /**
   * What is remembered of a tensor.
   *
   * @param tensor its number
   * @return its slots
   */
  public double[][] slots(int tensor) {
    return slots[tensor];
  }

  /**
   * How many threads take part.
   *
   * @return at least 1
   */
  public int threads() {
    return threads;
  }

  // ---- Passes ---------------------------------------------------------------------------------

  /**
   * Visits all parts.
   *
   * @param pass what to do with each
   */
  public void forEachPart(Pass pass) {
    visit(layout, pass);
  }

  /**
   * Visits all parts that sums are taken over.
   *
   * @param pass leaves the sum of each in {@link #sums}
   */
  public void forEachSum(Pass pass) {
    if (summed == null) {
      summed = rows.summed(whole);
    }
    if (sums.length < summed.parts()) {
      sums = new double[summed.parts()];
    }
    visit(summed, pass);
  }

  private void visit(Layout parts, Pass pass) {
    this.pass = pass;
    visited = parts;
    Parallel.forEach(parts.chunks(), threads, visitChunk);
  }

  private void visit(int chunk) {
    Layout parts = visited;
    for (int part = parts.firstOfChunk(chunk); part < parts.firstOfChunk(chunk + 1); part++) {
      pass.visit(part, parts.tensor(part), parts.from(part), parts.to(part));
    }
  }

  // ---- Sums -----------------------------------------------------------------------------------

  /**
   * The sum of the squares of all gradients, added at the first question in a step.
   *
   * @return infinity where a square overflows, NaN where a gradient is
   */
  public double sumOfSquares() {
    if (!squared) {
      forEachSum(addSquares);
      squared = true;
    }
    return total();
  }

  /**
   * The sum of the squares of a part of a gradient.
   *
   * @param tensor the tensor's number, which must have a gradient
   * @param from the first element
   * @param to the element after the last
   * @return the sum
   */
  public double sumOfSquares(int tensor, int from, int to) {
    return rows.sumOfSquares(tensor, gradients[tensor], from, to);
  }

  /**
   * The sums of the parts, as the last pass left them, for a pass of one's own to fill.
   *
   * @return the array that {@link #total()} and {@link #total(int)} add, by part
   */
  public double[] sums() {
    return sums;
  }

  /**
   * The sum over all tensors.
   *
   * @return the sum of the parts' sums: chunk by chunk, and of the chunks by halves
   */
  public double total() {
    int chunks = summed.chunks();
    if (chunkSums.length < chunks) {
      chunkSums = new double[chunks];
    }
    for (int chunk = 0; chunk < chunks; chunk++) {
      double sum = 0.;
      for (int part = summed.firstOfChunk(chunk); part < summed.firstOfChunk(chunk + 1); part++) {
        sum += sums[part];
      }
      chunkSums[chunk] = sum;
    }
    return SumOfSquares.total(chunkSums, 0, chunks);
  }

  /**
   * The sum over one tensor.
   *
   * @param tensor its number
   * @return the sum of its parts' sums, by halves
   */
  public double total(int tensor) {
    return SumOfSquares.total(sums, summed.firstOfTensor(tensor), summed.firstOfTensor(tensor + 1));
  }
}
