package io.github.keras4j.optimizers.engine;

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

  private Layout layout;
  private double[][] gradients;
  private double[][] parameters;
  private double[][][] slots;
  private int threads;
  private Pass pass;
  private boolean squared;
  private double[] sums = {};
  private double[] chunkSums = {};

  // The loop bodies, made once so that a step makes nothing.
  private final IntConsumer visitChunk = this::visit;
  private final Pass addSquares =
      (part, tensor, from, to) ->
          sums[part] =
              gradients[tensor] == null ? 0. : SumOfSquares.of(gradients[tensor], from, to);

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
    this.layout = layout;
    this.gradients = gradients;
    this.parameters = parameters;
    this.slots = slots;
    this.threads = layout.elements() < PARALLEL_THRESHOLD ? 1 : threads;
  }

  /** Ends the step: holds on to nobody's arrays. */
  public void end() {
    gradients = null;
    parameters = null;
    slots = null;
    pass = null;
    squared = false;
  }

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

  /**
   * Visits all parts.
   *
   * @param pass what to do with each
   */
  public void forEachPart(Pass pass) {
    this.pass = pass;
    Parallel.forEach(layout.chunks(), threads, visitChunk);
  }

  private void visit(int chunk) {
    for (int part = layout.firstOfChunk(chunk); part < layout.firstOfChunk(chunk + 1); part++) {
      pass.visit(part, layout.tensor(part), layout.from(part), layout.to(part));
    }
  }

  /**
   * The sum of the squares of all gradients, added at the first question in a step.
   *
   * @return infinity where a square overflows, NaN where a gradient is
   */
  public double sumOfSquares() {
    if (!squared) {
      sums();
      forEachPart(addSquares);
      squared = true;
    }
    return total();
  }

  /**
   * The sums of the parts, as the last pass left them, for a pass of one's own to fill.
   *
   * @return the array that {@link #total()} and {@link #total(int)} add, by part
   */
  public double[] sums() {
    if (sums.length != layout.parts()) {
      sums = new double[layout.parts()];
    }
    return sums;
  }

  /**
   * The sum over all tensors.
   *
   * @return the sum of the parts' sums: chunk by chunk, and of the chunks by halves
   */
  public double total() {
    if (chunkSums.length != layout.chunks()) {
      chunkSums = new double[layout.chunks()];
    }
    for (int chunk = 0; chunk < chunkSums.length; chunk++) {
      double sum = 0.;
      for (int part = layout.firstOfChunk(chunk); part < layout.firstOfChunk(chunk + 1); part++) {
        sum += sums[part];
      }
      chunkSums[chunk] = sum;
    }
    return SumOfSquares.total(chunkSums, 0, chunkSums.length);
  }

  /**
   * The sum over one tensor.
   *
   * @param tensor its number
   * @return the sum of its parts' sums, by halves
   */
  public double total(int tensor) {
    return SumOfSquares.total(sums, layout.firstOfTensor(tensor), layout.firstOfTensor(tensor + 1));
  }
}
