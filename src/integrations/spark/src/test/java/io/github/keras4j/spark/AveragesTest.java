package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Optimizers;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.mllib.linalg.Vector;
import org.apache.spark.mllib.linalg.Vectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model is evaluated with whose optimizer averages, as on one machine. */
class AveragesTest {
  private static final int STEPS = 5;
  private static final String NEITHER =
      "averagedParameters needs use_ema or ScheduleFreeAdamW, got neither";

  private static JavaSparkContext context;
  private static JavaRDD<Example> data;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
    data = context.parallelize(Problem.examples(50), 3);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  private static BaseOptimizer optimizer(String name) {
    Map<String, Object> config =
        name.equals("Adam")
            ? Map.of("learning_rate", 0.05, "use_ema", true, "ema_momentum", 0.9)
            : Map.of("learning_rate", 0.05);
    return (BaseOptimizer)
        Optimizers.deserialize(
            Map.of("module", "keras.optimizers", "class_name", name, "config", config));
  }

  private static double[][] ofOneMachine(BaseOptimizer optimizer) {
    double[][] parameters = Problem.parameters();
    Problem.train(optimizer, data.glom().collect(), parameters, STEPS);
    double[][] averages = optimizer.averagedParameters(parameters);
    assertThat(averages[0]).isNotEqualTo(parameters[0]);
    return averages;
  }

  private static ShardedTrainer.Builder<Example> sharded(BaseOptimizer optimizer) {
    return ShardedTrainer.<Example>builder(optimizer, ShardedTrainerTest.SPECS)
        .loss(new ShardedTrainerTest.ByRows())
        .rows(0, Problem.WIDTH)
        .initial(ShardedTrainerTest.initial())
        .shards(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adam", "ScheduleFreeAdamW"})
  void areTheSameAsOnOneMachine(String name) throws IOException {
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(optimizer(name)).exampleLoss(Problem.dense()).build();
    double[][] parameters = Problem.parameters();
    trainer.train(data, parameters, STEPS);
    assertThat(trainer.averagedParameters(parameters)).isDeepEqualTo(ofOneMachine(optimizer(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adam", "ScheduleFreeAdamW"})
  void areTheSameAsOnOneMachineInShards(String name) throws IOException {
    ShardedTrainer<Example> trainer = sharded(optimizer(name)).build();
    trainer.train(data, STEPS);
    assertThat(trainer.averagedParameters()).isDeepEqualTo(ofOneMachine(optimizer(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adam", "ScheduleFreeAdamW"})
  void areTheSameAsOnOneMachineInMLlib(String name) {
    OptimizerUpdater updater = new OptimizerUpdater(optimizer(name));
    BaseOptimizer optimizer = optimizer(name);
    double[][] expected = {{0.5, -1., 2.}};
    Vector weights = Vectors.dense(expected[0].clone());
    weights = updater.compute(weights, Vectors.zeros(3), 0., 1, 0.)._1;
    for (int step = 1; step <= STEPS; step++) {
      double[] gradient = {0.1 * step, -0.2, 0.3 / step};
      weights = updater.compute(weights, Vectors.dense(gradient), 1., step, 0.)._1;
      optimizer.applyGradients(new double[][] {gradient}, expected);
    }
    double[] averages = updater.averagedParameters(weights).toArray();
    assertThat(averages).containsExactly(optimizer.averagedParameters(expected)[0]);
    assertThat(averages).isNotEqualTo(weights.toArray());
  }

  @Test
  void areRejectedWhereThereAreNone() throws IOException {
    SparkTrainer.Builder<Example> builder =
        SparkTrainer.<Example>builder(Optimizers.get("sgd")).exampleLoss(Problem.dense());
    assertThatThrownBy(() -> builder.build().averagedParameters(Problem.parameters()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("averagedParameters needs an optimizer of Keras 3, got ");
    BaseOptimizer plain =
        (BaseOptimizer)
            Optimizers.deserialize(
                Map.of("module", "keras.optimizers", "class_name", "Adam", "config", Map.of()));
    ShardedTrainer<Example> trainer = sharded(plain).build();
    assertThatThrownBy(trainer::averagedParameters)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("parameters are known when a training has begun, not before");
    trainer.train(data, 1);
    assertThatThrownBy(trainer::averagedParameters)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(NEITHER);
    OptimizerUpdater updater = new OptimizerUpdater(plain);
    Vector weights = Vectors.zeros(2);
    assertThatThrownBy(() -> updater.averagedParameters(weights))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("averages are known when a run has begun, not before");
    updater.compute(weights, weights, 1., 1, 0.);
    assertThatThrownBy(() -> updater.averagedParameters(weights))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(NEITHER);
    assertThatThrownBy(() -> updater.averagedParameters(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights must be present, got null");
  }
}
