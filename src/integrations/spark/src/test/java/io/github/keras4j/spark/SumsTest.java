package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.ExampleLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.Test;

/** How sums travel is a matter of bytes, and never changes a bit. */
class SumsTest {
  private static final int ROWS = 20_000;
  private static final int WIDTH = 8;
  private static final int STEPS = 3;

  /** What Spark was asked for. */
  private static final class Asked extends SparkListener {
    private final AtomicInteger jobs = new AtomicInteger();
    private final AtomicInteger shuffled = new AtomicInteger(); // tasks that wrote for others

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      jobs.incrementAndGet();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd task) {
      if (task.taskMetrics().shuffleWriteMetrics().bytesWritten() > 0) {
        shuffled.incrementAndGet();
      }
    }
  }

  private static JavaSparkContext context(String maxResultSize) {
    SparkConf configuration =
        Contexts.configuration("local[2]").set("spark.driver.maxResultSize", maxResultSize);
    return new JavaSparkContext(configuration);
  }

  private static JavaRDD<Integer> data(JavaSparkContext context, int partitions) {
    Integer[] numbers = new Random(4).ints(64, 0, ROWS).boxed().toArray(Integer[]::new);
    return context.parallelize(Arrays.asList(numbers), partitions);
  }

  /** Touches so many rows for each example. */
  private static ExampleLoss<Integer> byRows(int touched) {
    return (x, parameters, gradients) -> {
      for (int i = 0; i < touched; i++) {
        int row = (x + i) % ROWS;
        double[] sum = gradients.row(0, row);
        for (int k = 0; k < WIDTH; k++) {
          sum[k] += parameters[0][row * WIDTH + k] - x;
        }
      }
      return x;
    };
  }

  private static ExampleLoss<Integer> dense() {
    return (x, parameters, gradients) -> {
      double[] sum = gradients.tensor(0);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += parameters[0][i] - x;
      }
      return x;
    };
  }

  private static double[][] train(
      SparkTrainer.Builder<Integer> builder, JavaRDD<Integer> data, Asked asked)
      throws IOException {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(data.context());
    context.sc().addSparkListener(asked);
    double[][] parameters = {new Random(7).doubles(ROWS * WIDTH).toArray()};
    builder.build().train(data, parameters, STEPS);
    try {
      context.sc().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
    context.sc().removeSparkListener(asked);
    return parameters;
  }

  private static SparkTrainer.Builder<Integer> denseTrainer() {
    return SparkTrainer.<Integer>builder(new Adam()).exampleLoss(dense());
  }

  private static SparkTrainer.Builder<Integer> rowTrainer(int touched) {
    return SparkTrainer.<Integer>builder(new Adam()).exampleLoss(byRows(touched)).rows(0, WIDTH);
  }

  @Test
  void areAddedByTheDriverWhereTheyFitWhateverTheirNumber() throws IOException {
    try (JavaSparkContext context = context("1g")) {
      for (Supplier<SparkTrainer.Builder<Integer>> trainer :
          List.<Supplier<SparkTrainer.Builder<Integer>>>of(
              SumsTest::denseTrainer, () -> rowTrainer(5))) {
        Asked asked = new Asked();
        double[][] parameters = train(trainer.get(), data(context, 64), asked);
        assertThat(asked.shuffled).hasValue(0);
        assertThat(asked.jobs).hasValue(STEPS);
        assertThat(parameters)
            .isDeepEqualTo(train(trainer.get().fanIn(1), data(context, 64), new Asked()));
      }
    }
  }

  @Test
  void neverExceedWhatSparkAllowsAJob() throws IOException {
    double[][] expected;
    try (JavaSparkContext context = context("1g")) {
      expected = train(denseTrainer(), data(context, 3), new Asked());
    }
    // A sum has 1,280,000 bytes: not three, and not even one fit.
    for (String maxResultSize : List.of("3m", "1m")) {
      try (JavaSparkContext context = context(maxResultSize)) {
        Asked asked = new Asked();
        assertThat(train(denseTrainer(), data(context, 3), asked)).isDeepEqualTo(expected);
        assertThat(asked.shuffled).hasPositiveValue();
      }
    }
  }

  @Test
  void ofRowsTurnOutToBeTooLargeOnlyOnce() throws IOException {
    double[][] expected;
    try (JavaSparkContext context = context("1g")) {
      expected = train(rowTrainer(ROWS), data(context, 3), new Asked());
    }
    try (JavaSparkContext context = context("3m")) {
      Asked asked = new Asked();
      assertThat(train(rowTrainer(ROWS), data(context, 3), asked)).isDeepEqualTo(expected);
      Asked few = new Asked();
      train(rowTrainer(3), data(context, 3), few);
      assertThat(few.jobs).hasValue(STEPS);
      assertThat(asked.shuffled).as("shuffles of each step").hasValue(3 * STEPS);
      assertThat(asked.jobs).as("a first that came to nothing").hasValueGreaterThan(STEPS);
    }
  }

  @Test
  void areAddedAsFanInSaysWhereItIsSet() throws IOException {
    try (JavaSparkContext context = context("1g")) {
      Asked asked = new Asked();
      double[][] expected = train(denseTrainer(), data(context, 4), asked);
      assertThat(asked.shuffled).hasValue(0);
      Asked byExecutors = new Asked();
      assertThat(train(denseTrainer().fanIn(3), data(context, 4), byExecutors))
          .isDeepEqualTo(expected);
      assertThat(byExecutors.shuffled).hasValue(4 * STEPS);
      Asked byDriver = new Asked();
      assertThat(train(denseTrainer().fanIn(4), data(context, 4), byDriver))
          .isDeepEqualTo(expected);
      assertThat(byDriver.shuffled).hasValue(0);
    }
  }

  @Test
  void haveALimit() {
    long limit = new DriverLimit(1_000_000).bytes();
    assertThat(new DriverLimit(limit).allows(10, 90_000)).isTrue();
    assertThat(new DriverLimit(limit).allows(10, 100_000)).isFalse();
    assertThat(new DriverLimit(limit).slices(500_000)).isEqualTo(1);
    assertThat(new DriverLimit(limit).slices(1_000_000)).isEqualTo(2);
    try (JavaSparkContext context = context("40m")) {
      assertThat(DriverLimit.of(context).bytes()).isEqualTo(10L << 20);
    }
    long most = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 4);
    for (String none : List.of("0", "100g")) {
      try (JavaSparkContext context = context(none)) {
        assertThat(DriverLimit.of(context).bytes()).isEqualTo(most);
      }
    }
  }
}
