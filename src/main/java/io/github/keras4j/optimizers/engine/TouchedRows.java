package io.github.keras4j.optimizers.engine;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The rows of one tensor that gradients touch: which they are, and the sum of what is given for
 * each, in an array as long as the tensor, so that parameters, slots and gradient share one index.
 *
 * <p>Rows have places, in the order in which they are met first. What is given for a row more than
 * once is added in the order given. Its arrays grow but never shrink: a step with no more rows than
 * one before allocates nothing, and costs what its rows cost.
 */
final class TouchedRows {
  private static final int NONE = -1;

  /** What this step does with the tensor; null where it was given no rows. */
  Rows.Reach reach;

  private final double[] sums;
  private int width;
  private int count;
  private int[] rows = new int[8]; // by place
  private int[] first = new int[8]; // by place: where this call first gives the row, or NONE
  private int[] last = new int[8];
  private int[] next = new int[8]; // by where a row is given: where it is given again, or NONE
  private int[] table = new int[16]; // open addressing: 1 + a row's place, or 0 where free
  private int shift = Integer.SIZE - 4; // of a hash, for the part of the table that is in use
  private int[] sorted = new int[8];
  private boolean stale; // where sums may hold what earlier calls left in rows not touched now
  private boolean zeroElsewhere;

  // This call's
  private double[] values;
  private int placesAtOnce;
  private final IntConsumer addSome = this::addSome;

  TouchedRows(int length) {
    sums = new double[length];
  }

  void begin(int[] given, double[] values, boolean zeroElsewhere) {
    this.values = values;
    this.zeroElsewhere = zeroElsewhere;
    count = 0;
    width = given.length == 0 ? width : values.length / given.length;
    if (zeroElsewhere && stale) {
      Arrays.fill(sums, 0.);
    }
    stale = true; // until the end has cleared what this call leaves, however it goes
    makeRoom(given.length);
    for (int where = 0; where < given.length; where++) {
      int place = placeOf(given[where]);
      next[where] = NONE;
      if (first[place] == NONE) {
        first[place] = where;
      } else {
        next[last[place]] = where;
      }
      last[place] = where;
    }
  }

  private void makeRoom(int most) {
    next = Layout.withLength(next, most);
    rows = Layout.withLength(rows, most);
    first = Layout.withLength(first, most);
    last = Layout.withLength(last, most);
    // At most half full.
    int bits = Math.min(30, Integer.SIZE + 1 - Integer.numberOfLeadingZeros(Math.max(8, most) - 1));
    shift = Integer.SIZE - bits;
    if (table.length < 1 << bits) {
      table = new int[1 << bits];
    } else {
      Arrays.fill(table, 0, 1 << bits, 0);
    }
  }

  /** The place of a row, which is the next one if the row is new. */
  private int placeOf(int row) {
    int slot = row * 0x9E3779B9 >>> shift; // by the golden ratio, which scatters neighbours
    while (table[slot] != 0 && rows[table[slot] - 1] != row) {
      slot = slot + 1 & (1 << Integer.SIZE - shift) - 1;
    }
    if (table[slot] == 0) {
      rows[count] = row;
      first[count] = NONE;
      table[slot] = ++count;
    }
    return table[slot] - 1;
  }

  void add(int threads) {
    placesAtOnce = Math.max(1, Layout.CHUNK / Math.max(1, width));
    Parallel.forEach((count + placesAtOnce - 1) / placesAtOnce, threads, addSome);
  }

  private void addSome(int chunk) {
    int from = chunk * placesAtOnce;
    int to = Math.min(count - from, placesAtOnce) + from;
    for (int place = from; place < to; place++) {
      int start = rows[place] * width;
      int where = first[place];
      System.arraycopy(values, where * width, sums, start, width);
      for (where = next[where]; where != NONE; where = next[where]) {
        addRow(where * width, start);
      }
    }
  }

  private void addRow(int value, int start) {
    for (int j = 0; j < width; j++) {
      sums[start + j] += values[value + j];
    }
  }

  /** Ends a call, however it went. */
  void end() {
    values = null;
    if (zeroElsewhere) {
      for (int place = 0; place < count; place++) {
        Arrays.fill(sums, rows[place] * width, (rows[place] + 1) * width, 0.);
      }
      stale = false;
    }
  }

  /** As long as the tensor: the sum of what this call gives for each touched row. */
  double[] sums() {
    return sums;
  }

  int count() {
    return count;
  }

  int firstElement(int place) {
    return rows[place] * width;
  }

  long elements() {
    return (long) count * width;
  }

  void layOut(Layout layout) {
    for (int place = 0; place < count; place++) {
      layout.add(rows[place] * width, (rows[place] + 1) * width);
    }
  }

  /** Prepares {@link #sumOfSquares}. */
  void sort() {
    sorted = Layout.withLength(sorted, count);
    System.arraycopy(rows, 0, sorted, 0, count);
    Arrays.sort(sorted, 0, count);
  }

  /**
   * The same bits as {@link SumOfSquares#of} over sums that are zero elsewhere: of each block, it
   * passes over what comes before the first touched element and after the last.
   */
  double sumOfSquares(int from, int to) {
    double sum = 0.;
    int next = from; // where the next block begins
    for (int i = firstEndingAfter(from); next < to && i < count && sorted[i] * width < to; ) {
      int first = Math.max(next, sorted[i] * width);
      int block = first - (first - from) % SumOfSquares.BLOCK;
      next = Math.min(to - block, SumOfSquares.BLOCK) + block;
      int last = first;
      for (; i < count && sorted[i] * width < next; i++) {
        last = (sorted[i] + 1) * width;
        if (last > next) {
          break; // it goes on in the next block
        }
      }
      sum += SumOfSquares.ofPart(sums, block, next, first, last);
    }
    return sum;
  }

  private int firstEndingAfter(int element) {
    int found = Arrays.binarySearch(sorted, 0, count, width == 0 ? 0 : element / width);
    return found < 0 ? -1 - found : found;
  }
}
