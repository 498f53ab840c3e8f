package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.keras3.Adam;
import io.github.keras4j.optimizers.keras3.MultiOptimizer;
import io.github.keras4j.optimizers.keras3.SGD;
import io.github.keras4j.optimizers.support.Bits;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An optimizer keeps the arrays of its last call, and no others. */
class KeptArraysTest {
  private static final int[] LENGTHS = {4, 3};
  private static final TensorSpec[] SPECS = {TensorSpec.of("a", 2, 2), TensorSpec.of("b", 3)};

  /** A call with new arrays, to which it returns references. */
  private interface Call {
    List<WeakReference<Object>> of(Optimizer optimizer);
  }

  private static List<WeakReference<Object>> references(Object[]... arrays) {
    List<WeakReference<Object>> references = new ArrayList<>();
    for (Object[] array : arrays) {
      references.add(new WeakReference<>(array));
      Stream.of(array).map(WeakReference::new).forEach(references::add);
    }
    return references;
  }

  private static List<WeakReference<Object>> dense(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] gradients = Bits.normal(2, LENGTHS);
    optimizer.applyGradients(gradients, parameters);
    return references(parameters, gradients);
  }

  private static List<WeakReference<Object>> rows(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    int[] rows = {1};
    double[][] values = Bits.normal(2, 2, 3);
    Gradient[] gradients = {Gradient.rows(rows, values[0]), Gradient.dense(values[1])};
    optimizer.applyGradients(gradients, parameters);
    return references(parameters, gradients, values, new Object[] {rows});
  }

  private static List<WeakReference<Object>> lazyRows(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    int[] rows = {0, 1, 0};
    double[][] values = Bits.normal(2, 6, 3);
    Gradient[] gradients = {Gradient.lazyRows(rows, values[0]), Gradient.dense(values[1])};
    optimizer.applyGradients(gradients, parameters);
    return references(parameters, gradients, values, new Object[] {rows});
  }

  private static List<WeakReference<Object>> minimize(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    optimizer.minimize((p, g) -> 0., parameters);
    return references(parameters, new Object[0]);
  }

  private static List<WeakReference<Object>> minimizeOtherArrays(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] gradients = Bits.normal(2, LENGTHS);
    optimizer.minimize(
        (p, g) -> {
          System.arraycopy(gradients, 0, g, 0, g.length);
          return 0.;
        },
        parameters);
    return references(parameters, gradients);
  }

  private static List<WeakReference<Object>> minimizeByRows(Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] values = Bits.normal(2, 2, 3);
    RowLossFunction loss =
        (p, g) -> {
          g[0] = Gradient.rows(new int[] {1}, values[0]);
          g[1] = Gradient.dense(values[1]);
          return 0.;
        };
    optimizer.minimize(loss, parameters);
    return references(parameters, values);
  }

  private static MultiOptimizer multi() {
    MultiOptimizer multi =
        MultiOptimizer.builder().add("a", new Adam()).otherwise(new SGD()).build();
    multi.build(SPECS);
    return multi;
  }

  static Stream<Arguments> callsAfterOneAnother() {
    List<Supplier<Optimizer>> optimizers =
        List.of(
            io.github.keras4j.optimizers.SGD::new,
            () -> io.github.keras4j.optimizers.Adam.builder().clipnorm(1.).build(),
            () -> Adam.builder().useEma(true).globalClipnorm(1.).build(),
            () -> io.github.keras4j.optimizers.SGD.builder().errorIfNonFinite(true).build(),
            KeptArraysTest::multi);
    List<Call> calls =
        List.of(
            KeptArraysTest::dense,
            KeptArraysTest::rows,
            KeptArraysTest::lazyRows,
            KeptArraysTest::minimize,
            KeptArraysTest::minimizeOtherArrays,
            KeptArraysTest::minimizeByRows);
    List<String> names =
        List.of("dense", "rows", "lazy rows", "minimize", "other arrays", "by rows");
    List<Arguments> pairs = new ArrayList<>();
    for (Supplier<Optimizer> optimizer : optimizers) {
      for (int first = 0; first < calls.size(); first++) {
        int second = (first + 1) % calls.size(); // not all pairs: each takes a garbage collection
        String name = names.get(first) + ", then " + names.get(second);
        pairs.add(
            Arguments.of(
                optimizer.get() + ", " + name, optimizer, calls.get(first), calls.get(second)));
      }
    }
    return pairs.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("callsAfterOneAnother")
  void keepsNoArrayOfACallBeforeTheLast(
      String name, Supplier<Optimizer> maker, Call first, Call second) {
    Optimizer optimizer = maker.get();

    List<WeakReference<Object>> before = first.of(optimizer);
    second.of(optimizer);

    assertCollected(before);
    assertThat(optimizer.getIterations()).isEqualTo(2);
  }

  private static List<WeakReference<Object>> denseWithout(int missing, Optimizer optimizer) {
    double[][] parameters = Bits.normal(1, LENGTHS);
    double[][] gradients = Bits.normal(2, LENGTHS);
    gradients[missing] = null;
    optimizer.applyGradients(gradients, parameters);
    return references(parameters, new Object[] {gradients[1 - missing]});
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aGroupThatIsLeftOutKeepsNoArrayOfACallBefore(int missing) {
    MultiOptimizer multi = multi();

    List<WeakReference<Object>> before = dense(multi);
    denseWithout(missing, multi);

    assertCollected(before);
    assertThat(multi.optimizers().get(missing).getIterations()).isEqualTo(1);
    assertThat(multi.optimizers().get(1 - missing).getIterations()).isEqualTo(2);
    dense(multi);
    assertThat(multi.optimizers().get(missing).getIterations()).isEqualTo(2);
  }

  @Test
  void keepsTheArraysOfTheLastDenseCall() {
    Optimizer optimizer = new io.github.keras4j.optimizers.SGD();

    List<WeakReference<Object>> last = dense(optimizer);
    System.gc();

    assertThat(last.get(1).get()).isInstanceOf(double[].class);
    assertThat(last.get(4).get()).isInstanceOf(double[].class);
    assertThat(optimizer.getIterations()).isEqualTo(1);
  }

  @Test
  void keepsNoGradientOfTheLastCallByRows() {
    Optimizer optimizer = new io.github.keras4j.optimizers.SGD();
    double[][] parameters = Bits.normal(1, LENGTHS);

    List<WeakReference<Object>> gradients = gradientsByRows(optimizer, parameters);

    assertCollected(gradients);
    assertThat(optimizer.getIterations()).isEqualTo(1);
  }

  private static List<WeakReference<Object>> gradientsByRows(
      Optimizer optimizer, double[][] parameters) {
    int[] rows = {1};
    double[] values = {1., 2.};
    Gradient[] gradients = {Gradient.rows(rows, values), Gradient.dense(new double[3])};
    optimizer.applyGradients(gradients, parameters);
    return references(gradients, new Object[] {rows, values});
  }

  @Test
  void keepsNothingOfALossFunctionsOwn() {
    Optimizer optimizer = new io.github.keras4j.optimizers.SGD();
    double[][] parameters = Bits.normal(1, LENGTHS);
    List<WeakReference<Object>> captured = new ArrayList<>();

    minimizeCapturing(optimizer, parameters, captured);

    assertCollected(captured);
    assertThat(parameters).isDeepEqualTo(Bits.normal(1, LENGTHS));
    assertThat(optimizer.getIterations()).isEqualTo(1);
  }

  private static void minimizeCapturing(
      Optimizer optimizer, double[][] parameters, List<WeakReference<Object>> captured) {
    Object[] large = {new byte[1 << 20]};
    LossFunction loss = (p, g) -> large.length;
    captured.addAll(references(large));
    captured.add(new WeakReference<>(loss));
    assertThat(optimizer.minimize(loss, parameters)).isEqualTo(1.);
  }

  private static void assertCollected(List<WeakReference<Object>> references) {
    for (int round = 0; round < 20 && !isCollected(references); round++) {
      System.gc();
      try {
        Thread.sleep(10L * round);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(references.stream().map(WeakReference::get).map(KeptArraysTest::describe))
        .as("arrays that were kept")
        .containsOnlyNulls();
  }

  private static String describe(Object kept) {
    return kept instanceof double[] array
        ? Arrays.toString(array)
        : kept == null ? null : "" + kept;
  }

  private static boolean isCollected(List<WeakReference<Object>> references) {
    return references.stream().allMatch(reference -> reference.get() == null);
  }
}
