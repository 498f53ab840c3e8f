package io.github.keras4j.hdf5;

/** A floating-point number of 16 bits, IEEE 754's or bfloat16. */
record HalfFloat(int exponentBits, int mantissaBits) {
  double value(short bits) {
    int bias = (1 << exponentBits - 1) - 1;
    int mantissa = bits & (1 << mantissaBits) - 1;
    int exponent = bits >> mantissaBits & (1 << exponentBits) - 1;
    double magnitude;
    if (exponent == (1 << exponentBits) - 1) {
      magnitude = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((double) mantissa, 1 - bias - mantissaBits);
    } else {
      magnitude =
          Math.scalb((double) (mantissa | 1 << mantissaBits), exponent - bias - mantissaBits);
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  /** The nearest number, of two the even one. */
  short bits(double value) {
    int bias = (1 << exponentBits - 1) - 1;
    int sign = (int) (Double.doubleToRawLongBits(value) >>> 63) << 15;
    double magnitude = Math.abs(value);
    int infinity = (1 << exponentBits) - 1 << mantissaBits;
    if (Double.isNaN(value)) {
      return (short) (infinity | 1 << mantissaBits - 1);
    }
    int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
    if (exponent > bias) {
      return (short) (sign | infinity);
    }
    int scaled = (int) Math.rint(Math.scalb(magnitude, mantissaBits - exponent));
    // A carry goes on into the exponent, and from the largest number to infinity.
    int bits = scaled + (exponent + bias - 1 << mantissaBits);
    return (short) (sign | bits);
  }
}
