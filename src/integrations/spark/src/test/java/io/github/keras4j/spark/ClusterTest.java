package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.MeanLoss;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.spark.Problem.Example;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The steps of a trainer on a cluster of processes, which are killed while they work. */
class ClusterTest {
  private static final int STEPS = 6;
  private static final int PARTITIONS = 9;

  private static JavaSparkContext context;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    context = Contexts.cluster(2);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  private static Optimizer adam() {
    return Adam.builder().lr(0.05).clipnorm(0.1).build();
  }

  private static SparkTrainer.Builder<Example> builder(ExampleLoss<Example> loss) {
    return SparkTrainer.<Example>builder(adam()).exampleLoss(loss).rows(0, Problem.WIDTH);
  }

  private static JavaRDD<Example> data() {
    return context.parallelize(Problem.examples(200), PARTITIONS);
  }

  private static double[][] expected() {
    double[][] expected = Problem.parameters();
    Problem.train(adam(), data().glom().collect(), expected, STEPS);
    return expected;
  }

  @Test
  void tellsOfALossThatWritesToItsParameters() {
    SparkTrainer<Example> trainer =
        builder(
                (x, parameters, gradients) -> {
                  parameters[1][0] += 1e-9;
                  return 1.;
                })
            .build();
    double[][] parameters = Problem.parameters();
    assertThatThrownBy(() -> trainer.train(data(), parameters, STEPS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("loss must not write to parameters, got a change in step 1");
    assertThat(parameters).isDeepEqualTo(Problem.parameters());
  }

  @Test
  void tellsOfALossThatWritesToShards() {
    for (ShardedTrainerTest.Fault fault :
        List.<ShardedTrainerTest.Fault>of(
            view -> view.tensor(2)[0] = 1., WritingLosses::writeToARow)) {
      ShardedTrainer<Example> trainer =
          sharded(ShardedTrainerTest.disturbed(fault)).checkpoints(folder.toString(), 2).build();
      assertThatThrownBy(() -> trainer.train(data(), STEPS))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("loss must not write to parameters, got a change in step 1");
    }
  }

  /** Faults that executors know by name. */
  private static final class WritingLosses {
    private WritingLosses() {}

    static double writeToARow(ParameterView view) {
      for (int row = 0; row < Problem.ROWS; row++) {
        try {
          view.row(0, row)[0] += 1e-9;
        } catch (IllegalArgumentException notAskedFor) {
          continue;
        }
      }
      return 0.;
    }
  }

  @Test
  void makesTheStepsOfMeanLoss() throws IOException {
    double[][] expected = Problem.parameters();
    MeanLoss<Example> loss =
        MeanLoss.of(Problem.byRows()).rows(0, Problem.WIDTH).parts(PARTITIONS).threads(2);
    Optimizer optimizer = adam();
    for (int step = 0; step < STEPS; step++) {
      optimizer.minimize(loss.over(Problem.examples(200)), expected);
    }
    double[][] parameters = Problem.parameters();
    builder(Problem.byRows()).build().train(data(), parameters, STEPS);
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void makesTheStepsOfOneMachine() throws IOException {
    for (int fanIn : new int[] {1, PARTITIONS}) {
      double[][] parameters = Problem.parameters();
      builder(Problem.byRows()).fanIn(fanIn).build().train(data(), parameters, STEPS);
      assertThat(parameters).isDeepEqualTo(expected());
    }
  }

  @Test
  void makesTheSameStepsWhereAnExecutorDiesInATask() throws IOException {
    String marker = folder.resolve("died").toString();
    ExampleLoss<Example> loss = Problem.byRows();
    JavaRDD<Example> cached = data().cache();
    AtomicInteger removed = countRemoved();
    double[][] parameters = Problem.parameters();
    double third = third();
    builder(
            (x, given, gradients) -> {
              if (given[2][0] == third) {
                dieOnce(Path.of(marker));
              }
              return loss.add(x, given, gradients);
            })
        .fanIn(1)
        .build()
        .train(cached, parameters, STEPS);
    cached.unpersist();
    assertThat(Path.of(marker)).exists();
    assertThat(removed.get()).isPositive();
    assertThat(parameters).isDeepEqualTo(expected());
  }

  /** The bias after two steps, by which a task knows the third. */
  private static double third() {
    double[][] parameters = Problem.parameters();
    Problem.train(adam(), data().glom().collect(), parameters, 2);
    return parameters[2][0];
  }

  private static void dieOnce(Path marker) throws IOException {
    try {
      Files.createFile(marker);
    } catch (FileAlreadyExistsException diedBefore) {
      return;
    }
    Runtime.getRuntime().halt(1);
  }

  @Test
  void makesTheSameStepsWhereAnExecutorDiesInTheSum() throws IOException {
    List<Long> processes = data().map(x -> ProcessHandle.current().pid()).distinct().collect();
    assertThat(processes).isNotEmpty();
    AtomicInteger removed = countRemoved();
    Set<Integer> stages = new HashSet<>();
    AtomicInteger killed = new AtomicInteger();
    SparkListener killer =
        new SparkListener() {
          @Override
          public void onTaskStart(SparkListenerTaskStart task) {
            // Two stages in each step: that of the gradients, and that of their sums.
            if (stages.add(task.stageId()) && stages.size() == 4) {
              ProcessHandle.of(processes.get(0)).orElseThrow().destroyForcibly();
              killed.incrementAndGet();
            }
          }
        };
    context.sc().addSparkListener(killer);
    double[][] parameters = Problem.parameters();
    builder(Problem.byRows()).fanIn(1).build().train(data(), parameters, STEPS);
    context.sc().removeSparkListener(killer);
    assertThat(killed.get()).isOne();
    assertThat(removed.get()).isPositive();
    assertThat(parameters).isDeepEqualTo(expected());
  }

  /** In three shards, where an executor dies once in the third step. */
  private ShardedTrainer.Builder<Example> dying() {
    String marker = folder.resolve("died").toString();
    double third = third();
    return sharded(
        ShardedTrainerTest.disturbed(
            view -> {
              if (Math.abs(view.tensor(2)[0] - third) < 1e-12) {
                dieOnce(Path.of(marker));
              }
              return 0.;
            }));
  }

  private static ShardedTrainer.Builder<Example> sharded(ShardedLoss<Example> loss) {
    return ShardedTrainer.<Example>builder(adam(), ShardedTrainerTest.SPECS)
        .loss(loss)
        .rows(0, Problem.WIDTH)
        .initial(ShardedTrainerTest.initial())
        .shards(3);
  }

  @Test
  void makesTheSameStepsWhereAnExecutorDiesThatHasShards() throws IOException {
    AtomicInteger removed = countRemoved();
    List<double[][]> results = new ArrayList<>();
    for (ShardedTrainer.Builder<Example> builder :
        List.of(dying(), sharded(new ShardedTrainerTest.ByRows()))) {
      ShardedTrainer<Example> trainer =
          builder.checkpoints(folder.resolve("checkpoints" + results.size()).toString(), 4).build();
      trainer.train(data(), STEPS);
      results.add(trainer.parameters());
    }
    assertThat(folder.resolve("died")).exists();
    assertThat(removed.get()).isPositive();
    assertThat(results.get(0)).isDeepEqualTo(results.get(1));
  }

  @Test
  void saysThatShardsAreLostWhereThereAreNoCheckpoints() {
    ShardedTrainer<Example> trainer = dying().build();
    assertThatThrownBy(() -> trainer.train(data(), STEPS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "step 3 must have all shards, got a loss of some with an executor:"
                + " set checkpoints, from which they are computed again");
    assertThat(trainer.step()).isEqualTo(2);
  }

  private static AtomicInteger countRemoved() {
    AtomicInteger removed = new AtomicInteger();
    context
        .sc()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onExecutorRemoved(SparkListenerExecutorRemoved executor) {
                removed.incrementAndGet();
              }
            });
    return removed;
  }
}
