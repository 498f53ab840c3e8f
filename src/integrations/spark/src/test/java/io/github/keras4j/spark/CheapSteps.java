package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.MeanLoss;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.mllib.linalg.Vector;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.optimization.Gradient;
import org.apache.spark.mllib.optimization.GradientDescent;
import org.apache.spark.mllib.optimization.Updater;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Tuple2;

/**
 * Ways to make steps with Adam on a local cluster of two executors, and what they cost: with a loss
 * that costs next to nothing, so that what is left is broadcast, sum and step. Gradients are dense
 * and full of digits. There is one example in each partition.
 */
final class CheapSteps implements AutoCloseable {
  private static final int WARM_UP = 3;
  private static final int STEPS = 5;
  private static final double ON_ONE_MACHINE = 2.; // seconds before, for HotSpot to compile
  private static final ExampleLoss<Integer> LOSS =
      (x, parameters, gradients) -> add(x, parameters[0], gradients.tensor(0));

  private final JavaSparkContext context;
  private final LongAdder shuffled = new LongAdder();
  private final LongAdder collected = new LongAdder();

  CheapSteps() {
    SparkConf configuration =
        Contexts.clusterConfiguration(2)
            .set("spark.executor.memory", "1g")
            .set("spark.executor.extraJavaOptions", "");
    context = new JavaSparkContext(configuration);
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

  @Override
  public void close() {
    context.close();
  }

  /** Makes steps. */
  interface Way {
    void make(int steps, Runnable afterEach) throws IOException;
  }

  /** One step. */
  private interface Step {
    void make() throws IOException;
  }

  private static Way each(Supplier<Step> maker) {
    return each(0., maker);
  }

  private static Way each(double secondsBefore, Supplier<Step> maker) {
    return (steps, afterEach) -> {
      Step step = maker.get();
      for (long end = System.nanoTime() + (long) (secondsBefore * 1e9); System.nanoTime() < end; ) {
        step.make();
      }
      for (int i = 0; i < steps; i++) {
        step.make();
        afterEach.run();
      }
    };
  }

  /**
   * What a warmed step costs.
   *
   * @param seconds the median
   * @param shuffled bytes that tasks write for others
   * @param collected bytes of results to the driver
   */
  record Cost(double seconds, double shuffled, double collected) {}

  /** Measures, or returns null where a way needs more memory than there is. */
  Cost measure(Way way) throws IOException {
    long[] times = new long[WARM_UP + STEPS];
    int[] made = {0};
    try {
      way.make(
          times.length,
          () -> {
            if (made[0] == WARM_UP - 1) {
              settle();
              shuffled.reset();
              collected.reset();
            }
            times[made[0]++] = System.nanoTime();
          });
    } catch (Exception e) { // Spark's are not declared
      if (e instanceof IOException unexpected) {
        throw unexpected;
      }
      return null;
    } finally {
      context.getPersistentRDDs().values().forEach(JavaRDD::unpersist);
    }
    settle();
    double[] seconds =
        IntStream.range(WARM_UP, times.length)
            .mapToDouble(i -> (times[i] - times[i - 1]) / 1e9)
            .sorted()
            .toArray();
    return new Cost(
        seconds[STEPS / 2], shuffled.sum() / (double) STEPS, collected.sum() / (double) STEPS);
  }

  /** Metrics come a moment after their task. */
  private static void settle() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Integer> examples(int partitions) {
    return IntStream.range(0, partitions).boxed().toList();
  }

  private JavaRDD<Integer> data(int partitions) {
    return context.parallelize(examples(partitions), partitions).cache();
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

  /** On one machine, without Spark: the optimizer alone. */
  Way optimizer(int n) {
    return each(
        ON_ONE_MACHINE,
        () -> {
          Optimizer adam = new Adam();
          double[][] parameters = {random(0, n)};
          double[][] gradients = {random(0, n)};
          return () -> adam.applyGradients(gradients, parameters);
        });
  }

  /** On one machine, without Spark. */
  Way meanLoss(int n, int partitions) {
    return each(
        ON_ONE_MACHINE,
        () -> {
          Optimizer adam = new Adam();
          double[][] parameters = {random(0, n)};
          MeanLoss<Integer> loss = MeanLoss.of(LOSS).parts(partitions);
          return () -> adam.minimize(loss.over(examples(partitions)), parameters);
        });
  }

  /** By {@link SparkTrainer}, with the sums decided by bytes. */
  Way trainer(int n, int partitions) {
    return trainer(n, partitions, SparkTrainer.builder(new Adam()));
  }

  /** By {@link SparkTrainer}, with the sums decided by their number. */
  Way trainer(int n, int partitions, int fanIn) {
    return trainer(n, partitions, SparkTrainer.<Integer>builder(new Adam()).fanIn(fanIn));
  }

  private Way trainer(int n, int partitions, SparkTrainer.Builder<Integer> builder) {
    return each(
        () -> {
          SparkTrainer<Integer> trainer = builder.exampleLoss(LOSS).build();
          double[][] parameters = {random(0, n)};
          JavaRDD<Integer> data = data(partitions);
          return () -> trainer.trainMore(data, parameters, 1);
        });
  }

  /** By {@link ShardedTrainer}, with two shards. */
  Way shards(int n, int partitions) {
    return (steps, afterEach) ->
        ShardedTrainer.<Integer>builder(new Adam(), TensorSpec.of("all", n))
            .loss((x, view, gradients) -> add(x, view.tensor(0), gradients.tensor(0)))
            .initial((tensor, from, to) -> random(from, to))
            .shards(2)
            .checkpoints("target/cost-" + System.nanoTime(), 1_000_000)
            .checkpointAtEnd(false)
            .listener(step -> afterEach.run())
            .build()
            .train(data(partitions), steps);
  }

  /** By {@code treeAggregate}, and the optimizer on the driver. */
  Way treeAggregate(int n, int partitions) {
    return each(
        () -> {
          Optimizer adam = new Adam();
          double[][] parameters = {random(0, n)};
          JavaRDD<Integer> data = data(partitions);
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
              sum[i] /= partitions;
            }
            adam.applyGradients(new double[][] {sum}, parameters);
          };
        });
  }

  /** By MLlib. */
  Way gradientDescent(int n, int partitions) {
    return (steps, afterEach) -> {
      JavaRDD<Tuple2<Object, Vector>> data =
          data(partitions).map(x -> new Tuple2<>((Object) (double) x, Vectors.dense(0.)));
      GradientDescent.runMiniBatchSGD(
          data.cache().rdd(),
          new DenseGradient(),
          new Watched(afterEach),
          1.,
          steps,
          0.,
          1.,
          Vectors.dense(random(0, n)),
          0.);
    };
  }

  /** The same gradient, as MLlib wants it. */
  private static final class DenseGradient extends Gradient {
    private static final long serialVersionUID = 1L;

    @Override
    public double compute(Vector x, double label, Vector weights, Vector sum) {
      return add((int) label, weights.toArray(), sum.toArray());
    }
  }

  /** Tells when a step has been made. */
  private static final class Watched extends Updater {
    private static final long serialVersionUID = 1L;

    private final transient OptimizerUpdater updater = new OptimizerUpdater(new Adam());
    private final transient Runnable afterEach;

    Watched(Runnable afterEach) {
      this.afterEach = afterEach;
    }

    @Override
    public Tuple2<Vector, Object> compute(
        Vector weights, Vector gradient, double stepSize, int iter, double regParam) {
      Tuple2<Vector, Object> made = updater.compute(weights, gradient, stepSize, iter, regParam);
      if (stepSize != 0.) { // otherwise MLlib asks for what regularization costs at first
        afterEach.run();
      }
      return made;
    }
  }
}
