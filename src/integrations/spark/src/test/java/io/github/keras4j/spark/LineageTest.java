package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Adam;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark has to describe of a sharded model does not grow with the steps. */
class LineageTest {
  @TempDir Path folder;

  private static ShardedTrainer.Builder<Problem.Example> builder() {
    return ShardedTrainer.<Problem.Example>builder(new Adam(), ShardedTrainerTest.SPECS)
        .loss(new ShardedTrainerTest.ByRows())
        .rows(0, Problem.WIDTH)
        .initial(ShardedTrainerTest.initial())
        .shards(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void staysAsLongAsItIs(boolean checkpoints) throws Exception {
    ShardedTrainer.Builder<Problem.Example> builder = builder();
    if (checkpoints) {
      builder.checkpoints(folder.toString(), 1_000_000);
    }
    AtomicInteger longest = new AtomicInteger();
    try (JavaSparkContext context = Contexts.local(1)) {
      context
          .sc()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onStageSubmitted(SparkListenerStageSubmitted stage) {
                  longest.accumulateAndGet(stage.stageInfo().rddInfos().size(), Math::max);
                }
              });
      ShardedTrainer<Problem.Example> trainer = builder.build();
      trainer.train(context.parallelize(Problem.examples(20), 1), 26);
      context.sc().listenerBus().waitUntilEmpty();
      int ofTheFirst = longest.getAndSet(0);
      assertThat(ofTheFirst).isBetween(2, 150);
      trainer.train(context.parallelize(Problem.examples(20), 1), 60);
      context.sc().listenerBus().waitUntilEmpty();
      assertThat(longest.get()).isLessThanOrEqualTo(ofTheFirst);
    }
  }

  @Test
  void makesTheSameStepsWithoutCheckpoints() throws IOException {
    try (JavaSparkContext context = Contexts.local(2)) {
      var data = context.parallelize(Problem.examples(60), 4);
      ShardedTrainer<Problem.Example> trainer = builder().build();
      trainer.train(data, 6);
      ShardedTrainer<Problem.Example> checkpointed =
          builder().checkpoints(folder.toString(), 2).build();
      checkpointed.train(data, 6);
      assertThat(trainer.parameters()).isDeepEqualTo(checkpointed.parameters());
    }
  }
}
