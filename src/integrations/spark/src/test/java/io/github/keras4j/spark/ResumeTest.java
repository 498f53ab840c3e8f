package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.keras3.AdamW;
import io.github.keras4j.optimizers.schedules.CosineDecay;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How far a training goes, and under which conditions it goes on from a checkpoint. */
class ResumeTest {
  private static JavaSparkContext context;
  private static JavaRDD<Example> data;

  @TempDir Path folder;

  private final double[][] parameters = Problem.parameters();

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
    data = data(3);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  private static JavaRDD<Example> data(int partitions) {
    return context.parallelize(Problem.examples(50), partitions);
  }

  private static Optimizer adam() {
    return Adam.builder().lr(0.05).build();
  }

  private SparkTrainer.Builder<Example> builder(Optimizer optimizer) {
    return SparkTrainer.<Example>builder(optimizer)
        .exampleLoss(Problem.dense())
        .checkpoints(folder.toString(), 2);
  }

  private SparkTrainer<Example> trainer(
      UnaryOperator<SparkTrainer.Builder<Example>> configuration) {
    return configuration.apply(builder(adam())).build();
  }

  private ShardedTrainer<Example> sharded(
      Optimizer optimizer,
      int shards,
      UnaryOperator<ShardedTrainer.Builder<Example>> configuration) {
    return configuration
        .apply(
            ShardedTrainer.<Example>builder(optimizer, ShardedTrainerTest.SPECS)
                .loss(new ShardedTrainerTest.ByRows())
                .rows(0, Problem.WIDTH)
                .initial(ShardedTrainerTest.initial())
                .shards(shards)
                .checkpoints(folder.toString(), 2))
        .build();
  }

  private ShardedTrainer<Example> sharded() {
    return sharded(adam(), 2, builder -> builder);
  }

  private List<Long> saved() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("step-\\d{12}-[0-9a-f]{12}(\\.npz)?"))
          .map(name -> Long.parseLong(name.substring(5, 17)))
          .sorted()
          .toList();
    }
  }

  private static double[][] uninterrupted(long steps) throws IOException {
    double[][] parameters = Problem.parameters();
    SparkTrainer.<Example>builder(adam())
        .exampleLoss(Problem.dense())
        .build()
        .train(data, parameters, steps);
    return parameters;
  }

  // ---- How far --------------------------------------------------------------------------------

  @Test
  void trainsSoManyStepsMore() throws IOException {
    trainer(b -> b).train(data, parameters, 3);
    double[][] resumed = Problem.parameters();
    SparkTrainer<Example> trainer = trainer(b -> b);
    trainer.trainMore(data, resumed, 2);
    assertThat(trainer.step()).isEqualTo(5);
    trainer.trainMore(data, resumed, 0);
    trainer.trainMore(data, resumed, 1);
    assertThat(resumed).isDeepEqualTo(uninterrupted(6));
  }

  @Test
  void trainsShardsSoManyStepsMore() throws IOException {
    sharded().train(data, 3);
    ShardedTrainer<Example> trainer = sharded();
    trainer.trainMore(data, 3);
    assertThat(trainer.step()).isEqualTo(6);
    assertThat(trainer.parameters()).isDeepEqualTo(uninterrupted(6));
  }

  @Test
  void resumesWithoutAStep() throws IOException {
    double[][] resumed = Problem.parameters();
    assertThat(trainer(b -> b).resume(context, resumed)).isZero();
    assertThat(resumed).isDeepEqualTo(Problem.parameters());
    trainer(b -> b).train(data, parameters, 3);

    SparkTrainer<Example> trainer = trainer(b -> b);
    assertThat(trainer.resume(context, resumed)).isEqualTo(3);
    assertThat(trainer.step()).isEqualTo(3);
    assertThat(resumed).isDeepEqualTo(parameters);
    trainer.train(data, resumed, 5);
    assertThat(resumed).isDeepEqualTo(uninterrupted(5));
    assertThat(trainer.resume(context, resumed)).isEqualTo(5);
  }

  @Test
  void resumesShardsWithoutAStep() throws IOException {
    assertThat(sharded().resume(context)).isZero();
    sharded().train(data, 3);
    ShardedTrainer<Example> trainer = sharded();
    assertThat(trainer.resume(context)).isEqualTo(3);
    assertThat(trainer.parameters()).isDeepEqualTo(uninterrupted(3));
  }

  @Test
  void stopsWhenItIsTold() throws IOException {
    List<Long> told = new ArrayList<>();
    SparkTrainer<Example> trainer =
        trainer(b -> b.listener(step -> told.add(step.step())).stopWhen(step -> step.step() == 3));
    trainer.train(data, parameters, 9);
    assertThat(trainer.step()).isEqualTo(3);
    assertThat(told).containsExactly(1L, 2L, 3L);
    assertThat(saved()).contains(3L);
    assertThat(parameters).isDeepEqualTo(uninterrupted(3));
  }

  @Test
  void takesMoreStepsThanCanBeCounted() throws IOException {
    SparkTrainer<Example> trainer = trainer(b -> b.stopWhen(step -> step.step() % 2 == 0));
    trainer.trainMore(data, parameters, Long.MAX_VALUE);
    trainer.trainMore(data, parameters, Long.MAX_VALUE);
    assertThat(parameters).isDeepEqualTo(uninterrupted(4));
  }

  @Test
  void leavesOutTheCheckpointAtTheEnd() throws IOException {
    trainer(b -> b.checkpointAtEnd(false)).train(data, parameters, 3);
    assertThat(saved()).contains(2L).doesNotContain(3L);
    trainer(b -> b.checkpointAtEnd(false).stopWhen(step -> step.step() == 5))
        .train(data, parameters, 9);
    assertThat(saved()).contains(4L).doesNotContain(5L);
  }

  @Test
  void rejectsFewerStepsThanHaveBeenMade() throws IOException {
    String message =
        "steps must be at least 3, which have been made, got 2; trainMore makes so many more";
    SparkTrainer<Example> trainer = trainer(b -> b);
    trainer.train(data, parameters, 3);
    assertThatThrownBy(() -> trainer.train(data, parameters, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    double[][] resumed = Problem.parameters();
    assertThatThrownBy(() -> trainer(b -> b).train(data, resumed, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThat(resumed).isDeepEqualTo(Problem.parameters());
  }

  // ---- Under which conditions -----------------------------------------------------------------

  @Test
  void rejectsAnotherNumberOfPartitions() throws IOException {
    trainer(b -> b).train(data, parameters, 2);
    double[][] resumed = Problem.parameters();
    assertThatThrownBy(() -> trainer(b -> b).train(data(4), resumed, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "data must have 3 partitions, as before the checkpoint, got 4: sums would have other"
                + " last bits. Make as many of them (repartition by a key, then"
                + " sortWithinPartitions), or set acceptOtherBits");
    assertThat(resumed).isDeepEqualTo(Problem.parameters());
    SparkTrainer<Example> later = trainer(b -> b);
    later.resume(context, resumed);
    assertThatThrownBy(() -> later.train(data(4), resumed, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("data must have 3 partitions, as before the checkpoint, got 4");
    assertThat(later.step()).isEqualTo(2);

    SparkTrainer<Example> accepting = trainer(SparkTrainer.Builder::acceptOtherBits);
    accepting.train(data(4), resumed, 4);
    assertThat(accepting.step()).isEqualTo(4);
  }

  @Test
  void rejectsAnotherSeedWhereMiniBatchesAreDrawn() throws IOException {
    trainer(b -> b.miniBatchFraction(0.5).seed(1)).train(data, parameters, 2);
    assertThatThrownBy(
            () -> trainer(b -> b.miniBatchFraction(0.5).seed(2)).train(data, parameters, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "seed must be 1, as before the checkpoint, got 2: mini-batches would be others;"
                + " or set acceptOtherBits");
    assertThatThrownBy(() -> trainer(b -> b.seed(1)).train(data, parameters, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "miniBatchFraction must be 0.5, as before the checkpoint, got 1.0;"
                + " or set acceptOtherBits");
  }

  @Test
  void takesAnotherSeedWhereAllExamplesAreTaken() throws IOException {
    trainer(b -> b.seed(1)).train(data, parameters, 2);
    trainer(b -> b.seed(2)).train(data, parameters, 4);
    assertThat(parameters).isDeepEqualTo(uninterrupted(4));
  }

  @Test
  void rejectsShardsThatWouldGoOnOtherwise() throws IOException {
    sharded().train(data, 2);
    assertThatThrownBy(() -> sharded().train(data(4), 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("data must have 3 partitions, as before the checkpoint, got 4");
    assertThatThrownBy(() -> sharded(adam(), 3, b -> b).train(data, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shards must be 2, as in the checkpoint ")
        .hasMessageEndingWith(", got 3");
    assertThatThrownBy(() -> sharded(new SGD(), 2, b -> b).train(data, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("checkpoint ")
        .hasMessageEndingWith("state must have class SGD, got \"Adam\"");
    ShardedTrainer<Example> accepting = sharded(adam(), 2, ShardedTrainer.Builder::acceptOtherBits);
    accepting.train(data(4), 4);
    assertThat(accepting.step()).isEqualTo(4);
  }

  @Test
  void goesOnFromACheckpointThatDoesNotSay() throws IOException {
    trainer(b -> b).train(data, parameters, 2);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".conditions")).toList()) {
        Files.delete(file);
      }
    }
    trainer(b -> b).train(data, parameters, 4);
    assertThat(parameters).isDeepEqualTo(uninterrupted(4));
  }

  @Test
  void rejectsTheFolderOfAnotherKindOfTrainer() throws IOException {
    sharded().train(data, 2);
    assertThatThrownBy(() -> trainer(b -> b).train(data, parameters, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "folder must hold checkpoints of a SparkTrainer, got some of a ShardedTrainer in %s",
            folder);
    assertThat(parameters).isDeepEqualTo(Problem.parameters());
  }

  @Test
  void rejectsTheFolderOfAWholeModel() throws IOException {
    trainer(b -> b).train(data, parameters, 2);
    assertThatThrownBy(() -> sharded().train(data, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "folder must hold checkpoints of a ShardedTrainer, got some of a SparkTrainer in %s",
            folder);
  }

  // ---- The learning rate ----------------------------------------------------------------------

  @Test
  void goesOnWithTheRateThatIsConfiguredNow() throws IOException {
    builder(adam()).build().train(data, parameters, 2);
    Optimizer faster = Adam.builder().lr(0.2).build();
    builder(faster).build().train(data, parameters, 4);
    assertThat(faster.getLr()).isEqualTo(0.2);

    double[][] expected = Problem.parameters();
    Optimizer optimizer = adam();
    SparkTrainer<Example> uninterrupted =
        SparkTrainer.<Example>builder(optimizer)
            .exampleLoss(Problem.dense())
            .listener(step -> optimizer.setLr(step.step() >= 2 ? 0.2 : 0.05))
            .build();
    uninterrupted.train(data, expected, 4);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void goesOnWithTheRateThatTheTrainingHasLowered() throws IOException {
    Optimizer first = adam();
    builder(first).listener(step -> first.setLr(0.01)).build().train(data, parameters, 2);
    Optimizer again = adam();
    builder(again).build().train(data, parameters, 4);
    assertThat(again.getLr()).isEqualTo(0.01);
  }

  @Test
  void goesOnWithWhatTheListenerChangedAfterTheStepOfTheCheckpoint() throws IOException {
    for (long end : new long[] {2, 6}) { // interrupted once, then not again
      Optimizer optimizer = adam();
      builder(optimizer)
          .listener(
              step -> {
                if (step.step() == 2) {
                  optimizer.setLr(0.01);
                  parameters[0][0] = 7.;
                }
              })
          .build()
          .train(data, parameters, end);
      assertThat(optimizer.getLr()).isEqualTo(0.01);
      parameters[0][0] = end == 2 ? 0. : parameters[0][0]; // to be read from the checkpoint
    }

    double[][] expected = Problem.parameters();
    Optimizer uninterrupted = adam();
    SparkTrainer.<Example>builder(uninterrupted)
        .exampleLoss(Problem.dense())
        .listener(
            step -> {
              if (step.step() == 2) {
                uninterrupted.setLr(0.01);
                expected[0][0] = 7.;
              }
            })
        .build()
        .train(data, expected, 6);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void goesOnWithTheScheduleThatIsConfiguredNow() throws IOException {
    AdamW constant = AdamW.builder().learningRate(0.1).build();
    builder(constant).build().train(data, parameters, 2);
    AdamW cosine =
        AdamW.builder()
            .learningRate(CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build())
            .build();
    builder(cosine).build().train(data, parameters, 3);
    assertThat(cosine.getLearningRate())
        .isEqualTo(CosineDecay.builder().initialLearningRate(0.1).decaySteps(10).build().at(3));
  }

  @Test
  void goesOnWithTheRateThatIsConfiguredNowInShards() throws IOException {
    sharded().train(data, 2);
    ShardedTrainer<Example> faster = sharded(Adam.builder().lr(0.2).build(), 2, builder -> builder);
    faster.train(data, 4);

    double[][] expected = Problem.parameters();
    Optimizer optimizer = adam();
    SparkTrainer.<Example>builder(optimizer)
        .exampleLoss(Problem.dense())
        .listener(step -> optimizer.setLr(step.step() >= 2 ? 0.2 : 0.05))
        .build()
        .train(data, expected, 4);
    assertThat(faster.parameters()).isDeepEqualTo(expected);
  }

  // ---- Bad input ------------------------------------------------------------------------------

  @Test
  void rejectsWhatIsNotValid() {
    assertThatThrownBy(() -> trainer(b -> b.stopWhen(null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stopWhen must be present, got null");
    assertThatThrownBy(() -> trainer(b -> b).trainMore(data, parameters, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("steps must be at least 0, got -1");
    assertThatThrownBy(() -> sharded().trainMore(data, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("steps must be at least 0, got -1");
    assertThatThrownBy(() -> trainer(b -> b).resume(null, parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("context must be present, got null");
    assertThatThrownBy(() -> sharded().resume(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("context must be present, got null");
    assertThatThrownBy(
            () ->
                SparkTrainer.<Example>builder(adam())
                    .exampleLoss(Problem.dense())
                    .build()
                    .resume(context, parameters))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a trainer that resumes needs checkpoints");
    ShardedTrainer<Example> withoutFolder =
        ShardedTrainer.<Example>builder(adam(), ShardedTrainerTest.SPECS)
            .loss(new ShardedTrainerTest.ByRows())
            .initial(ShardedTrainerTest.initial())
            .shards(2)
            .build();
    assertThatThrownBy(() -> withoutFolder.resume(context))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a trainer that resumes needs checkpoints");
  }
}
