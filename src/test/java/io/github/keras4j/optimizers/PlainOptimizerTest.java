package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.engine.SumOfSquares;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.plain.Plain;
import io.github.keras4j.optimizers.plain.PlainOptimizer3;
import io.github.keras4j.optimizers.support.Bits;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.Generation;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.RandomTraining;
import io.github.keras4j.optimizers.tables.SomeRows;
import io.github.keras4j.optimizers.tables.Trait;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the library with the plainest code for its formulas, far beyond the golden data. */
class PlainOptimizerTest {
  private static final String ELEMENT_BY_ELEMENT = "elementByElement";
  private static final int TRAININGS = 10;
  private static final int TRAININGS_BY_ROWS = 6;
  private static final int STEPS = 8;

  /** How far from exact sums a formula that sums may lead. */
  private static final int ULPS = 16;

  /** The last is longer than what one thread takes at a time. */
  private static final TensorSpec[] SPECS = {
    TensorSpec.of("scale"),
    TensorSpec.of("dense/bias", 33),
    TensorSpec.of("empty/bias", 0),
    TensorSpec.of("dense/kernel", 7, 4),
    TensorSpec.of("embedding/embeddings", 5, 60),
    TensorSpec.of("conv/kernel", 2, 3, 4),
    TensorSpec.of("b", 41_000)
  };

  private static final int[] LENGTHS = Arrays.stream(SPECS).mapToInt(TensorSpec::length).toArray();

  private static final int[] ROWS =
      Arrays.stream(SPECS).mapToInt(spec -> spec.length() / spec.rowLength()).toArray();

  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.OptimizerTable#withFormula")
  void anyConfigurationAgreesWithPlainCode(Entry entry) {
    int ulps = entry.is(Trait.SUMS_OVER_ELEMENTS) ? ULPS : 0;
    for (int seed = 0; seed < TRAININGS; seed++) {
      RandomTraining training = new RandomTraining(seed);
      new Comparison(entry, training, ulps)
          .run(
              (optimizer, parameters) -> {
                double[][] gradients = training.gradients(LENGTHS);
                if (entry.isOf(Generation.KERAS_3)) {
                  training.loseSome(gradients);
                }
                optimizer.applyGradients(gradients, parameters);
                return gradients;
              });
    }
  }

  @ParameterizedTest
  @MethodSource(ELEMENT_BY_ELEMENT)
  void anyConfigurationAgreesByRowsWithPlainCodeForWholeTensors(Entry entry) {
    for (int seed = 0; seed < TRAININGS_BY_ROWS; seed++) {
      RandomTraining training = new RandomTraining(1_000 + seed);
      new Comparison(entry, training, 0)
          .run(
              (optimizer, parameters) -> {
                Gradient[] gradients = training.gradients(entry.isOf(Generation.KERAS_3), SPECS);
                optimizer.applyGradients(gradients, parameters);
                return SomeRows.dense(gradients, LENGTHS);
              });
    }
  }

  static Stream<Entry> elementByElement() {
    return OptimizerTable.withFormula().filter(entry -> !entry.is(Trait.SUMS_OVER_ELEMENTS));
  }

  /** The library's optimizer and plain code, over the same gradients. */
  private static final class Comparison {
    private final Optimizer optimizer;
    private final Plain plain;
    private final double[][] parameters;
    private final double[][] expected;
    private final int ulps;
    private final String at;

    Comparison(Entry entry, RandomTraining training, int ulps) {
      boolean ofKeras3 = entry.isOf(Generation.KERAS_3);
      Map<String, Object> config = training.config(entry);
      Map<String, List<Object>> excluded = ofKeras3 ? training.excluded() : null;
      optimizer = built(entry.factory().apply(config), excluded, SPECS);
      parameters = training.parameters(LENGTHS);
      expected = Bits.copy(parameters);
      plain = entry.plain(optimizer.getConfig(), SPECS, excluded, parameters);
      this.ulps = ulps;
      at = entry + " " + config + " without " + excluded;
    }

    /** Makes a step, and returns the gradients of whole tensors. */
    private interface Call {
      double[][] make(Optimizer optimizer, double[][] parameters);
    }

    void run(Call call) {
      for (int step = 1; step <= STEPS; step++) {
        plain.step(call.make(optimizer, parameters), expected);
        Bits.assertWithin(ulps, at + ", after " + step, parameters, expected);
      }
      if (optimizer instanceof BaseOptimizer base) {
        PlainOptimizer3 plain3 = (PlainOptimizer3) plain;
        assertThat(base.getIterations()).as(at).isEqualTo(plain3.iterations());
        assertThat(base.getLearningRate()).as(at).isEqualTo(plain3.learningRate());
        double[][] weights = base.getWeights().toArray(double[][]::new);
        Bits.assertWithin(ulps, at + ", weights", weights, plain3.values());
        base.finalizeVariableValues(parameters);
        plain3.finalizeVariableValues(expected);
        Bits.assertWithin(ulps, at + ", finalized", parameters, expected);
      }
    }
  }

  private static Optimizer built(
      Optimizer optimizer, Map<String, List<Object>> excluded, TensorSpec... specs) {
    if (optimizer instanceof BaseOptimizer base) {
      base.build(specs);
      OptimizerTable.exclude(base, excluded);
    }
    return optimizer;
  }

  /** Next to plain code over tensors that have no other rows than those that are touched. */
  @ParameterizedTest
  @MethodSource(ELEMENT_BY_ELEMENT)
  void anyConfigurationAgreesLazilyWithPlainCodeForTheTouchedRows(Entry entry) {
    for (int seed = 0; seed < TRAININGS_BY_ROWS; seed++) {
      RandomTraining training = new RandomTraining(2_000 + seed);
      Map<String, Object> config = training.config(entry);
      config.remove("gradient_accumulation_steps"); // with which lazy rows are rejected
      Map<String, List<Object>> excluded =
          entry.isOf(Generation.KERAS_3) ? training.excluded() : null;
      Optimizer optimizer = built(entry.factory().apply(config), excluded, SPECS);
      SomeRows touched = training.rows(SPECS);
      double[][] parameters = training.parameters(LENGTHS);
      double[][] before = Bits.copy(parameters);
      double[][] expected = touched.of(parameters);
      Plain plain = entry.plain(optimizer.getConfig(), specsOf(touched), excluded, expected);
      String at = entry + " " + config + " without " + excluded;
      for (int step = 1; step <= STEPS; step++) {
        double[][] gradients =
            training.gradients(Arrays.stream(expected).mapToInt(x -> x.length).toArray());
        optimizer.applyGradients(lazy(touched, gradients), parameters);
        plain.step(gradients, expected);
        Bits.assertWithin(0, at + ", after " + step, touched.of(parameters), expected);
      }
      if (optimizer instanceof BaseOptimizer base) {
        base.finalizeVariableValues(parameters);
        ((PlainOptimizer3) plain).finalizeVariableValues(expected);
        Bits.assertWithin(0, at + ", finalized", touched.of(parameters), expected);
      }
      SomeRows others = touched.complement(ROWS);
      Bits.assertSame(at + ", elsewhere", others.of(parameters), others.of(before));
    }
  }

  private static TensorSpec[] specsOf(SomeRows touched) {
    TensorSpec[] specs = SPECS.clone();
    for (int tensor = 0; tensor < specs.length; tensor++) {
      int[] shape = specs[tensor].shape();
      if (shape.length > 0) {
        shape[0] = touched.rows()[tensor].length;
        specs[tensor] = new TensorSpec(specs[tensor].name(), shape);
      }
    }
    return specs;
  }

  private static Gradient[] lazy(SomeRows touched, double[][] gradients) {
    return IntStream.range(0, gradients.length)
        .mapToObj(tensor -> Gradient.lazyRows(touched.rows()[tensor], gradients[tensor]))
        .toArray(Gradient[]::new);
  }

  /** But momentum-free SGD, which keeps no velocity that could be infinite. */
  @ParameterizedTest
  @MethodSource("io.github.keras4j.optimizers.tables.OptimizerTable#withFormula")
  void extremeGradientsFlowThroughAsInPlainCode(Entry entry) {
    double[] extremes = {
      0.,
      -0.,
      1.,
      Double.MIN_VALUE,
      -1e-200,
      1e200,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    Map<String, Object> defaults = new HashMap<>(entry.optimizer(Map.of(), 4).getConfig());
    defaults.computeIfPresent("momentum", (name, momentum) -> 0.9);
    for (String clip : Arrays.asList("no clip", "clipnorm", "clipvalue")) {
      Map<String, Object> config = new HashMap<>(defaults);
      if (entry.generation().clips.contains(clip)) {
        config.put(clip, 0.5);
      }
      for (double extreme : extremes) {
        double[][] parameters = {{1., -0., 0., -2.}};
        double[][] expected = Bits.copy(parameters);
        Optimizer optimizer = entry.optimizer(config, 4);
        Plain plain = entry.plain(optimizer.getConfig(), OptimizerTable.specs(4), null, parameters);
        for (int step = 0; step < 4; step++) {
          double[] gradients = {0., 0., -0., 0.5};
          gradients[step] = extreme;
          optimizer.applyGradients(new double[][] {gradients}, parameters);
          plain.step(new double[][] {gradients}, expected);
          // Every NaN is the same here; the two zeros are not.
          assertThat(Arrays.deepEquals(parameters, expected))
              .as(
                  "%s %s, %s: %s instead of %s",
                  entry,
                  config,
                  extreme,
                  Arrays.toString(parameters[0]),
                  Arrays.toString(expected[0]))
              .isTrue();
        }
      }
    }
  }

  @Test
  void squaresOfTheGradientsAddWithoutRounding() {
    double[] gradients = Bits.flat(new RandomTraining(1).gradients(100_000));
    double sum = 0.;
    long exact = 0;
    for (double g : gradients) {
      sum += g * g;
      exact += (long) (g * 1024.) * (long) (g * 1024.);
    }
    assertThat(sum).isEqualTo(exact / (1024. * 1024.));
    assertThat(SumOfSquares.of(gradients, 0, gradients.length)).isEqualTo(sum);
  }
}
