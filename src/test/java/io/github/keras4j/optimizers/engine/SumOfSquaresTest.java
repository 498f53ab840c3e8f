package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.SGD;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The norm's sum, against the exact one. */
class SumOfSquaresTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 1023, 1024, 1025, 2048, 3000, 32768, 100_003})
  void isExactToFifteenDigitsOverAnyRange(int length) {
    double[] x = new Random(length).doubles(length + 5, -1., 1.).toArray();
    BigDecimal exact =
        Arrays.stream(x, 3, 3 + length)
            .mapToObj(BigDecimal::new)
            .map(y -> y.multiply(y))
            .reduce(BigDecimal.ZERO, BigDecimal::add);

    double expected = exact.doubleValue();

    assertThat(SumOfSquares.of(x, 3, 3 + length)).isCloseTo(expected, within(1e-15 * expected));
  }

  /** What a step divides by, read off the step of a gradient that is 1. */
  @Test
  void makesTheNormOfSixteenMillionNormalValuesExactToFifteenDigits() {
    double[] gradients = normalValues(1 << 24);
    gradients[0] = 1.;
    double[] parameters = new double[gradients.length];
    double exact = Math.sqrt(compensatedSumOfSquares(gradients));

    SGD.builder()
        .lr(1.)
        .clipnorm(1.)
        .build()
        .applyGradients(new double[][] {gradients}, new double[][] {parameters});

    assertThat(-1. / parameters[0]).isCloseTo(exact, within(1e-15 * exact));
  }

  private static double[] normalValues(int length) {
    Random random = new Random(16);
    double[] values = new double[length];
    Arrays.setAll(values, i -> random.nextGaussian());
    return values;
  }

  /** With the rounding error of every product and every addition carried along, after Dekker. */
  private static double compensatedSumOfSquares(double[] x) {
    double sum = 0.;
    double error = 0.;
    for (double value : x) {
      double square = value * value;
      double next = sum + square;
      double added = next - sum;
      error += Math.fma(value, value, -square) + (sum - (next - added)) + (square - added);
      sum = next;
    }
    return sum + error;
  }

  @Test
  void countsEverySquareOnce() {
    double[] powers = new double[3000];
    Arrays.fill(powers, 3.);

    assertThat(SumOfSquares.of(powers, 0, 3000)).isEqualTo(27_000.);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 9, 17, 1000})
  void totalsEveryTermOnce(int count) {
    double[] terms = new double[count + 3];
    Arrays.setAll(terms, i -> i);

    assertThat(SumOfSquares.total(terms, 2, 2 + count)).isEqualTo(count * (count + 3) / 2.);
  }

  /** One by one, none of the ones would count next to 2<sup>53</sup>. */
  @Test
  void totalsByHalvesSoThatSmallTermsCountNextToALargeOne() {
    double[] terms = new double[1024];
    Arrays.fill(terms, 1.);
    terms[0] = 0x1p53;

    assertThat(SumOfSquares.total(terms, 0, 1024)).isEqualTo(0x1p53 + 1016.);
  }

  @Test
  void passesOnNaNAndInfinity() {
    assertThat(SumOfSquares.of(new double[] {1., Double.NaN}, 0, 2)).isNaN();
    assertThat(SumOfSquares.of(new double[] {1., Double.NEGATIVE_INFINITY}, 0, 2)).isInfinite();
    assertThat(SumOfSquares.of(new double[] {1., 1e200}, 0, 2)).isInfinite();
  }
}
