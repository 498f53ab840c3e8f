package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.support.Bits;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A step over an array in two places is rejected, however many tensors there are. */
class ArraysGivenTwiceTest {
  private static MultiOptimizer multi(int count) {
    MultiOptimizer multi =
        MultiOptimizer.builder()
            .add("a", new io.github.keras4j.optimizers.keras3.Adam())
            .otherwise(new io.github.keras4j.optimizers.keras3.SGD())
            .build();
    multi.build(
        IntStream.range(0, count)
            .mapToObj(i -> TensorSpec.of(i == 0 ? "a" : "b" + i, 1, 3))
            .toArray(TensorSpec[]::new));
    return multi;
  }

  static Stream<Arguments> models() {
    return IntStream.of(1, 16, 17, 1_000, 10_000)
        .boxed()
        .flatMap(
            count ->
                Stream.of(true, false)
                    .flatMap(
                        alike ->
                            Stream.<IntFunction<Optimizer>>of(
                                    n -> new SGD(),
                                    n -> new io.github.keras4j.optimizers.keras3.Adam(),
                                    ArraysGivenTwiceTest::multi)
                                .map(
                                    maker -> {
                                      Optimizer optimizer = maker.apply(count);
                                      String name = optimizer.getClass().getName();
                                      return Arguments.of(
                                          name + ", " + count + (alike ? " alike" : " different"),
                                          optimizer,
                                          count,
                                          alike);
                                    })));
  }

  private static double[][] tensors(int count, boolean alike, long seed) {
    Random random = new Random(seed);
    double[][] tensors = new double[count][3];
    for (double[] tensor : tensors) {
      Arrays.setAll(tensor, i -> alike ? 0. : random.nextGaussian());
    }
    return tensors;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void rejectsAnArrayInTwoPlaces(String name, Optimizer optimizer, int count, boolean alike) {
    double[][] parameters = tensors(count, alike, 1);
    double[][] gradients = tensors(count, false, 2);
    // Twice, so that the arrays are the same as in the last call when one of them changes.
    optimizer.applyGradients(gradients, parameters);
    optimizer.applyGradients(gradients, parameters);
    double[][] before = Bits.copy(parameters);
    int last = count - 1;
    int middle = count / 2;

    double[][] replaced = gradients.clone();
    replaced[middle] = parameters[last];
    assertRejected(
        optimizer,
        replaced,
        parameters,
        "gradients[" + middle + "] must not be a parameter, got the array of parameters[" + last);
    replaced[middle] = gradients[middle];
    replaced[last] = parameters[0];
    assertRejected(
        optimizer,
        replaced,
        parameters,
        "gradients[" + last + "] must not be a parameter, got the array of parameters[0");
    if (count > 1) {
      double[][] twice = parameters.clone();
      twice[last] = twice[0];
      assertRejected(
          optimizer,
          gradients,
          twice,
          "parameters[" + last + "] must be a separate array, got the array of parameters[0");
      twice = parameters.clone();
      twice[middle] = twice[middle - 1];
      assertRejected(
          optimizer,
          gradients,
          twice,
          format(
              "parameters[%d] must be a separate array, got the array of parameters[%d", middle));
    }

    assertThat(parameters).isDeepEqualTo(before);
    assertThat(optimizer.getIterations()).isEqualTo(2);
    // The same gradient in two places changes nobody's numbers.
    gradients[last] = gradients[0];
    optimizer.applyGradients(gradients, parameters);
    assertThat(optimizer.getIterations()).isEqualTo(3);
  }

  private static String format(String message, int middle) {
    return String.format(message, middle, middle - 1);
  }

  private static void assertRejected(
      Optimizer optimizer, double[][] gradients, double[][] parameters, String message) {
    Gradient[] dense = Stream.of(gradients).map(Gradient::dense).toArray(Gradient[]::new);
    Gradient[] rows =
        Stream.of(gradients)
            .map(gradient -> Gradient.rows(new int[] {0}, gradient))
            .toArray(Gradient[]::new);
    for (ThrowingCallable call :
        new ThrowingCallable[] {
          () -> optimizer.applyGradients(gradients, parameters),
          () -> optimizer.applyGradients(dense, parameters),
          () -> optimizer.applyGradients(rows, parameters),
          () ->
              optimizer.minimize(
                  (p, g) -> {
                    System.arraycopy(gradients, 0, g, 0, g.length);
                    return 0.;
                  },
                  parameters)
        }) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message + "]");
    }
  }

  @Test
  void rejectsAGradientOfMinimizeThatBecameAParameter() {
    Optimizer optimizer = new SGD();
    double[][] parameters = {{1.}, {2.}};
    double[][] kept = new double[2][];
    optimizer.minimize(
        (p, g) -> {
          System.arraycopy(g, 0, kept, 0, g.length);
          return 0.;
        },
        parameters);
    kept[1][0] = 5.;
    double[][] next = {parameters[0], kept[1]};

    assertThatThrownBy(() -> optimizer.minimize((p, g) -> 0., next))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gradients[1] must not be a parameter, got the array of parameters[1]");

    assertThat(next).isDeepEqualTo(new double[][] {{1.}, {5.}});
    assertThat(optimizer.getIterations()).isEqualTo(1);
  }
}
