package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * The elements that a step visits, laid end to end and cut into chunks of one size, so that one
 * huge tensor, thousands of tiny ones and a few rows of a table are shared among threads alike.
 *
 * <p>What a chunk covers of one range is a part. Parts are numbered in the order in which they were
 * added: the parts of a chunk follow each other, and so do the parts of a tensor. Where the cuts
 * fall depends on the ranges alone, never on the number of threads. A tensor without elements has
 * no part. Its arrays grow but never shrink: laid out again in every step, it allocates nothing.
 */
public final class Layout {
  /** Small enough to balance the threads, large enough that claiming a chunk costs nothing. */
  static final int CHUNK = 1 << 15;

  private long elements;
  private int parts;
  private int chunks;
  private int count;
  private int[] tensors = new int[4]; // of each part
  private int[] froms = new int[4];
  private int[] tos = new int[4];
  private int[] firstOfChunk = new int[4]; // and one more, for the end of the last
  private int[] firstOfTensor = new int[4];

  /** A layout of nothing, for {@link #nextTensor} and {@link #add} to fill. */
  Layout() {}

  public Layout(int[] lengths) {
    for (int length : lengths) {
      nextTensor();
      add(0, length);
    }
  }

  void clear() {
    elements = 0;
    parts = 0;
    chunks = 0;
    count = 0;
  }

  /** Goes on with the next tensor, of which nothing is added yet. */
  void nextTensor() {
    firstOfTensor = withLength(firstOfTensor, count + 2);
    firstOfTensor[count++] = parts;
    firstOfTensor[count] = parts;
  }

  /** Adds elements of the tensor that is under way, from (included) to (excluded). */
  void add(int from, int to) {
    for (int start = from; start < to; start = tos[parts - 1]) {
      int laid = (int) (elements % CHUNK);
      if (laid == 0) {
        firstOfChunk = withLength(firstOfChunk, chunks + 2);
        firstOfChunk[chunks++] = parts;
      }
      tensors = withLength(tensors, parts + 1);
      froms = withLength(froms, parts + 1);
      tos = withLength(tos, parts + 1);
      tensors[parts] = count - 1;
      froms[parts] = start;
      tos[parts] = Math.min(to - start, CHUNK - laid) + start;
      elements += tos[parts] - start;
      parts++;
    }
    firstOfChunk[chunks] = parts;
    firstOfTensor[count] = parts;
  }

  /** The array itself where it is long enough, else a copy that has room for more. */
  static int[] withLength(int[] array, int length) {
    return length <= array.length
        ? array
        : Arrays.copyOf(array, (int) Math.max(length, Math.min(2L * array.length, 1 << 30)));
  }

  /** How many tensors there are, those without elements included. */
  public int tensors() {
    return count;
  }

  /** How many elements a tensor has that was added as a whole. */
  int length(int tensor) {
    int end = firstOfTensor[tensor + 1];
    return end == firstOfTensor[tensor] ? 0 : tos[end - 1];
  }

  public long elements() {
    return elements;
  }

  public int parts() {
    return parts;
  }

  public int chunks() {
    return chunks;
  }

  public int tensor(int part) {
    return tensors[part];
  }

  public int from(int part) {
    return froms[part];
  }

  public int to(int part) {
    return tos[part];
  }

  public int firstOfChunk(int chunk) {
    return firstOfChunk[chunk];
  }

  public int firstOfTensor(int tensor) {
    return firstOfTensor[tensor];
  }
}
