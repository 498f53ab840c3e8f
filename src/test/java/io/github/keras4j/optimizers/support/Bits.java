package io.github.keras4j.optimizers.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.OptimizerState;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Tensors compared to the last bit, and tensors made from a seed. */
public final class Bits {
  private Bits() {}

  public static void assertSame(String what, double[] actual, double[] expected) {
    assertThat(bits(actual))
        .as("%s: %s instead of %s", what, Arrays.toString(actual), Arrays.toString(expected))
        .isEqualTo(bits(expected));
  }

  public static void assertSame(String what, List<double[]> actual, List<double[]> expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertSame(what + "[" + i + "]", actual.get(i), expected.get(i));
    }
  }

  public static void assertSame(String what, double[][] actual, double[][] expected) {
    assertSame(what, List.of(actual), List.of(expected));
  }

  /** So many last places of the tensor's largest magnitude apart at most; with none, the same. */
  public static void assertWithin(int ulps, String what, double[][] actual, double[][] expected) {
    assertThat(actual.length).as(what).isEqualTo(expected.length);
    for (int tensor = 0; tensor < expected.length; tensor++) {
      double[] numbers = expected[tensor];
      double limit = ulps * Math.ulp(Arrays.stream(numbers).map(Math::abs).max().orElse(0.));
      assertThat(actual[tensor]).as("%s[%d]", what, tensor).hasSameSizeAs(numbers);
      for (int i = 0; i < numbers.length; i++) {
        double number = actual[tensor][i];
        boolean near = ulps > 0 && Math.abs(number - numbers[i]) <= limit;
        if (!near && Double.compare(number, numbers[i]) != 0) {
          throw new AssertionError(
              String.format(
                  "%s[%d]: %s instead of %s",
                  what, tensor, Arrays.toString(actual[tensor]), Arrays.toString(numbers)));
        }
      }
    }
  }

  public static void assertSame(OptimizerState actual, OptimizerState expected) {
    assertThat(actual.className()).isEqualTo(expected.className());
    assertThat(actual.config()).isEqualTo(expected.config());
    assertThat(actual.iterations()).isEqualTo(expected.iterations());
    assertThat(actual.scalars()).isEqualTo(expected.scalars());
    assertThat(actual.slots().keySet()).isEqualTo(expected.slots().keySet());
    expected
        .slots()
        .forEach((name, tensors) -> assertSame(name, actual.slots().get(name), tensors));
  }

  public static double[][] copy(double[][] tensors) {
    return Arrays.stream(tensors).map(double[]::clone).toArray(double[][]::new);
  }

  public static double[] flat(double[][] tensors) {
    return Arrays.stream(tensors).flatMapToDouble(Arrays::stream).toArray();
  }

  /** Normally distributed numbers. */
  public static double[][] normal(long seed, int... lengths) {
    Random random = new Random(seed);
    return Arrays.stream(lengths)
        .mapToObj(length -> random.doubles(length).map(x -> random.nextGaussian()).toArray())
        .toArray(double[][]::new);
  }

  private static long[] bits(double[] numbers) {
    return Arrays.stream(numbers).mapToLong(Double::doubleToRawLongBits).toArray();
  }
}
