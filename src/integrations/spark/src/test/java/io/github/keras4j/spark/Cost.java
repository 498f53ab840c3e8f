package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.optimization.GradientDescent;
import org.apache.spark.mllib.optimization.LeastSquaresGradient;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Tuple2;

/**
 * What a step costs on a local cluster of two executors, as a table: with a loss that costs next to
 * nothing, so that what is left is broadcast, sum and step.
 */
public final class Cost {
  private static final int PARTITIONS = 16;
  private static final int WARM_UP = 3;
  private static final int STEPS = 5;

  private final JavaSparkContext context;
  private final LongAdder shuffled = new LongAdder();
  private final LongAdder collected = new LongAdder();

  private Cost(JavaSparkContext context) {
    this.context = context;
    context
        .sc()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onTaskEnd(SparkListenerTaskEnd task) {
                if (task.taskMetrics() != null) {
                  shuffled.add(task.taskMetrics().shuffleWriteMetrics().bytesWritten());
                  collected.add(task.taskMetrics().resultSize());
                }
              }
            });
  }

  /**
   * Measures.
   *
   * @param args none
   * @throws IOException if no temporary folder can be made
   */
  public static void main(String[] args) throws IOException {
    SparkConf configuration =
        Contexts.clusterConfiguration(2)
            .set("spark.executor.memory", "1g")
            .set("spark.executor.extraJavaOptions", "");
    try (JavaSparkContext context = new JavaSparkContext(configuration)) {
      Cost cost = new Cost(context);
      System.out.println("| parameters | how | seconds | shuffled MB | to the driver MB |");
      System.out.println("|-|-|-|-|-|");
      for (int n : new int[] {10_000, 1_000_000, 4_000_000}) {
        cost.measure(n, "Adam's step alone", cost.stepAlone(n));
        cost.measure(n, "SparkTrainer, sums by executors", cost.trainer(n, 1));
        cost.measure(n, "SparkTrainer, sums on the driver", cost.trainer(n, PARTITIONS));
        cost.measure(n, "treeAggregate, then Adam", cost.treeAggregate(n));
        cost.measureSharded(n);
        cost.measureRun(n, "MLlib's GradientDescent, with Adam", cost.gradientDescent(n));
      }
    }
  }

  /** One step. */
  private interface Step {
    void make() throws IOException;
  }

  private void measure(int n, String how, Step step) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      step.make();
    }
    settle();
    shuffled.reset();
    collected.reset();
    double[] seconds = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      long start = System.nanoTime();
      step.make();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    settle();
    print(n, how, seconds[STEPS / 2], STEPS);
  }

  /** Steps that cannot be made one by one: the time of more of them, less that of fewer. */
  private void measureRun(int n, String how, Run run) throws IOException {
    run.make(WARM_UP);
    long start = System.nanoTime();
    run.make(1);
    long one = System.nanoTime() - start;
    settle();
    shuffled.reset();
    collected.reset();
    start = System.nanoTime();
    run.make(1 + STEPS);
    double seconds = (System.nanoTime() - start - one) / 1e9 / STEPS;
    settle();
    print(n, how, seconds, 1 + STEPS);
  }

  /** Many steps. */
  private interface Run {
    void make(int steps);
  }

  private void print(int n, String how, double seconds, int steps) {
    System.out.printf(
        Locale.ROOT,
        "| %,d | %s | %.4f | %.1f | %.1f |%n",
        n,
        how,
        seconds,
        shuffled.sum() / 1e6 / steps,
        collected.sum() / 1e6 / steps);
  }

  /** Metrics come a moment after their task. */
  private static void settle() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private JavaRDD<Integer> data() {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      numbers.add(i);
    }
    return context.parallelize(numbers, PARTITIONS).cache();
  }

  private Step stepAlone(int n) {
    Adam adam = new Adam();
    double[][] parameters = {new double[n]};
    double[][] gradients = {new double[n]};
    Arrays.fill(gradients[0], 0.5);
    return () -> adam.applyGradients(gradients, parameters);
  }

  /** Numbers that no compression makes shorter. */
  private static double[] random(int from, int to) {
    return new Random(from).doubles(to - from).toArray();
  }

  private static double add(int x, double[] p, double[] g) {
    for (int i = 0; i < g.length; i++) {
      g[i] += p[i] - x;
    }
    return 1.;
  }

  private Step trainer(int n, int fanIn) {
    SparkTrainer<Integer> trainer =
        SparkTrainer.<Integer>builder(new Adam())
            .exampleLoss((x, parameters, gradients) -> add(x, parameters[0], gradients.tensor(0)))
            .fanIn(fanIn)
            .build();
    double[][] parameters = {random(0, n)};
    JavaRDD<Integer> data = data();
    return () -> trainer.train(data, parameters, trainer.step() + 1);
  }

  /** One training, since it would write a checkpoint at its end; the time between its steps. */
  private void measureSharded(int n) throws IOException {
    long[] begin = new long[1];
    ShardedTrainer<Integer> trainer =
        ShardedTrainer.<Integer>builder(new Adam(), TensorSpec.of("all", n))
            .loss((x, view, gradients) -> add(x, view.tensor(0), gradients.tensor(0)))
            .initial((tensor, from, to) -> random(from, to))
            .shards(2)
            .checkpoints("target/cost-" + System.nanoTime(), 1_000_000)
            .listener(
                step -> {
                  if (step.step() == WARM_UP) {
                    settle();
                    shuffled.reset();
                    collected.reset();
                    begin[0] = System.nanoTime();
                  } else if (step.step() == WARM_UP + STEPS) {
                    double seconds = (System.nanoTime() - begin[0]) / 1e9 / STEPS;
                    settle();
                    print(n, "ShardedTrainer, 2 shards", seconds, STEPS);
                  }
                })
            .build();
    trainer.train(data(), WARM_UP + STEPS + 1);
  }

  private Step treeAggregate(int n) {
    Adam adam = new Adam();
    double[][] parameters = {random(0, n)};
    JavaRDD<Integer> data = data();
    return () -> {
      Broadcast<double[][]> broadcast = context.broadcast(parameters);
      double[] sum =
          data.treeAggregate(
              new double[n],
              (g, x) -> {
                add(x, broadcast.value()[0], g);
                return g;
              },
              (a, b) -> {
                for (int i = 0; i < a.length; i++) {
                  a[i] += b[i];
                }
                return a;
              },
              2);
      broadcast.destroy();
      for (int i = 0; i < n; i++) {
        sum[i] /= PARTITIONS;
      }
      adam.applyGradients(new double[][] {sum}, parameters);
    };
  }

  private Run gradientDescent(int n) {
    JavaRDD<Tuple2<Object, org.apache.spark.mllib.linalg.Vector>> data =
        data()
            .map(
                x ->
                    new Tuple2<>((Object) 1., Vectors.sparse(n, new int[] {x}, new double[] {1.})));
    data.cache();
    return steps ->
        GradientDescent.runMiniBatchSGD(
            data.rdd(),
            new LeastSquaresGradient(),
            new OptimizerUpdater(new Adam()),
            1.,
            steps,
            0.,
            1.,
            Vectors.dense(random(0, n)),
            0.);
  }
}
