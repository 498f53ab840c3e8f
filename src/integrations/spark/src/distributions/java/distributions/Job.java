package distributions;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.spark.FactorizationMachine;
import io.github.keras4j.spark.KerasEstimator;
import io.github.keras4j.spark.KerasModel;
import io.github.keras4j.spark.NeededRows;
import io.github.keras4j.spark.ParameterView;
import io.github.keras4j.spark.ShardedLoss;
import io.github.keras4j.spark.ShardedTrainer;
import io.github.keras4j.spark.SparkTrainer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Trains whole, in shards and by an estimator, with checkpoints in a folder from which the trainers
 * go on, and prints numbers that all bits of the parameters are in.
 */
public final class Job {
  private static final int ROWS = 200;
  private static final int WIDTH = 4;

  private Job() {}

  /** Takes a folder and the number of steps. */
  public static void main(String[] arguments) throws Exception {
    String folder = arguments[0];
    long steps = Long.parseLong(arguments[1]);
    SparkSession session = SparkSession.builder().getOrCreate();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    JavaRDD<Integer> data =
        context.parallelize(IntStream.range(0, 400).boxed().toList(), 9).cache();

    double[][] parameters = {initial(0, ROWS * WIDTH), {0.1}};
    SparkTrainer<Integer> trainer =
        SparkTrainer.<Integer>builder(new Adam())
            .exampleLoss(
                (x, given, gradients) -> {
                  int row = x * 37 % ROWS;
                  double[] values = Arrays.copyOfRange(given[0], row * WIDTH, (row + 1) * WIDTH);
                  return loss(x, values, given[1], gradients);
                })
            .rows(0, WIDTH)
            .miniBatchFraction(0.7)
            .checkpoints(folder + "/whole", 2)
            .build();
    trainer.train(data, parameters, steps);

    ShardedTrainer<Integer> sharded =
        ShardedTrainer.<Integer>builder(
                new Adam(), TensorSpec.of("table", ROWS, WIDTH), TensorSpec.of("bias", 1))
            .loss(new Loss())
            .rows(0, WIDTH)
            .initial((tensor, from, to) -> tensor == 0 ? initial(from, to) : new double[] {0.1})
            .shards(3)
            .miniBatchFraction(0.7)
            .checkpoints(folder + "/shards", 2)
            .build();
    sharded.train(data, steps);

    KerasEstimator estimator =
        new KerasEstimator()
            .setModel(FactorizationMachine.classification(2))
            .setOptimizer(new Adam())
            .setSteps((int) steps);
    estimator.fit(rows(session, context)).write().overwrite().save(folder + "/model");
    System.out.printf(
        "Spark %s, Scala %s, Hadoop %s, Java %s: step %d, whole %016x, shards %016x, model %016x%n",
        context.version(),
        scala.util.Properties.versionNumberString(),
        org.apache.hadoop.util.VersionInfo.getVersion(),
        Runtime.version().feature(),
        trainer.step(),
        bits(parameters),
        bits(sharded.parameters()),
        bits(KerasModel.load(folder + "/model").parameters()));
    session.stop();
  }

  private static Dataset<Row> rows(SparkSession session, JavaSparkContext context) {
    List<Row> rows =
        IntStream.range(0, 60)
            .mapToObj(
                i ->
                    RowFactory.create(
                        (double) (i % 2),
                        Vectors.sparse(9, new int[] {i % 4, 4 + i % 5}, new double[] {1., i / 7.})))
            .toList();
    StructType schema =
        new StructType()
            .add("label", DataTypes.DoubleType)
            .add("features", SQLDataTypes.VectorType());
    return session.createDataFrame(context.parallelize(rows, 4), schema);
  }

  private static double[] initial(int from, int to) {
    return IntStream.range(from, to).mapToDouble(i -> new Random(i).nextDouble() - 0.5).toArray();
  }

  private static double loss(int x, double[] row, double[] bias, GradientSum gradients) {
    double error = bias[0] - x % 7;
    for (int k = 0; k < WIDTH; k++) {
      error += row[k] * (k + 1);
    }
    double[] sum = gradients.row(0, x * 37 % ROWS);
    for (int k = 0; k < WIDTH; k++) {
      sum[k] += error * (k + 1);
    }
    gradients.tensor(1)[0] += error;
    return error * error / 2.;
  }

  private static long bits(double[][] tensors) {
    long bits = 1;
    for (double[] tensor : tensors) {
      for (double value : tensor) {
        bits = bits * 0x9e3779b97f4a7c15L + Double.doubleToRawLongBits(value);
      }
    }
    return bits;
  }

  /** The same loss, of rows that are asked for. */
  private static final class Loss implements ShardedLoss<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public void rowsOf(Integer x, NeededRows rows) {
      rows.add(0, x * 37 % ROWS);
    }

    @Override
    public double add(Integer x, ParameterView parameters, GradientSum gradients) {
      return loss(x, parameters.row(0, x * 37 % ROWS), parameters.tensor(1), gradients);
    }
  }
}
