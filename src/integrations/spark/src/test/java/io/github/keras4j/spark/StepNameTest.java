package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Adam;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark's pages show which step a job and a stage belong to. */
class StepNameTest {
  @TempDir Path folder;

  /** What the pages would show. */
  private static final class Shown extends SparkListener {
    private final List<String> jobs = new CopyOnWriteArrayList<>();
    private final List<String> stages = new CopyOnWriteArrayList<>();

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      jobs.add(job.properties().getProperty("spark.job.description"));
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted stage) {
      stages.add(stage.stageInfo().name());
    }

    private void waitFor(JavaSparkContext context) throws Exception {
      context.sc().listenerBus().waitUntilEmpty();
    }

    private Set<String> jobs() {
      return new TreeSet<>(jobs);
    }

    private Set<String> stages() {
      return new TreeSet<>(stages);
    }
  }

  @Test
  void isThatOfTheJobsAndStages() throws Exception {
    try (JavaSparkContext context = Contexts.local(1)) {
      Shown shown = new Shown();
      context.sc().addSparkListener(shown);
      JavaRDD<Problem.Example> data = context.parallelize(Problem.examples(20), 3);
      SparkTrainer.<Problem.Example>builder(new Adam())
          .exampleLoss(Problem.dense())
          .fanIn(1)
          .build()
          .train(data, Problem.parameters(), 2);
      shown.waitFor(context);
      assertThat(shown.jobs()).containsExactly("SparkTrainer, step 1", "SparkTrainer, step 2");
      assertThat(shown.stages()).containsExactly("step 1", "step 2");
      assertThat(context.getLocalProperty("spark.job.description")).isNull();
      assertThat(context.getLocalProperty("callSite.short")).isNull();

      shown.jobs.clear();
      shown.stages.clear();
      context.setJobGroup("mine", "fold 3");
      ShardedTrainer.<Problem.Example>builder(new Adam(), ShardedTrainerTest.SPECS)
          .loss(new ShardedTrainerTest.ByRows())
          .rows(0, Problem.WIDTH)
          .initial(ShardedTrainerTest.initial())
          .shards(2)
          .checkpoints(folder.toString(), 2)
          .build()
          .train(data, 2);
      shown.waitFor(context);
      assertThat(shown.jobs())
          .containsExactly("fold 3, step 1", "fold 3, step 2", "fold 3, step 2: checkpoint");
      assertThat(shown.stages()).containsExactly("step 1", "step 2", "step 2: checkpoint");
      assertThat(context.getLocalProperty("spark.job.description")).isEqualTo("fold 3");
    }
  }
}
