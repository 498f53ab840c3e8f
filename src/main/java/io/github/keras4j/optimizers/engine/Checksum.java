package io.github.keras4j.optimizers.engine;

import java.util.Arrays;

/**
 * Tells whether numbers have changed, at the cost of reading them. One number that has changed is
 * always noticed; of several, that none is has a probability of one in 2<sup>64</sup>.
 */
public final class Checksum {
  private static final long FACTOR = 0x9E3779B97F4A7C15L; // odd, so that nothing is lost

  private Checksum() {}

  /** The checksum of the bits of an array; four sums in turns, since each waits for its product. */
  public static long of(double... values) {
    long a = 1;
    long b = 2;
    long c = 3;
    long d = 4;
    int i = 0;
    for (; i < values.length - 3; i += 4) {
      a = a * FACTOR + Double.doubleToRawLongBits(values[i]);
      b = b * FACTOR + Double.doubleToRawLongBits(values[i + 1]);
      c = c * FACTOR + Double.doubleToRawLongBits(values[i + 2]);
      d = d * FACTOR + Double.doubleToRawLongBits(values[i + 3]);
    }
    long sum = ((a * FACTOR + b) * FACTOR + c) * FACTOR + d;
    for (; i < values.length; i++) {
      sum = sum * FACTOR + Double.doubleToRawLongBits(values[i]);
    }
    return sum;
  }

  /** The checksum of each of some arrays; 0 in the place of null. */
  public static long[] ofEach(double[]... arrays) {
    return Arrays.stream(arrays).mapToLong(array -> array == null ? 0 : of(array)).toArray();
  }
}
