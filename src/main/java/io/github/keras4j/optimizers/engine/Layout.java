package io.github.keras4j.optimizers.engine;

/**
 * All elements of all tensors, laid end to end and cut into chunks of one size, so that one huge
 * tensor and thousands of tiny ones are shared among threads alike.
 *
 * <p>What a chunk covers of one tensor is a part. Parts are numbered in the order of the tensors
 * and their elements: those of a chunk follow each other, and so do those of a tensor. Where the
 * cuts fall depends on the lengths alone, never on the number of threads. An empty tensor has no
 * part. Immutable.
 */
public final class Layout {
  /** Small enough to balance the threads, large enough that claiming a chunk costs nothing. */
  static final int CHUNK = 1 << 15;

  private final int[] lengths;
  private final long elements;
  private final int[] tensors; // of each part
  private final int[] froms;
  private final int[] tos;
  private final int[] firstOfChunk; // and one more, for the end of the last
  private final int[] firstOfTensor;

  /**
   * Lays out tensors.
   *
   * @param lengths of the tensors; kept, never to be changed
   */
  public Layout(int[] lengths) {
    this.lengths = lengths;
    long end = 0;
    int count = 0;
    for (int length : lengths) {
      // The cuts strictly within a tensor, and one part more.
      count += length == 0 ? 0 : 1 + (int) ((end + length - 1) / CHUNK - end / CHUNK);
      end += length;
    }
    elements = end;
    tensors = new int[count];
    froms = new int[count];
    tos = new int[count];
    firstOfChunk = new int[Math.toIntExact((end + CHUNK - 1) / CHUNK) + 1];
    firstOfTensor = new int[lengths.length + 1];
    int part = 0;
    long start = 0;
    for (int tensor = 0; tensor < lengths.length; tensor++) {
      firstOfTensor[tensor] = part;
      for (int from = 0; from < lengths[tensor]; from = tos[part++]) {
        long toCut = CHUNK - (start + from) % CHUNK;
        if (toCut == CHUNK) {
          firstOfChunk[(int) ((start + from) / CHUNK)] = part;
        }
        tensors[part] = tensor;
        froms[part] = from;
        tos[part] = (int) Math.min(lengths[tensor], from + toCut);
      }
      start += lengths[tensor];
    }
    firstOfTensor[lengths.length] = part;
    firstOfChunk[firstOfChunk.length - 1] = part;
  }

  /**
   * The tensors' lengths.
   *
   * @return the array itself, never to be changed
   */
  public int[] lengths() {
    return lengths;
  }

  /**
   * How many elements all tensors have together.
   *
   * @return the sum of the lengths
   */
  public long elements() {
    return elements;
  }

  /**
   * How many parts there are.
   *
   * @return the number of parts
   */
  public int parts() {
    return tensors.length;
  }

  /**
   * How many chunks there are.
   *
   * @return the number of chunks
   */
  public int chunks() {
    return firstOfChunk.length - 1;
  }

  /**
   * The tensor that a part belongs to.
   *
   * @param part its number
   * @return the tensor's number
   */
  public int tensor(int part) {
    return tensors[part];
  }

  /**
   * Where a part begins.
   *
   * @param part its number
   * @return its first element's index in the tensor
   */
  public int from(int part) {
    return froms[part];
  }

  /**
   * Where a part ends.
   *
   * @param part its number
   * @return the index in the tensor after that of its last element
   */
  public int to(int part) {
    return tos[part];
  }

  /**
   * The first part of a chunk.
   *
   * @param chunk its number, or the number of chunks
   * @return the part's number; of the number of chunks, that of parts
   */
  public int firstOfChunk(int chunk) {
    return firstOfChunk[chunk];
  }

  /**
   * The first part of a tensor.
   *
   * @param tensor its number, or the number of tensors
   * @return the part's number, where the parts of the next tensor begin if it has none
   */
  public int firstOfTensor(int tensor) {
    return firstOfTensor[tensor];
  }
}
