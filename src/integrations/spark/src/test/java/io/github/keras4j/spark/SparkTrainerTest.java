package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.MeanLoss;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.OptimizerState;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steps of a trainer, whose tasks are threads of this process. */
class SparkTrainerTest {
  private static final int STEPS = 5;

  private static JavaSparkContext context;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  private static Optimizer adam() {
    return Adam.builder().lr(0.05).build();
  }

  private static SparkTrainer.Builder<Example> builder() {
    return SparkTrainer.<Example>builder(adam())
        .exampleLoss(Problem.byRows())
        .rows(0, Problem.WIDTH);
  }

  private static JavaRDD<Example> data(int partitions) {
    return context.parallelize(Problem.examples(200), partitions);
  }

  private static double[][] train(SparkTrainer<Example> trainer, JavaRDD<Example> data)
      throws IOException {
    double[][] parameters = Problem.parameters();
    trainer.train(data, parameters, STEPS);
    return parameters;
  }

  // ---- The same bits --------------------------------------------------------------------------

  @ParameterizedTest(name = "{0} partitions, {1} sums at most on the driver")
  @CsvSource({"1, 8", "3, 8", "3, 1", "16, 8", "16, 16", "16, 1"})
  void makesTheStepsOfOneMachine(int partitions, int fanIn) throws IOException {
    JavaRDD<Example> data = data(partitions);
    double[][] expected = Problem.parameters();
    double[] losses = Problem.train(adam(), data.glom().collect(), expected, STEPS);

    List<TrainedStep> steps = new ArrayList<>();
    SparkTrainer<Example> byRows = builder().fanIn(fanIn).listener(steps::add).build();
    assertThat(train(byRows, data)).isDeepEqualTo(expected);
    for (int step = 1; step <= STEPS; step++) {
      assertThat(steps.get(step - 1)).isEqualTo(new TrainedStep(step, losses[step - 1], 200));
    }
    SparkTrainer<Example> dense =
        SparkTrainer.<Example>builder(adam()).exampleLoss(Problem.dense()).fanIn(fanIn).build();
    assertThat(train(dense, data)).isDeepEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} examples in {1} parts")
  @CsvSource({"200, 1", "200, 3", "200, 16", "3, 16"})
  void makesTheStepsOfMeanLoss(int count, int parts) throws IOException {
    List<Example> examples = Problem.examples(count);
    double[][] expected = Problem.parameters();
    MeanLoss<Example> loss =
        MeanLoss.of(Problem.byRows()).lazyRows(0, Problem.WIDTH).parts(parts).threads(2);
    Optimizer optimizer = adam();
    for (int step = 0; step < STEPS; step++) {
      optimizer.minimize(loss.over(examples), expected);
    }
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(adam())
            .exampleLoss(Problem.byRows())
            .lazyRows(0, Problem.WIDTH)
            .build();
    assertThat(train(trainer, context.parallelize(examples, parts))).isDeepEqualTo(expected);
  }

  @Test
  void takesALossOfAllExamplesAtOnce() throws IOException {
    ExampleLoss<Example> one = Problem.dense();
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(adam())
            .batchLoss(
                (examples, parameters, gradients) -> {
                  double sum = 0.;
                  while (examples.hasNext()) {
                    sum += one.add(examples.next(), parameters, gradients);
                  }
                  return sum;
                })
            .build();
    assertThat(train(trainer, data(3))).isDeepEqualTo(train(builder().build(), data(3)));
  }

  @Test
  void trainsOnADataset() throws IOException {
    SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    ExampleLoss<Example> loss = Problem.byRows();
    SparkTrainer<Long> trainer =
        SparkTrainer.<Long>builder(adam())
            .exampleLoss(
                (i, parameters, gradients) ->
                    loss.add(Problem.examples(200).get(i.intValue()), parameters, gradients))
            .rows(0, Problem.WIDTH)
            .build();
    double[][] parameters = Problem.parameters();
    trainer.train(session.range(0, 200, 1, 3).as(Encoders.LONG()), parameters, STEPS);
    assertThat(parameters).isDeepEqualTo(train(builder().build(), data(3)));
  }

  @Test
  void drawsTheSameMiniBatchesEveryTime() throws IOException {
    SparkTrainer.Builder<Example> half = builder().miniBatchFraction(0.5).seed(7);
    List<TrainedStep> steps = new ArrayList<>();
    double[][] first = train(half.listener(steps::add).build(), data(16));
    double[][] second =
        train(
            SparkTrainer.<Example>builder(adam())
                .exampleLoss(Problem.dense())
                .miniBatchFraction(0.5)
                .seed(7)
                .fanIn(16)
                .build(),
            data(16));
    assertThat(second).isDeepEqualTo(first);

    Set<Long> counts = new HashSet<>();
    steps.forEach(step -> counts.add(step.examples()));
    assertThat(counts).hasSizeGreaterThan(1).allMatch(count -> count > 70 && count < 130);
  }

  @Test
  void drawsOtherMiniBatchesWithAnotherSeed() throws IOException {
    SparkTrainer.Builder<Example> one = builder().miniBatchFraction(0.5).seed(7);
    SparkTrainer.Builder<Example> other = builder().miniBatchFraction(0.5).seed(8);
    assertThat(Arrays.deepEquals(train(one.build(), data(3)), train(other.build(), data(3))))
        .isFalse();
  }

  @Test
  void goesOnFromParametersThatTheCallerHasChanged() throws IOException {
    double[][] expected = Problem.parameters();
    Optimizer optimizer = adam();
    List<List<Example>> partitions = data(3).glom().collect();
    Problem.train(optimizer, partitions, expected, 2);
    expected[1][0] = 0.25;
    Problem.train(optimizer, partitions, expected, 3);

    double[][] parameters = Problem.parameters();
    SparkTrainer<Example> trainer =
        builder()
            .listener(
                step -> {
                  if (step.step() == 2) {
                    parameters[1][0] = 0.25;
                  }
                })
            .build();
    trainer.train(data(3), parameters, STEPS);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void endsWhereItWasToldTo() throws IOException {
    SparkTrainer<Example> trainer = builder().build();
    double[][] parameters = Problem.parameters();
    trainer.train(data(3), parameters, 2);
    assertThat(trainer.step()).isEqualTo(2);
    trainer.train(data(3), parameters, STEPS);
    trainer.train(data(3), parameters, STEPS);
    assertThat(trainer.step()).isEqualTo(STEPS);
    assertThat(parameters).isDeepEqualTo(train(builder().build(), data(3)));
  }

  // ---- Faults ---------------------------------------------------------------------------------

  @Test
  void trainsOnFewerExamplesThanPartitions() throws IOException {
    JavaRDD<Example> data = context.parallelize(Problem.examples(3), 16);
    double[][] expected = Problem.parameters();
    Problem.train(adam(), data.glom().collect(), expected, STEPS);
    assertThat(train(builder().build(), data)).isDeepEqualTo(expected);
  }

  @Test
  void rejectsDataWithoutExamples() {
    for (JavaRDD<Example> data :
        List.of(context.<Example>emptyRDD(), context.parallelize(new ArrayList<Example>(), 16))) {
      assertThatThrownBy(() -> train(builder().build(), data))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "step 1 must have at least one example, got none:"
                  + " the data are empty or miniBatchFraction is too small");
    }
  }

  @Test
  void changesNothingWhereATaskThrows() throws IOException {
    goesOnAfter(
        (x, parameters, gradients) -> {
          throw new IllegalStateException("no such example");
        },
        SparkException.class,
        "no such example");
  }

  @Test
  void changesNothingWhereTheLossIsNotFinite() throws IOException {
    goesOnAfter(
        (x, parameters, gradients) -> Double.NaN,
        IllegalStateException.class,
        "loss of step 3 must be finite, got NaN");
  }

  @Test
  void changesNothingWhereAGradientIsNotFinite() throws IOException {
    goesOnAfter(
        (x, parameters, gradients) -> {
          gradients.tensor(1)[2] = Double.POSITIVE_INFINITY;
          return 1.;
        },
        IllegalStateException.class,
        "gradients[1][2] of step 3 must be finite, got Infinity");
    goesOnAfter(
        (x, parameters, gradients) -> {
          gradients.row(0, 7)[1] = Double.NaN;
          return 1.;
        },
        IllegalStateException.class,
        "gradients[0][22] of step 3 must be finite, got NaN");
  }

  private static volatile boolean faulty;

  /** The third step fails; when the fault is over, the training goes on with the right numbers. */
  private static void goesOnAfter(
      ExampleLoss<Example> fault, Class<? extends Exception> type, String message)
      throws IOException {
    ExampleLoss<Example> loss = Problem.byRows();
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(adam())
            .exampleLoss(
                (x, parameters, gradients) -> (faulty ? fault : loss).add(x, parameters, gradients))
            .rows(0, Problem.WIDTH)
            .listener(step -> faulty = step.step() == 2)
            .build();
    double[][] parameters = Problem.parameters();
    assertThatThrownBy(() -> trainer.train(data(3), parameters, STEPS))
        .isInstanceOf(type)
        .hasMessageContaining(message);
    faulty = false;
    assertThat(trainer.step()).isEqualTo(2);
    trainer.train(data(3), parameters, STEPS);
    assertThat(parameters).isDeepEqualTo(train(builder().build(), data(3)));
  }

  @Test
  void rejectsParametersThatAreNotFiniteBeforeTheStep() throws IOException {
    for (double value : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      Optimizer optimizer = adam();
      SparkTrainer<Example> trainer =
          SparkTrainer.<Example>builder(optimizer)
              .exampleLoss(
                  (x, given, gradients) -> {
                    gradients.tensor(1)[1] = 1.;
                    return 1.;
                  })
              .build();
      double[][] parameters = Problem.parameters();
      trainer.train(data(1), parameters, 1);
      OptimizerState before = optimizer.getState();
      parameters[1][2] = value;
      double[][] given = Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
      assertThatThrownBy(() -> trainer.train(data(1), parameters, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("parameters[1][2] must be finite before step 2, got " + value);
      assertThat(Arrays.deepEquals(parameters, given)).isTrue();
      assertThat(optimizer.getState()).isEqualTo(before);
      assertThat(trainer.step()).isOne();
    }
  }

  @Test
  void rejectsParametersThatChangeDuringAStep() {
    double[][] parameters = Problem.parameters();
    shared = parameters;
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(adam())
            .exampleLoss(
                (x, given, gradients) -> {
                  shared[1][0] += 1.;
                  return 1.;
                })
            .build();
    assertThatThrownBy(() -> trainer.train(data(3), parameters, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("parameters must not change during a step, got a change in step 1");
    assertThat(trainer.step()).isZero();
  }

  private static double[][] shared;

  @Test
  void rejectsALossThatLeavesExamples() {
    SparkTrainer<Example> trainer =
        SparkTrainer.<Example>builder(adam())
            .batchLoss((examples, parameters, gradients) -> examples.next().target)
            .build();
    assertThatThrownBy(() -> train(trainer, data(1)))
        .hasMessageContaining("loss must take all examples of partition 0, got only the first 1");
  }

  @Test
  void rejectsWhatIsNotValid() {
    assertThatThrownBy(() -> SparkTrainer.builder(null))
        .hasMessage("optimizer must be present, got null");
    assertThatThrownBy(() -> SparkTrainer.builder(adam()).build())
        .hasMessage("a trainer needs a loss: set exampleLoss or batchLoss");
    assertThatThrownBy(() -> builder().miniBatchFraction(0.))
        .hasMessage("miniBatchFraction must be above 0 and at most 1, got 0.0");
    assertThatThrownBy(() -> builder().miniBatchFraction(Double.NaN))
        .hasMessage("miniBatchFraction must be above 0 and at most 1, got NaN");
    assertThatThrownBy(() -> builder().fanIn(0)).hasMessage("fanIn must be at least 1, got 0");
    assertThatThrownBy(() -> builder().rows(-1, 1)).hasMessage("tensor must be at least 0, got -1");
    assertThatThrownBy(() -> builder().rows(1, 0)).hasMessage("width must be at least 1, got 0");
    assertThatThrownBy(() -> builder().checkpoints(null, 1))
        .hasMessage("folder must be present, got null");
    assertThatThrownBy(() -> builder().checkpoints("x", 0))
        .hasMessage("every must be at least 1, got 0");
    assertThatThrownBy(() -> builder().keep(0)).hasMessage("keep must be at least 1, got 0");
    assertThatThrownBy(() -> builder().exampleLoss(null))
        .hasMessage("loss must be present, got null");
    assertThatThrownBy(() -> builder().listener(null))
        .hasMessage("listener must be present, got null");
    SparkTrainer<Example> trainer = builder().build();
    assertThatThrownBy(() -> trainer.train(data(1), Problem.parameters(), -1))
        .hasMessage("steps must be at least 0, got -1");
    assertThatThrownBy(() -> trainer.train(data(1), null, 1))
        .hasMessage("parameters must be an array of tensors, got null");
    assertThatThrownBy(() -> trainer.train(data(1), new double[0][], 1))
        .hasMessage("parameters must hold at least one tensor, got 0");
    assertThatThrownBy(() -> trainer.train(data(1), new double[1][], 1))
        .hasMessage("parameters[0] must be an array of numbers, got null");
    assertThatThrownBy(() -> trainer.train(data(1), new double[][] {{1., 2.}}, 1))
        .hasMessage("parameters[0] must hold whole rows of 3, got 2 elements");
    SparkTrainer<Example> beyond = builder().rows(9, 1).build();
    assertThatThrownBy(() -> beyond.train(data(1), Problem.parameters(), 1))
        .hasMessage("parameters[9] must hold whole rows of 1, got 3 tensors");
  }
}
