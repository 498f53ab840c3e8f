package io.github.keras4j.optimizers;

/**
 * All elements of all tensors, laid end to end and cut into chunks of one size, so that one huge
 * tensor and thousands of tiny ones are shared among threads alike. Where the cuts fall depends on
 * the lengths alone, never on the number of threads.
 */
final class Chunks {
  /** Small enough to balance the threads, large enough that claiming a chunk costs nothing. */
  static final int SIZE = 1 << 15;

  private final long[] ends;
  private final int[] firstTensors;

  Chunks(int[] lengths) {
    ends = new long[lengths.length];
    long end = 0;
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      end += lengths[tensor];
      ends[tensor] = end;
    }
    firstTensors = new int[Math.toIntExact((end + SIZE - 1) / SIZE)];
    int tensor = 0;
    for (int chunk = 0; chunk < firstTensors.length; chunk++) {
      while (ends[tensor] <= (long) chunk * SIZE) {
        tensor++;
      }
      firstTensors[chunk] = tensor;
    }
  }

  int count() {
    return firstTensors.length;
  }

  /** How many elements all tensors have together. */
  long elements() {
    return ends[ends.length - 1];
  }

  /** Visits the parts of tensors that a chunk covers, in order. */
  void visit(int chunk, Range range) {
    long from = (long) chunk * SIZE;
    long to = Math.min(from + SIZE, elements());
    for (int tensor = firstTensors[chunk]; from < to; tensor++) {
      long start = tensor == 0 ? 0 : ends[tensor - 1];
      long end = Math.min(to, ends[tensor]);
      if (from < end) {
        range.visit(chunk, tensor, (int) (from - start), (int) (end - start));
        from = end;
      }
    }
  }

  /** What is done with a part of a tensor: its elements from (included) to (excluded). */
  @FunctionalInterface
  interface Range {
    void visit(int chunk, int tensor, int from, int to);
  }
}
