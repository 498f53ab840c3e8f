package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.constraints.NonNeg;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.mllib.linalg.Vector;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.regression.LabeledPoint;
import org.apache.spark.mllib.regression.LinearRegressionModel;
import org.apache.spark.mllib.regression.LinearRegressionWithSGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps as MLlib asks for them. */
class OptimizerUpdaterTest {
  static Set<String> names() {
    return Optimizers.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void makesTheStepsOfTheOptimizer(String name) {
    OptimizerUpdater updater = new OptimizerUpdater(Optimizers.get(name));
    for (int run = 0; run < 2; run++) {
      Optimizer optimizer = Optimizers.get(name);
      if (optimizer instanceof BaseOptimizer ofKeras3) {
        ofKeras3.build(TensorSpec.of("weights", 3));
      }
      double[] expected = {0.5, -1., 2.};
      Vector weights = Vectors.dense(expected.clone());
      assertThat(updater.compute(weights, Vectors.zeros(3), 0., 1, 0.)._1.toArray())
          .containsExactly(expected);
      for (int step = 1; step <= 4; step++) {
        double[] gradient = {0.1 * step, -0.2, 0.3 / step};
        double[] before = weights.toArray().clone();
        Vector next = updater.compute(weights, Vectors.dense(gradient), 1., step, 0.)._1;
        assertThat(weights.toArray()).as("left as they were").containsExactly(before);
        optimizer.applyGradients(new double[][] {gradient}, new double[][] {expected});
        weights = next;
        assertThat(weights.toArray()).as("run %d, step %d", run, step).containsExactly(expected);
      }
    }
  }

  @Test
  void keepsConstraintsAndExclusions() {
    AdamW given = AdamW.builder().learningRate(0.1).weightDecay(0.5).build();
    given.excludeFromWeightDecay(0);
    given.constrain(0, NonNeg.of());
    AdamW expected = AdamW.builder().learningRate(0.1).weightDecay(0.5).build();
    expected.excludeFromWeightDecay(0);
    expected.constrain(0, NonNeg.of());
    double[] parameters = {0.5, 0.05};
    Vector weights = Vectors.dense(parameters.clone());
    OptimizerUpdater updater = new OptimizerUpdater(given);
    updater.compute(weights, Vectors.zeros(2), 0., 1, 0.);
    for (int step = 1; step <= 3; step++) {
      weights = updater.compute(weights, Vectors.dense(0., 1.), 1., step, 0.)._1;
      expected.applyGradients(new double[][] {{0., 1.}}, new double[][] {parameters});
    }
    assertThat(weights.toArray()).containsExactly(parameters).containsExactly(0.5, 0.);
  }

  @Test
  void trainsInMLlib() {
    Random random = new Random(4);
    List<LabeledPoint> points = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      double[] x = {random.nextGaussian(), random.nextGaussian()};
      points.add(new LabeledPoint(3. * x[0] - 2. * x[1], Vectors.dense(x)));
    }
    try (JavaSparkContext context = Contexts.local(2)) {
      LinearRegressionWithSGD regression = new LinearRegressionWithSGD(1., 200, 0., 1.);
      regression
          .optimizer()
          .setUpdater(new OptimizerUpdater(Adam.builder().lr(0.1).build()))
          .setConvergenceTol(0.);
      LinearRegressionModel model = regression.run(context.parallelize(points, 3).rdd());
      assertThat(model.weights().toArray()[0]).isCloseTo(3., within(1e-3));
      assertThat(model.weights().toArray()[1]).isCloseTo(-2., within(1e-3));
    }
  }

  @Test
  void survivesSerialization() throws Exception {
    OptimizerUpdater updater = new OptimizerUpdater(new Adam());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(updater);
    }
    OptimizerUpdater copy;
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      copy = (OptimizerUpdater) in.readObject();
    }
    Vector weights = Vectors.dense(new double[] {1.});
    assertThat(copy.compute(weights, weights, 1., 1, 0.))
        .isEqualTo(updater.compute(weights, weights, 1., 1, 0.));
  }

  @Test
  void rejectsWhatTheOptimizerHasItself() {
    OptimizerUpdater updater = new OptimizerUpdater(new Adam());
    Vector weights = Vectors.dense(new double[] {1.});
    assertThatThrownBy(() -> updater.compute(weights, weights, 0.5, 1, 0.))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stepSize must be 1, since the optimizer has its own learning rate, got 0.5");
    assertThatThrownBy(() -> updater.compute(weights, weights, 1., 1, 0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("regParam must be 0, since the optimizer has its own weight decay, got 0.1");
    assertThatThrownBy(() -> new OptimizerUpdater(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer must be an optimizer, got null");
  }
}
