package io.github.keras4j.optimizers.engine;

/**
 * The powers of one base for whole exponents, the same bits on every processor and JVM: {@link
 * Math#pow} may return either neighbour of the exact power, and does so differently from one to the
 * other.
 *
 * <p>Repeated squaring in double-double arithmetic: {@code pow(base, t)} is the product of the
 * squares {@code pow(base, 2}<sup>{@code k}</sup>{@code )} for the bits {@code k} of {@code t},
 * from the highest bit to the lowest. The relative error before the last rounding is below {@code
 * t} times 2<sup>-104</sup>, so the result is the correctly rounded power, except for about one in
 * 2<sup>50</sup>{@code / t}, while it is between 2<sup>-960</sup> and 2<sup>990</sup>. Beyond, some
 * units in the last place may be missing; below, {@code 1 - x} is 1 all the same.
 *
 * <p>Products over the higher bits are kept from call to call, so that exponents counted up cost
 * one multiplication each. No call allocates anything. Not thread-safe.
 *
 * @see <a href="https://doi.org/10.1007/BF01397083">Dekker, A floating-point technique for
 *     extending the available precision, 1971, with Veltkamp's splitting</a>
 */
public final class Powers {
  private static final int BITS = 63;

  private final DoubleDouble[] squares = new DoubleDouble[BITS];
  private final DoubleDouble[] products = new DoubleDouble[BITS + 1]; // over the bits from here on
  private long last;

  public Powers(double base) {
    squares[0] = new DoubleDouble(base);
    products[0] = new DoubleDouble(1.);
    for (int bit = 1; bit < BITS; bit++) {
      squares[bit] = new DoubleDouble(1.);
      squares[bit].setProduct(squares[bit - 1], squares[bit - 1]);
      products[bit] = new DoubleDouble(1.);
    }
    products[BITS] = new DoubleDouble(1.);
  }

  public double pow(long exponent) {
    int changed = Long.SIZE - Long.numberOfLeadingZeros(exponent ^ last);
    last = exponent;
    for (int bit = changed - 1; bit >= 0; bit--) {
      if ((exponent >>> bit & 1) == 1) {
        products[bit].setProduct(products[bit + 1], squares[bit]);
      } else {
        products[bit].set(products[bit + 1]);
      }
    }
    return products[0].high;
  }

  /**
   * A power with any exponent: where a product, a root or a quotient is the same, that one, which
   * is correctly rounded; else {@link Math#pow}.
   */
  public static double pow(double base, double exponent) {
    if (exponent == 2.) {
      return base * base;
    }
    if (exponent == 0.5) {
      return Math.sqrt(base);
    }
    if (exponent == -1.) {
      return 1. / base;
    }
    return Math.pow(base, exponent);
  }

  /** A number as the sum of two: one rounded, and what the rounding has left over. */
  private static final class DoubleDouble {
    /** Beyond it, a splitting might overflow. */
    private static final double LARGEST = 0x1p990;

    private double high;
    private double low;

    DoubleDouble(double high) {
      this.high = high;
    }

    void set(DoubleDouble x) {
      high = x.high;
      low = x.low;
    }

    /** Sets this to {@code x * y}, which may be numbers below or above 1, but not one of each. */
    void setProduct(DoubleDouble x, DoubleDouble y) {
      double product = x.high * y.high;
      double rest =
          Math.abs(product) > LARGEST
              ? 0.
              : roundingError(x.high, y.high, product) + (x.high * y.low + x.low * y.high);
      high = product + rest;
      low = rest - (high - product);
    }

    /**
     * What {@code x * y} has more than {@code product}. Not by {@link Math#fma}, which takes
     * microseconds, and memory, where the processor does not have it.
     */
    private static double roundingError(double x, double y, double product) {
      double xHigh = upperHalf(x);
      double yHigh = upperHalf(y);
      double xLow = x - xHigh;
      double yLow = y - yHigh;
      return ((xHigh * yHigh - product) + xHigh * yLow + xLow * yHigh) + xLow * yLow;
    }

    /** The number with the upper half of its digits. */
    private static double upperHalf(double x) {
      double scaled = (0x1p27 + 1.) * x;
      return scaled - (scaled - x);
    }
  }
}
