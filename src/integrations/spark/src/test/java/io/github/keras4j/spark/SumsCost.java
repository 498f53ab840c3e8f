package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Adam;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
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
import scala.Tuple2;

/**
 * How long a step takes on a local cluster of two executors, by the way that sums travel: medians
 * of five warmed steps in seconds, as a table. All gradients are dense and full of digits.
 */
public final class SumsCost {
  private static final int WARM_UP = 3;
  private static final int STEPS = 5;

  private final JavaSparkContext context;
  private final int n;
  private final int partitions;

  private SumsCost(JavaSparkContext context, int n, int partitions) {
    this.context = context;
    this.n = n;
    this.partitions = partitions;
  }

  /**
   * Measures.
   *
   * @param args none, or a number of parameters and a number of partitions
   * @throws IOException never
   */
  public static void main(String[] args) throws IOException {
    int[] sizes = {10_000, 1_000_000, 4_000_000};
    int[] counts = {4, 16, 64};
    if (args.length == 2) {
      sizes = new int[] {Integer.parseInt(args[0])};
      counts = new int[] {Integer.parseInt(args[1])};
    }
    SparkConf configuration =
        Contexts.clusterConfiguration(2)
            .set("spark.executor.memory", "1g")
            .set("spark.executor.extraJavaOptions", "");
    try (JavaSparkContext context = new JavaSparkContext(configuration)) {
      System.out.println(
          "| parameters x partitions | by bytes | fanIn 8 | driver | executors | treeAggregate"
              + " | MLlib |");
      System.out.println("|-|-|-|-|-|-|-|");
      for (int n : sizes) {
        for (int partitions : counts) {
          SumsCost cost = new SumsCost(context, n, partitions);
          System.out.printf(
              Locale.ROOT,
              "| %,d x %d | %s | %s | %s | %s | %s | %s |%n",
              n,
              partitions,
              cost.trainer(0),
              cost.trainer(8),
              cost.trainer(partitions),
              cost.trainer(1),
              cost.treeAggregate(),
              cost.gradientDescent());
        }
      }
    }
  }

  /** One step. */
  private interface Step {
    void make() throws IOException;
  }

  /** A way that needs more memory than there is has no time. */
  private static String median(Step step) throws IOException {
    double[] seconds = new double[STEPS];
    try {
      for (int i = -WARM_UP; i < STEPS; i++) {
        long start = System.nanoTime();
        step.make();
        if (i >= 0) {
          seconds[i] = (System.nanoTime() - start) / 1e9;
        }
      }
    } catch (Exception e) { // Spark's are not declared
      if (e instanceof IOException unexpected) {
        throw unexpected;
      }
      return "-";
    }
    return median(seconds);
  }

  private static String median(double... seconds) {
    Arrays.sort(seconds);
    return String.format(Locale.ROOT, "%.2f", seconds[STEPS / 2]);
  }

  private JavaRDD<Integer> data() {
    return context.parallelize(IntStream.range(0, partitions).boxed().toList(), partitions).cache();
  }

  private double[] initial() {
    return new Random(1).doubles(n).toArray();
  }

  private static double add(int x, double[] p, double[] g) {
    for (int i = 0; i < g.length; i++) {
      g[i] += p[i] - x;
    }
    return 1.;
  }

  private String trainer(int fanIn) throws IOException {
    SparkTrainer.Builder<Integer> builder =
        SparkTrainer.<Integer>builder(new Adam())
            .exampleLoss((x, parameters, gradients) -> add(x, parameters[0], gradients.tensor(0)));
    SparkTrainer<Integer> trainer = (fanIn == 0 ? builder : builder.fanIn(fanIn)).build();
    double[][] parameters = {initial()};
    JavaRDD<Integer> data = data();
    String median = median(() -> trainer.train(data, parameters, trainer.step() + 1));
    data.unpersist();
    return median;
  }

  private String treeAggregate() throws IOException {
    Adam adam = new Adam();
    double[][] parameters = {initial()};
    JavaRDD<Integer> data = data();
    int length = n;
    String median =
        median(
            () -> {
              Broadcast<double[][]> broadcast = context.broadcast(parameters);
              double[] sum =
                  data.treeAggregate(
                      new double[length],
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
              for (int i = 0; i < length; i++) {
                sum[i] /= partitions;
              }
              adam.applyGradients(new double[][] {sum}, parameters);
            });
    data.unpersist();
    return median;
  }

  /** The same dense gradient, as MLlib wants it. */
  private static final class Dense extends Gradient {
    private static final long serialVersionUID = 1L;

    @Override
    public double compute(Vector x, double label, Vector weights, Vector sum) {
      return add((int) label, weights.toArray(), sum.toArray());
    }
  }

  /** Notes when steps end. */
  private static final class Clock extends Updater {
    private static final long serialVersionUID = 1L;

    private final OptimizerUpdater updater = new OptimizerUpdater(new Adam());
    private final long[] times = new long[WARM_UP + STEPS + 1];

    @Override
    public Tuple2<Vector, Object> compute(
        Vector weights, Vector gradient, double stepSize, int iter, double regParam) {
      Tuple2<Vector, Object> made = updater.compute(weights, gradient, stepSize, iter, regParam);
      times[stepSize == 0. ? 0 : iter] = System.nanoTime();
      return made;
    }
  }

  private String gradientDescent() {
    Clock clock = new Clock();
    JavaRDD<Tuple2<Object, Vector>> data =
        data().map(x -> new Tuple2<>((Object) (double) x, Vectors.dense(0.)));
    data.cache();
    try {
      GradientDescent.runMiniBatchSGD(
          data.rdd(),
          new Dense(),
          clock,
          1.,
          WARM_UP + STEPS,
          0.,
          1.,
          Vectors.dense(initial()),
          0.);
    } catch (Exception e) { // Spark's are not declared
      return "-";
    } finally {
      data.unpersist();
    }
    double[] seconds = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      seconds[i] = (clock.times[WARM_UP + i + 1] - clock.times[WARM_UP + i]) / 1e9;
    }
    return median(seconds);
  }
}
