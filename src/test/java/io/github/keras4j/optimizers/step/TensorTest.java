package io.github.keras4j.optimizers.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.support.Bits;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How each element of a gradient comes about. */
class TensorTest {
  private static final double[] PARAMETER = Bits.normal(1, 24)[0];
  private static final double[] GRADIENT = Bits.normal(2, 24)[0];
  private static final double NONE = Double.POSITIVE_INFINITY;

  /** Without accumulation. */
  private static Tensor tensor(double lossScale) {
    Tensor x = new Tensor(new double[0][], null, 1, null);
    x.makeRoom(GRADIENT.length);
    x.begin(PARAMETER, GRADIENT, lossScale, 0.1);
    return x;
  }

  private static Tensor accumulating(double[] sum, int steps, double lossScale) {
    Tensor x = new Tensor(new double[][] {sum}, sum, steps, null);
    x.begin(PARAMETER, GRADIENT, lossScale, 0.1);
    return x;
  }

  private static double[] gradients(Tensor x) {
    double[] gradients = new double[GRADIENT.length];
    Arrays.setAll(gradients, x::gradient);
    return gradients;
  }

  private static double[] quotients(double divisor) {
    return Arrays.stream(GRADIENT).map(g -> g / divisor).toArray();
  }

  // ---- Loss scale and accumulation --------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(doubles = {1., 2., 0.25, 3., 10., 1000., 0.1, 0x1p1000, 0x1.8p1000, 0x1p-1074})
  void dividesByTheLossScale(double lossScale) {
    Bits.assertSame("by " + lossScale, gradients(tensor(lossScale)), quotients(lossScale));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "4, 0.5", "8, 1024", "3, 1", "2, 3", "5, 10", "6, 2"})
  void takesTheMean(int steps, double lossScale) {
    double[] sum = Bits.normal(3, GRADIENT.length)[0];
    double[] means = new double[sum.length];
    Arrays.setAll(means, i -> (GRADIENT[i] / lossScale + sum[i]) / steps);
    Tensor x = accumulating(sum, steps, lossScale);

    x.prepare(0, sum.length);

    Bits.assertSame("mean", gradients(x), means);
    assertThat(x.slot(0)).isSameAs(sum);
    assertThat(x.parameter()).isSameAs(PARAMETER);
  }

  /** Neither the loss scale, which the mean contains, nor what the step before has clipped. */
  @ParameterizedTest
  @CsvSource({"2, 4", "3, 4", "3, 10"})
  void scalesAMeanByNothingElse(int steps, double lossScale) {
    double[] sum = new double[GRADIENT.length];
    Tensor x = accumulating(sum, steps, lossScale);
    for (int step = 0; step < 2; step++) {
      Arrays.fill(sum, 0.);
      x.begin(PARAMETER, GRADIENT, lossScale, 0.1);
      x.separate();
      x.prepare(0, sum.length);
      double[] means = quotients(lossScale);
      Arrays.setAll(means, i -> means[i] / steps);
      Bits.assertSame("mean", gradients(x), means);
      x.scaleBy(0.7, 3., NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1., 2., 10.})
  void accumulatesAndBeginsAgain(double lossScale) {
    double[] sum = Bits.normal(3, GRADIENT.length)[0];
    double[] before = sum.clone();
    Tensor x = accumulating(sum, 4, lossScale);

    x.accumulate(false, 1, 23);
    double[] expected = before.clone();
    for (int i = 1; i < 23; i++) {
      expected[i] = GRADIENT[i] / lossScale + before[i];
    }
    Bits.assertSame("sum", sum, expected);

    x.accumulate(true, 0, sum.length);
    Bits.assertSame("begun again", sum, quotients(lossScale));
  }

  // ---- Gradients that are made ready by a pass --------------------------------------------------

  @Test
  void dividesBeforeItClipsOnceItIsSeparate() {
    Tensor x = tensor(10.);
    assertThat(x.isAsGiven()).isTrue();

    x.separate();
    assertThat(x.isAsGiven()).isFalse();
    x.prepare(1, 23);
    double[] expected = quotients(10.);
    expected[0] = 0.;
    expected[23] = 0.;
    Bits.assertSame("quotients", x.gradient(), expected);

    x.scaleBy(0.7, 3., NONE);
    Bits.assertSame(
        "scaled", gradients(x), Arrays.stream(expected).map(g -> g * 0.7 / 3.).toArray());
  }

  @Test
  void hasNothingToPrepareWhereNothingIsDivided() {
    Tensor plain = tensor(1.);
    plain.separate();
    assertThat(plain.gradient()).isSameAs(GRADIENT);

    Tensor left = tensor(10.);
    left.begin(PARAMETER, null, 10., 0.1);
    left.separate();
    assertThat(left.hasGradient()).isFalse();
  }

  @Test
  void takesAMeanOnceAStep() {
    double[] sum = new double[GRADIENT.length];
    Tensor x = accumulating(sum, 2, 1.);
    x.separate();
    x.prepare(0, sum.length);
    x.endPreparing();

    x.prepare(0, sum.length);

    Bits.assertSame("mean", gradients(x), quotients(2.));
    x.begin(PARAMETER, GRADIENT, 1., 0.1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1., 2., 10.})
  void limitsWhatTheLossScaleHasDivided(double lossScale) {
    Tensor x = tensor(lossScale);
    x.limitTo(0.03);
    x.prepare(0, GRADIENT.length);

    double[] limited =
        Arrays.stream(quotients(lossScale)).map(g -> Math.min(Math.max(g, -0.03), 0.03)).toArray();
    assertThat(limited).contains(0.03, -0.03);
    Bits.assertSame("limited", gradients(x), limited);
  }

  // ---- Clipping ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "1, 1, Infinity, false",
    "0.5, 1, Infinity, false",
    "0, 1, Infinity, false",
    "1, 1, 0.5, false",
    "1, 3, Infinity, false",
    "1, Infinity, Infinity, false", // 0 / infinity
    "NaN, 1, Infinity, true",
    "NaN, 1, 0.5, true",
    "Infinity, 1, Infinity, true", // 0 * infinity
    "1, NaN, Infinity, true",
  })
  void knowsWhetherClippingChangesZero(double factor, double norm, double limit, boolean changes) {
    Tensor x = tensor(1.);
    x.scaleBy(factor, norm, limit);

    assertThat(x.changesZero()).isEqualTo(changes);
    x.begin(PARAMETER, new double[1], 1., 0.1);
    x.scaleBy(factor, norm, limit);
    assertThat(x.gradient(0) != 0.).isEqualTo(changes);
  }

  // ---- Weight decay -----------------------------------------------------------------------------

  @Test
  void decaysWhereItIsAskedTo() {
    Tensor x = new Tensor(new double[0][], null, 1, 0.3);
    double[] parameter = {-0., 1., 7., 11.};
    x.begin(parameter, new double[4], 1., 0.7);

    assertThat(x.isDecaying()).isTrue();
    assertThat(x.decay(7.)).isEqualTo(7. - (7. * 0.3) * 0.7);
    x.decayAll(1, 3);
    assertThat(parameter).containsExactly(-0., 1. - (1. * 0.3) * 0.7, x.decay(7.), 11.);
  }

  /** {@code -0.0 - (-0.0 * 0) * lr} is +0.0. */
  @Test
  void aDecayOfZeroIsOne() {
    Tensor x = new Tensor(new double[0][], null, 1, 0.);
    x.begin(PARAMETER, GRADIENT, 1., 0.1);

    assertThat(x.isDecaying()).isTrue();
    Bits.assertSame("-0.0", new double[] {x.decay(-0.)}, new double[] {0.});
  }

  @Test
  void leavesParametersAloneWithoutWeightDecay() {
    Tensor x = tensor(1.);
    double[] before = PARAMETER.clone();

    assertThat(x.isDecaying()).isFalse();
    assertThat(x.decay(7.)).isEqualTo(7.);
    Bits.assertSame("-0.0", new double[] {x.decay(-0.)}, new double[] {-0.});
    x.decayAll(0, PARAMETER.length);
    Bits.assertSame("parameter", PARAMETER, before);
  }
}
