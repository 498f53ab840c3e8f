package io.github.keras4j.optimizers.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The iteration, against plain loops whose sums are rounded once. */
class NewtonSchulzTest {
  private static final NewtonSchulz.Loop ONE_THREAD =
      (count, body) -> IntStream.range(0, count).forEach(body);

  @ParameterizedTest
  @CsvSource({
    "1, 1", "1, 5", "5, 1", "4, 3", "3, 5", "2, 4", "6, 6", "7, 13", "13, 7", "47, 50", "50, 48",
    "49, 49"
  })
  void agreesWithPlainLoops(int rows, int columns) {
    double[] x = random(rows, columns);

    assertThat(ulpsFromPlain(x, rows, columns, 1)).isLessThanOrEqualTo(1.);
    // A step multiplies a small singular value, and its error, by up to 3.4445.
    assertThat(ulpsFromPlain(x, rows, columns, 5)).isLessThanOrEqualTo(24.);
  }

  /** The largest difference, in units in the last place of the largest element. */
  private static double ulpsFromPlain(double[] x, int rows, int columns, int steps) {
    double[] expected = plain(x, rows, columns, steps);
    double[] actual = x.clone();
    muon(steps).orthogonalize(actual, rows, columns, sumOfSquares(x), ONE_THREAD);
    double largest = 0.;
    double difference = 0.;
    for (int i = 0; i < x.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    }
    return difference / Math.ulp(largest);
  }

  @Test
  void dividesByTheNormWithoutSteps() {
    double[] x = {3., 0., 0., 4.};

    new NewtonSchulz(1., 1., 1., 0).orthogonalize(x, 4, 1, 25., ONE_THREAD);

    assertThat(x).containsExactly(3. / (5. + 1e-7), 0., 0., 4. / (5. + 1e-7));
  }

  @ParameterizedTest
  @CsvSource({"100, 520", "520, 100", "200, 200"})
  void givesTheSameBitsInAnyOrderAndWithAnyThreads(int rows, int columns) {
    double[] expected = orthogonalized(random(rows, columns), rows, columns);

    for (NewtonSchulz.Loop loop :
        List.<NewtonSchulz.Loop>of(
            (count, body) -> IntStream.range(0, count).map(i -> count - 1 - i).forEach(body),
            (count, body) -> IntStream.range(0, count).parallel().forEach(body))) {
      double[] x = random(rows, columns);
      muon(5).orthogonalize(x, rows, columns, sumOfSquares(x), loop);
      assertThat(x).containsExactly(expected);
    }
  }

  @Test
  void forgetsTheMatricesBefore() {
    NewtonSchulz used = muon(5);
    double[] nan = random(60, 70);
    nan[7] = Double.NaN;
    used.orthogonalize(nan, 60, 70, Double.NaN, ONE_THREAD);

    for (int[] shape : new int[][] {{10, 3}, {3, 10}, {61, 61}, {2, 100}, {1, 1}}) {
      double[] x = random(shape[0], shape[1]);
      used.orthogonalize(x, shape[0], shape[1], sumOfSquares(x), ONE_THREAD);
      assertThat(x).containsExactly(orthogonalized(random(shape[0], shape[1]), shape[0], shape[1]));
    }
  }

  @Test
  void leavesZerosZeroAndLetsOneNanFillTheMatrix() {
    assertThat(orthogonalized(new double[15], 5, 3)).containsOnly(0.);
    assertThat(orthogonalized(new double[] {1., Double.NaN, 2., 3., 4., 5.}, 2, 3))
        .containsOnly(Double.NaN);
    assertThat(orthogonalized(new double[] {1., 2., 3., Double.POSITIVE_INFINITY, 4., 5.}, 3, 2))
        .containsOnly(Double.NaN);
    assertThat(orthogonalized(new double[] {1e200, 2., 3., 4.}, 2, 2)).containsOnly(0.);
  }

  @Test
  void leavesNothingToDoForAnEmptyMatrix() {
    assertThat(orthogonalized(new double[0], 0, 3)).isEmpty();
    assertThat(orthogonalized(new double[0], 3, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-Xcomp -XX:-TieredCompilation -XX:CompileCommand=quiet"
            + " -XX:CompileCommand=compileonly,io.github.keras4j.optimizers.engine.*::*",
      })
  void givesTheSameBitsInterpretedAndCompiled(String options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options.split(" ")));
    command.addAll(List.of("-cp", "target/classes" + File.pathSeparator + "target/test-classes"));
    command.add(Checksum.class.getName());
    Process machine =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();

    assertThat(new String(machine.getInputStream().readAllBytes(), UTF_8).strip())
        .isEqualTo(String.valueOf(Checksum.compute()));
    assertThat(machine.waitFor()).isZero();
  }

  /** Needs no library of the tests. */
  static final class Checksum {
    private Checksum() {}

    public static void main(String[] arguments) {
      System.out.println(compute());
    }

    static int compute() {
      return Stream.of(new int[] {60, 530}, new int[] {61, 13})
          .mapToInt(
              shape ->
                  Arrays.hashCode(orthogonalized(random(shape[0], shape[1]), shape[0], shape[1])))
          .reduce(0, (sum, next) -> 31 * sum + next);
    }
  }

  private static NewtonSchulz muon(int steps) {
    return new NewtonSchulz(3.4445, -4.775, 2.0315, steps);
  }

  private static double[] orthogonalized(double[] x, int rows, int columns) {
    double[] result = x.clone();
    muon(5).orthogonalize(result, rows, columns, sumOfSquares(x), ONE_THREAD);
    return result;
  }

  private static double[] random(int rows, int columns) {
    return new Random(rows + 31L * columns).doubles((long) rows * columns, -1., 1.).toArray();
  }

  private static double sumOfSquares(double[] x) {
    double sum = 0.;
    for (double element : x) {
      sum += element * element;
    }
    return sum;
  }

  private static double[] plain(double[] elements, int rows, int columns, int steps) {
    double[][] x = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        x[i][j] = elements[i * columns + j] / (Math.sqrt(sumOfSquares(elements)) + 1e-7);
      }
    }
    if (rows > columns) {
      x = transpose(x);
    }
    for (int step = 0; step < steps; step++) {
      double[][] a = product(x, transpose(x));
      double[][] b = sum(scale(-4.775, a), product(scale(2.0315, a), a));
      x = sum(scale(3.4445, x), product(b, x));
    }
    if (rows > columns) {
      x = transpose(x);
    }
    return Stream.of(x).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < c.length; i++) {
      for (int j = 0; j < c[i].length; j++) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 0; k < b.length; k++) {
          sum = sum.add(new BigDecimal(a[i][k] * b[k][j]));
        }
        c[i][j] = sum.doubleValue();
      }
    }
    return c;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < c.length; i++) {
      for (int j = 0; j < c[i].length; j++) {
        c[i][j] = a[i][j] + b[i][j];
      }
    }
    return c;
  }

  private static double[][] scale(double scale, double[][] a) {
    return Stream.of(a)
        .map(row -> Arrays.stream(row).map(element -> scale * element).toArray())
        .toArray(double[][]::new);
  }

  private static double[][] transpose(double[][] a) {
    return IntStream.range(0, a[0].length)
        .mapToObj(j -> Stream.of(a).mapToDouble(row -> row[j]).toArray())
        .toArray(double[][]::new);
  }
}
