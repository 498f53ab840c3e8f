package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Adam;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.classification.FMClassifier;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Prints how well and how fast {@link KerasEstimator} and Spark ML's own classifiers learn the same
 * data: the area under the ROC curve on rows that they have not seen, and the seconds of {@code
 * fit}, the median of three after one to warm up.
 */
public final class EstimatorComparison {
  private static final int ROWS = 40_000;
  private static final int USERS = 500;
  private static final int ITEMS = 300;
  private static final int TASTES = 4;

  private EstimatorComparison() {}

  /**
   * Prints the table.
   *
   * @param args none
   */
  public static void main(String[] args) {
    JavaSparkContext context = Contexts.local(2);
    SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    System.out.println("| data | estimator | area under ROC | seconds |\n|-|-|-:|-:|");
    List<Dataset<Row>> dense = split(session, context, dense());
    compare("dense", "LogisticRegression", new LogisticRegression(), dense);
    compare(
        "dense",
        "KerasEstimator, logistic regression",
        estimator(LinearModel.logisticRegression(), 100, 0.2),
        dense);
    List<Dataset<Row>> sparse = split(session, context, sparse());
    compare("sparse", "LogisticRegression", new LogisticRegression(), sparse);
    compare(
        "sparse",
        "FMClassifier",
        new FMClassifier().setFactorSize(TASTES).setMaxIter(200).setStepSize(0.05).setSeed(1),
        sparse);
    compare(
        "sparse",
        "KerasEstimator, factorization machine",
        estimator(FactorizationMachine.classification(TASTES), 200, 0.05),
        sparse);
    session.stop();
  }

  private static KerasEstimator estimator(RowModel model, int steps, double rate) {
    return new KerasEstimator()
        .setModel(model)
        .setOptimizer(Adam.builder().lr(rate).build())
        .setSteps(steps)
        .setSeed(1);
  }

  private static void compare(
      String data, String name, Estimator<? extends Model<?>> estimator, List<Dataset<Row>> parts) {
    double[] seconds = new double[4];
    double area = 0.;
    for (int run = 0; run < seconds.length; run++) {
      long start = System.nanoTime();
      Model<?> model = estimator.fit(parts.get(0));
      seconds[run] = (System.nanoTime() - start) / 1e9;
      area = new BinaryClassificationEvaluator().evaluate(model.transform(parts.get(1)));
    }
    double[] warm = Arrays.copyOfRange(seconds, 1, seconds.length);
    Arrays.sort(warm);
    System.out.printf("| %s | %s | %.4f | %.2f |%n", data, name, area, warm[1]);
  }

  /**
   * Three quarters of the rows to learn from, and the others; in memory. By a local checkpoint:
   * tasks of a cached collection would still carry its rows with them.
   */
  private static List<Dataset<Row>> split(
      SparkSession session, JavaSparkContext context, List<Row> rows) {
    StructType schema =
        new StructType()
            .add("label", DataTypes.DoubleType)
            .add("features", SQLDataTypes.VectorType());
    int training = rows.size() * 3 / 4;
    return Stream.of(rows.subList(0, training), rows.subList(training, rows.size()))
        .map(
            part -> session.createDataFrame(context.parallelize(part, 4), schema).localCheckpoint())
        .toList();
  }

  /** Thirty features with weights; the label is drawn with the probability of the log odds. */
  private static List<Row> dense() {
    Random random = new Random(1);
    double[] weights = random.doubles(30, -1., 1.).toArray();
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      double[] x = IntStream.range(0, 30).mapToDouble(i -> random.nextGaussian()).toArray();
      double odds = IntStream.range(0, 30).mapToDouble(i -> weights[i] * x[i]).sum();
      rows.add(row(random, odds, Vectors.dense(x)));
    }
    return rows;
  }

  /** A user and an item, one of each per row, who like each other as far as their tastes agree. */
  private static List<Row> sparse() {
    Random random = new Random(2);
    double[][] tastes = new double[USERS + ITEMS][];
    for (int i = 0; i < tastes.length; i++) {
      tastes[i] = IntStream.range(0, TASTES).mapToDouble(k -> random.nextGaussian()).toArray();
    }
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      int user = random.nextInt(USERS);
      int item = USERS + random.nextInt(ITEMS);
      double odds = 0.;
      for (int k = 0; k < TASTES; k++) {
        odds += tastes[user][k] * tastes[item][k];
      }
      Vector x = Vectors.sparse(tastes.length, new int[] {user, item}, new double[] {1., 1.});
      rows.add(row(random, odds, x));
    }
    return rows;
  }

  private static Row row(Random random, double odds, Vector features) {
    double probability = 1. / (1. + Math.exp(-odds));
    return RowFactory.create(random.nextDouble() < probability ? 1. : 0., features);
  }
}
