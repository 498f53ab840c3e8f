package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Powers against exact ones, rounded once. */
class PowersTest {
  /** More than enough digits for a single rounding to be the last one. */
  private static final MathContext DIGITS = new MathContext(60);

  /** Below it, products of the digits' lower halves are subnormal. */
  private static final double SMALLEST = 0x1p-960;

  private static DoubleStream bases() {
    return DoubleStream.concat(
        DoubleStream.of(
            0.9, 0.999, 0.99, 0.95, 0.96, 0.5, 0.9999999, Math.nextDown(1.), 1.0001, 1.5, -0.9),
        new SplittableRandom(1).doubles(40));
  }

  @ParameterizedTest
  @MethodSource("bases")
  void areCorrectlyRoundedForAnyExponentInAnyOrder(double base) {
    SplittableRandom random = new SplittableRandom(2);
    double range = 660. / Math.abs(Math.log(Math.abs(base))); // e^-660 to e^660
    int largest = (int) Math.min(range, 100_000_000.);
    Powers powers = new Powers(base);
    for (int i = 0; i < 300; i++) {
      int exponent = random.nextInt(largest + 1);

      assertThat(powers.pow(exponent)).as("to the %d", exponent).isEqualTo(exact(base, exponent));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.9, 0.999, 0.99, 0.95, 0.96})
  void areCorrectlyRoundedWhileTheExponentIsCountedUp(double base) {
    Powers powers = new Powers(base);
    BigDecimal exact = BigDecimal.ONE;
    for (int exponent = 0; exact.doubleValue() >= SMALLEST && exponent <= 10_000; exponent++) {
      assertThat(powers.pow(exponent)).as("to the %d", exponent).isEqualTo(exact.doubleValue());
      exact = exact.multiply(new BigDecimal(base), DIGITS);
    }
  }

  /** The first exponents for which the C library's power and some JVM's differ. */
  @ParameterizedTest
  @CsvSource({"0.9, 348", "0.999, 2904", "0.96, 246"})
  void areCorrectlyRoundedWhereOthersDiffer(double base, int exponent) {
    assertThat(new Powers(base).pow(exponent)).isEqualTo(exact(base, exponent));
  }

  @ParameterizedTest
  @MethodSource("bases")
  void dependOnTheExponentAloneAndNotOnThoseBefore(double base) {
    Powers inOrder = new Powers(base);
    for (long exponent = 0; exponent < 300; exponent++) {
      assertThat(inOrder.pow(exponent)).isEqualTo(new Powers(base).pow(exponent));
    }
    for (long exponent : new long[] {1L << 40, 299, 299, 0, 3, Long.MAX_VALUE, 1}) {
      assertThat(inOrder.pow(exponent)).isEqualTo(new Powers(base).pow(exponent));
    }
  }

  @Test
  void neverGrowWithTheExponentBelowOne() {
    for (double base : new double[] {0.001, 0.5, 0.9, 0.999, 0.9999999, Math.nextDown(1.)}) {
      Powers powers = new Powers(base);
      double before = 1.;
      for (int exponent = 1; exponent < 20_000; exponent++) {
        double power = powers.pow(exponent);
        assertThat(power).as("%s to the %d", base, exponent).isBetween(0., before);
        before = power;
      }
    }
  }

  @Test
  void endAtZeroBelowOneAndAtInfinityAbove() {
    assertThat(new Powers(0.9).pow(1L << 53)).isEqualTo(0.);
    assertThat(new Powers(0.999).pow(Long.MAX_VALUE)).isEqualTo(0.);
    assertThat(new Powers(1.001).pow(1L << 53)).isInfinite();
    assertThat(new Powers(1e300).pow(2)).isInfinite();
    assertThat(new Powers(Math.nextDown(1.)).pow(1L << 53)).isBetween(0.36787944, 0.36787945);
  }

  @Test
  void startAtOneAndTheBaseItselfWhateverItIs() {
    for (double base :
        new double[] {
          0.,
          1.,
          Double.MIN_VALUE,
          3e-310,
          Double.MIN_NORMAL,
          0.3,
          1e300,
          Double.MAX_VALUE,
          Double.POSITIVE_INFINITY,
          Double.NaN,
          -0.7
        }) {
      Powers powers = new Powers(base);
      assertThat(powers.pow(0)).isEqualTo(1.);
      assertThat(powers.pow(1)).isEqualTo(Double.valueOf(base)); // NaN too
      assertThat(powers.pow(2)).isEqualTo(Double.valueOf(base * base));
    }
    assertThat(new Powers(0.).pow(1L << 53)).isEqualTo(0.);
    assertThat(new Powers(1.).pow(1L << 53)).isEqualTo(1.);
  }

  @Test
  void withAnyExponentAreProductRootAndQuotientWhereThatIsTheSame() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 10_000; i++) {
      double base = 10. * random.nextDouble();
      assertThat(Powers.pow(base, 2.)).isEqualTo(base * base);
      assertThat(Powers.pow(base, 0.5)).isEqualTo(Math.sqrt(base));
      assertThat(Powers.pow(base, -1.)).isEqualTo(1. / base);
      assertThat(Powers.pow(base, -0.5)).isEqualTo(Math.pow(base, -0.5));
    }
  }

  private static double exact(double base, int exponent) {
    return new BigDecimal(base).pow(exponent, DIGITS).doubleValue();
  }
}
