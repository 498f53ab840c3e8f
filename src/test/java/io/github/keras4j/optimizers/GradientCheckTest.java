package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Right gradients pass, wrong ones are found where they are, and nothing is left changed. */
class GradientCheckTest {
  private static final double GOOD = 2e-6;

  private static double[][] model(double scale) {
    Random random = new Random(3);
    return new double[][] {
      random.doubles(20, -3., 3.).map(x -> x * scale).toArray(),
      random.doubles(5, -3., 3.).map(x -> x * scale).toArray()
    };
  }

  /** A sum of exponentials, whose elements have other weights. */
  private static LossFunction exponentials(double scale, double size) {
    return (p, g) -> {
      double loss = 0.;
      for (int t = 0; t < p.length; t++) {
        for (int i = 0; i < p[t].length; i++) {
          double e = size * (1 + t + i) * Math.exp(p[t][i] / scale);
          loss += e;
          g[t][i] += e / scale;
        }
      }
      return loss;
    };
  }

  private static final LossFunction ROSENBROCK =
      (p, g) -> {
        double[] x = p[0];
        double loss = 0.;
        for (int i = 0; i < x.length - 1; i++) {
          double u = x[i + 1] - x[i] * x[i];
          loss += 100. * u * u + (1. - x[i]) * (1. - x[i]);
          g[0][i] += -400. * u * x[i] - 2. * (1. - x[i]);
          g[0][i + 1] += 200. * u;
        }
        return loss;
      };

  // ---- Right gradients ------------------------------------------------------------------------

  static Stream<Arguments> right() {
    Stream<Arguments> scaled =
        Stream.of(1e-8, 1e-4, 1., 1e4, 1e8)
            .flatMap(
                scale ->
                    Stream.of(1e-6, 1., 1e6)
                        .map(
                            size ->
                                arguments(
                                    "exponentials of " + scale + " times " + size,
                                    exponentials(scale, size),
                                    model(scale))));
    return Stream.concat(
        scaled,
        Stream.of(
            arguments("Rosenbrock", ROSENBROCK, model(1.)),
            arguments("Rosenbrock's minimum", ROSENBROCK, new double[][] {{1., 1., 1.}}),
            arguments("logarithms", logarithms(), new double[][] {{1e-12, 1e-6, 1., 1e12}}),
            arguments("a wave", wave(), new double[][] {{0.7, -0.1}}),
            arguments("an ill-scaled bowl", bowl(), new double[][] {model(1.)[0]}),
            arguments("what is not used", unused(), model(1.)),
            arguments("what cancels", cancelling(), new double[][] {model(1.)[0]}),
            arguments("a cross entropy at zero", crossEntropy(), new double[][] {new double[6]}),
            arguments("max(x, 0) next to 0", rectified(), new double[][] {{1e-3, -1e-3, 2.}})));
  }

  private static LossFunction logarithms() {
    return (p, g) -> {
      double loss = 0.;
      for (int i = 0; i < p[0].length; i++) {
        loss -= Math.log(p[0][i]);
        g[0][i] = -1. / p[0][i];
      }
      return loss;
    };
  }

  private static LossFunction wave() {
    return (p, g) -> {
      g[0][0] = 1e7 * Math.cos(1e7 * p[0][0]);
      g[0][1] = -1e-3 * Math.sin(1e-3 * p[0][1]);
      return Math.sin(1e7 * p[0][0]) + Math.cos(1e-3 * p[0][1]);
    };
  }

  private static LossFunction bowl() {
    return (p, g) -> {
      double loss = 0.;
      for (int i = 0; i < 20; i++) {
        double weight = Math.pow(10., i - 10.);
        loss += weight * p[0][i] * p[0][i];
        g[0][i] = 2. * weight * p[0][i];
      }
      return loss;
    };
  }

  /** Only one element is, and another leaves nothing but noise. */
  private static LossFunction unused() {
    return (p, g) -> {
      g[0][7] = Math.cosh(p[0][7]);
      return Math.sinh(p[0][7]) + (1e6 * p[1][1] + 1.) - 1e6 * p[1][1];
    };
  }

  private static LossFunction cancelling() {
    return (p, g) -> {
      double loss = 0.;
      for (int i = 0; i < p[0].length; i++) {
        loss += Math.sin(p[0][i]) + 1e6;
        g[0][i] = Math.cos(p[0][i]);
      }
      return loss - 1e6 * p[0].length;
    };
  }

  private static LossFunction crossEntropy() {
    return (p, g) -> {
      double sum = Arrays.stream(p[0]).map(Math::exp).sum();
      for (int i = 0; i < p[0].length; i++) {
        g[0][i] = Math.exp(p[0][i]) / sum - (i == 2 ? 1. : 0.);
      }
      return Math.log(sum) - p[0][2];
    };
  }

  private static LossFunction rectified() {
    return (p, g) -> {
      double loss = 0.;
      for (int i = 0; i < p[0].length; i++) {
        loss += Math.max(p[0][i], 0.) * (i + 1);
        g[0][i] = p[0][i] > 0. ? i + 1 : 0.;
      }
      return loss;
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("right")
  void passesARightGradient(String name, LossFunction loss, double[][] parameters) {
    double[][] before = copy(parameters);

    GradientCheck check = GradientCheck.of(loss, parameters);

    assertThat(check.worst()).as("%s", check).isLessThan(GOOD);
    assertThat(parameters).isEqualTo(before);
  }

  // ---- Wrong gradients ------------------------------------------------------------------------

  /** What somebody may have done to a gradient of the exponentials, and the error it has. */
  private interface Mistake {
    void make(double[][] parameters, double[][] gradients);
  }

  static Stream<Arguments> mistakes() {
    Stream<Arguments> exact =
        Stream.of(
            mistake("a factor 2", 0.5, (p, g) -> g[1][3] *= 2.),
            mistake("half", 0.5, (p, g) -> g[1][3] /= 2.),
            mistake("the wrong sign", 2., (p, g) -> g[1][3] = -g[1][3]),
            mistake("a missing term", 1., (p, g) -> g[1][3] = 0.),
            mistake("a percent", 0.01 / 1.01, (p, g) -> g[1][3] *= 1.01),
            mistake("NaN", Double.POSITIVE_INFINITY, (p, g) -> g[1][3] = Double.NaN),
            mistake(
                "infinity",
                Double.POSITIVE_INFINITY,
                (p, g) -> g[1][3] = Double.NEGATIVE_INFINITY));
    return exact.flatMap(
        row ->
            Stream.of(1e-4, 1., 1e4)
                .map(scale -> arguments(row.get()[0], row.get()[1], row.get()[2], scale)));
  }

  private static Arguments mistake(String name, double error, Mistake mistake) {
    return arguments(name, error, mistake);
  }

  @ParameterizedTest(name = "{0}, {3}")
  @MethodSource("mistakes")
  void findsAWrongGradient(String name, double error, Mistake mistake, double scale) {
    LossFunction right = exponentials(scale, 1.);
    double[][] parameters = model(scale);
    double[][] gradients = {new double[20], new double[5]};
    right.evaluate(parameters, gradients);
    double expected = gradients[1][3];

    GradientCheck check =
        GradientCheck.of(
            (p, g) -> {
              double loss = right.evaluate(p, g);
              mistake.make(p, g);
              return loss;
            },
            parameters);

    mistake.make(parameters, gradients);
    assertThat(check.tensor()).isEqualTo(1);
    assertThat(check.element()).isEqualTo(3);
    assertThat(check.given()).isEqualTo(Double.valueOf(gradients[1][3]));
    assertThat(check.measured()).isCloseTo(expected, within(1e-5 * expected));
    if (Double.isInfinite(error)) {
      assertThat(check.worst()).isInfinite();
    } else {
      assertThat(check.worst()).isCloseTo(error, within(1e-3 * error));
    }
    assertThat(check.worst(1)).isEqualTo(check.worst());
    assertThat(check.worst(0)).isLessThan(GOOD);
  }

  @Test
  void findsSwappedElements() {
    GradientCheck check =
        GradientCheck.of(
            (p, g) -> {
              double loss = ROSENBROCK.evaluate(p, g);
              double swapped = g[0][4];
              g[0][4] = g[0][5];
              g[0][5] = swapped;
              return loss;
            },
            model(1.));

    assertThat(check.worst()).isGreaterThan(0.1);
    assertThat(check.tensor()).isZero();
    assertThat(check.element()).isBetween(4, 5);
  }

  @Test
  void findsASmallMistakeNextToLargeGradients() {
    GradientCheck check =
        GradientCheck.of(
            (p, g) -> {
              g[0][0] = 2e3 * p[0][0];
              g[0][1] = 4e-6; // half of it is right
              return 1e3 * p[0][0] * p[0][0] + 2e-6 * p[0][1];
            },
            new double[][] {{1., 1.}});

    assertThat(check.element()).isEqualTo(1);
    assertThat(check.worst()).isGreaterThan(1e-4);
  }

  // ---- By rows, and large models ----------------------------------------------------------------

  private static RowLossFunction rows(double factor) {
    return (p, g) -> {
      double loss = 0.;
      int[] rows = {3, 7_000, 3};
      double[] values = new double[6];
      for (int j = 0; j < rows.length; j++) {
        for (int i = 0; i < 2; i++) {
          double x = p[0][2 * rows[j] + i];
          loss += x * x;
          values[2 * j + i] = (rows[j] == 7_000 ? factor : 1.) * 2. * x;
        }
      }
      g[0] = Gradient.lazyRows(rows, values);
      g[1] = Gradient.dense(new double[] {Math.cos(p[1][0])});
      return loss + Math.sin(p[1][0]);
    };
  }

  private static double[][] table() {
    return new double[][] {
      new Random(5).doubles(20_000, -1., 1.).toArray(), {0.3}, {0.5, 0.5} // the last without any
    };
  }

  @Test
  void checksGradientsByRowsAndFindsTheFewOfALargeTable() {
    assertThat(GradientCheck.of(rows(1.), table()).worst()).isLessThan(GOOD);
    GradientCheck wrong = GradientCheck.of(rows(2.), table());
    assertThat(wrong.worst()).isCloseTo(0.5, within(1e-6));
    assertThat(wrong.element()).isBetween(14_000, 14_001);
  }

  private record Example(int row, double target) {}

  /** A row and a bias against a target. */
  private static ExampleLoss<Example> example(double factor) {
    return (x, p, g) -> {
      double error = p[1][0] - x.target;
      for (int k = 0; k < 2; k++) {
        error += Math.sin(p[0][2 * x.row + k]);
      }
      for (int k = 0; k < 2; k++) {
        g.row(0, x.row)[k] += (x.row == 3 ? factor : 1.) * error * Math.cos(p[0][2 * x.row + k]);
      }
      g.tensor(1)[0] += error;
      return error * error / 2.;
    };
  }

  @Test
  void checksTheMeanLossOfABatch() {
    Random random = new Random(11);
    List<Example> batch =
        Stream.generate(() -> new Example(random.nextInt(5), random.nextGaussian()))
            .limit(40)
            .toList();
    double[][] parameters = {model(1.)[0], {0.3}}; // of ten rows five have a gradient
    double[][] before = copy(parameters);
    for (MeanLoss<Example> right :
        List.of(
            MeanLoss.of(example(1.)).rows(0, 2),
            MeanLoss.of(example(1.)).lazyRows(0, 2).threads(1))) {
      assertThat(GradientCheck.of(right.over(batch), parameters).worst()).isLessThan(GOOD);
    }
    GradientCheck wrong =
        GradientCheck.of(MeanLoss.of(example(2.)).rows(0, 2).over(batch), parameters);

    assertThat(wrong.worst()).isCloseTo(0.5, within(1e-6));
    assertThat(wrong.tensor()).isZero();
    assertThat(wrong.element()).isBetween(6, 7);
    assertThat(wrong.worst(1)).isLessThan(GOOD);
    assertThat(parameters).isEqualTo(before);
  }

  @Test
  void ofALargeModelItTakesAThousandElementsAndAlwaysTheSame() {
    double[][] parameters = {new double[5_000], new double[30], {}, new double[800]};
    Random random = new Random(9);
    Arrays.stream(parameters).forEach(p -> Arrays.setAll(p, i -> random.nextDouble() + 0.5));
    Set<String> touched = new HashSet<>();
    double[][] before = copy(parameters);
    LossFunction loss =
        (p, g) -> {
          double sum = 0.;
          for (int t = 0; t < p.length; t++) {
            for (int i = 0; i < p[t].length; i++) {
              if (p[t][i] != before[t][i]) {
                touched.add(t + "," + i);
              }
              sum += p[t][i] * p[t][i];
              g[t][i] = 2. * p[t][i];
            }
          }
          return sum;
        };

    String table = GradientCheck.of(loss, parameters).toString();
    Set<String> first = new HashSet<>(touched);
    touched.clear();

    assertThat(GradientCheck.of(loss, parameters)).hasToString(table);
    assertThat(touched).isEqualTo(first).hasSize(1_000);
    assertThat(touched.stream().filter(at -> at.startsWith("1,"))).hasSize(30);
    assertThat(touched.stream().filter(at -> at.startsWith("3,"))).hasSize(485);
  }

  @Test
  void ofAModelOfAThousandNumbersItTakesAll() {
    double[][] parameters = {model(1.)[0], new double[980]};
    LossFunction loss =
        (p, g) -> {
          g[1][979] = 1.; // wrong: 0 is right
          return 1.;
        };

    assertThat(GradientCheck.of(loss, parameters).element()).isEqualTo(979);
  }

  @Test
  void hasALineForEachTensor() {
    GradientCheck check =
        GradientCheck.of(
            (p, g) -> {
              g[0][0] = 6.; // 3 is right
              g[1][1] = 0.5;
              return 3. * p[0][0] + 0.5 * p[1][1];
            },
            new double[][] {{1.}, {0., 0.}, {}});

    assertThat(check.toString().lines())
        .hasSize(4)
        .satisfies(
            lines -> {
              assertThat(lines.get(0))
                  .isEqualTo(
                      "tensor  elements  checked     worst   element            given"
                          + "         measured");
              assertThat(lines.get(1))
                  .matches(" {5}0 +1 +1 +5\\.0e-01 +0 +6\\.00000000 +[23]\\.\\d+");
              assertThat(lines.get(2)).matches(" {5}1 +2 +2 +\\S+ +[01] +\\S+ +\\S+");
              assertThat(lines.get(3)).matches(" {5}2 +0 +0 +- +- +- +-");
            });
    assertThat(check.worst(2)).isZero();
  }

  @Test
  void ofNoElementsThereIsNothingWrong() {
    GradientCheck check = GradientCheck.of((p, g) -> 1., new double[][] {{}});

    assertThat(check.worst()).isZero();
    assertThat(check.tensor()).isZero();
    assertThat(check.element()).isZero();
    assertThat(check.given()).isZero();
    assertThat(check.measured()).isZero();
  }

  // ---- What is rejected -----------------------------------------------------------------------

  private static final LossFunction CONSTANT = (p, g) -> 1.;

  static Stream<Arguments> bad() {
    int[] calls = {0};
    return Stream.of(
        bad(IllegalArgumentException.class, "lossFunction must be a function, got null", null),
        bad(
            IllegalArgumentException.class,
            "lossFunction must return a finite loss, got NaN",
            (p, g) -> Double.NaN),
        bad(
            IllegalArgumentException.class,
            "lossFunction must return a finite loss, got NaN and NaN next to parameters[0][0] ="
                + " 1.0",
            (p, g) -> p[0][0] == 1. ? 1. : Double.NaN),
        bad(
            IllegalArgumentException.class,
            "lossFunction must return the same loss at the same place, got 1.0, then 2.0",
            (p, g) -> ++calls[0]),
        bad(
            IllegalArgumentException.class,
            "lossFunction must give the same gradients at the same place, got 1.0, then 2.0 in"
                + " gradients[1][0]",
            new LossFunction() {
              private int count;

              @Override
              public double evaluate(double[][] p, double[][] g) {
                g[1][0] = ++count;
                return 1.;
              }
            }),
        bad(
            IllegalStateException.class,
            "lossFunction must not write to its parameters, got 5.0 instead of 3.0 in"
                + " parameters[1][0]",
            (p, g) -> p[1][0] = 5.),
        bad(
            IllegalStateException.class,
            "lossFunction must not write to its parameters, got 4.0 instead of 3.0 in"
                + " parameters[1][0]",
            (p, g) -> p[0][0] == 1. ? 1. : (p[1][0] = 4.)), // only next to the place
        bad(
            IllegalStateException.class,
            "lossFunction must leave its parameters, got another array in parameters[1]",
            (p, g) -> {
              p[1] = new double[] {3.};
              return 1.;
            }),
        bad(
            IllegalArgumentException.class,
            "gradients[0] must have the 2 elements of parameters[0], got 1",
            (p, g) -> {
              g[0] = new double[1];
              return 1.;
            }),
        bad(IllegalArgumentException.class, "mine", GradientCheckTest::throwing),
        bad(
            IllegalArgumentException.class,
            "rows[0] of gradients[0] must be one of the 2 rows of parameters[0], from 0, got 2",
            (RowLossFunction)
                (p, g) -> {
                  g[0] = Gradient.rows(new int[] {2}, new double[] {1.});
                  return 1.;
                }));
  }

  private static double throwing(double[][] p, double[][] g) {
    if (p[0][1] > 2.) { // in the midst of the differences
      throw new IllegalArgumentException("mine");
    }
    return 1.;
  }

  private static Arguments bad(
      Class<? extends RuntimeException> type, String message, LossFunction loss) {
    return arguments(type, message, loss);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("bad")
  void rejectsALossThatIsNoneAndLeavesTheParametersAsTheyWere(
      Class<? extends RuntimeException> type, String message, LossFunction loss) {
    double[][] parameters = {{1., 2.}, {3.}};
    double[][] arrays = parameters.clone();

    assertThatThrownBy(() -> GradientCheck.of(loss, parameters))
        .isExactlyInstanceOf(type)
        .hasMessage(message);
    assertThat(parameters[0]).isSameAs(arrays[0]).containsExactly(1., 2.);
    assertThat(parameters[1]).isSameAs(arrays[1]).containsExactly(3.);
  }

  static Stream<Arguments> badParameters() {
    double[] twice = {1.};
    return Stream.of(
        arguments("parameters must be an array of tensors, got null", null),
        arguments("parameters must hold at least one tensor, got 0", new double[0][]),
        arguments(
            "parameters[1] must be an array of numbers, got null", new double[][] {{1.}, null}),
        arguments(
            "parameters[1] must be a separate array, got the array of parameters[0]",
            new double[][] {twice, twice}),
        arguments(
            "parameters[1][1] must be finite, got NaN", new double[][] {{1.}, {0., Double.NaN}}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badParameters")
  void rejectsParametersThatAreNone(String message, double[][] parameters) {
    assertThatThrownBy(() -> GradientCheck.of(CONSTANT, parameters))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void rejectsATensorThatThereIsNot() {
    GradientCheck check = GradientCheck.of(CONSTANT, new double[][] {{1.}, {2.}});

    for (int tensor : new int[] {-1, 2}) {
      assertThatThrownBy(() -> check.worst(tensor))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessage("tensor must be from 0 to 1, got " + tensor);
    }
  }

  // ---- NumericalGradient ------------------------------------------------------------------------

  @Test
  void aNumericalGradientIsTheGradient() {
    double[][] parameters = model(1.);
    double[][] expected = {new double[20], new double[5]};
    double[][] actual = {new double[20], new double[5]};
    double loss = exponentials(1., 1.).evaluate(parameters, expected);
    double[][] before = copy(parameters);
    int[] calls = {0};

    double value =
        NumericalGradient.of(
                p -> {
                  calls[0]++;
                  return exponentials(1., 1.)
                      .evaluate(p, new double[][] {new double[20], new double[5]});
                })
            .evaluate(parameters, actual);

    assertThat(value).isEqualTo(loss);
    assertThat(parameters).isEqualTo(before);
    assertThat(calls[0]).isEqualTo(2 * 25 + 1);
    for (int t = 0; t < 2; t++) {
      for (int i = 0; i < actual[t].length; i++) {
        assertThat(actual[t][i]).isCloseTo(expected[t][i], within(1e-6 * expected[t][i]));
      }
    }
  }

  @Test
  void aNumericalGradientTrains() {
    LossFunction loss =
        NumericalGradient.of(p -> Math.pow(p[0][0] - 3., 2.) + Math.cosh(p[0][1] + 1.));
    Optimizer adam = Adam.builder().lr(0.1).build();
    double[][] model = {{0., 0.}};
    for (int step = 0; step < 500; step++) {
      adam.minimize(loss, model);
    }

    assertThat(model[0][0]).isCloseTo(3., within(1e-3));
    assertThat(model[0][1]).isCloseTo(-1., within(1e-3));
  }

  @Test
  void aNumericalGradientPassesOnWhatTheLossReturnsAndThrows() {
    double[][] parameters = {{0.1, 0.2, 0.3}};
    double[][] gradients = {new double[3]};

    assertThat(NumericalGradient.of(p -> Double.NaN).evaluate(parameters, gradients)).isNaN();
    assertThat(gradients[0]).containsOnly(Double.NaN);
    assertThatThrownBy(
            () ->
                NumericalGradient.of(
                        p -> {
                          if (p[0][1] < 0.2) {
                            throw new ArithmeticException("mine");
                          }
                          return 1.;
                        })
                    .evaluate(parameters, gradients))
        .isExactlyInstanceOf(ArithmeticException.class)
        .hasMessage("mine");
    assertThat(parameters[0]).containsExactly(0.1, 0.2, 0.3);
    assertThatThrownBy(() -> NumericalGradient.of(null))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("loss must be a function, got null");
  }

  private static double[][] copy(double[][] arrays) {
    return Arrays.stream(arrays).map(double[]::clone).toArray(double[][]::new);
  }
}
