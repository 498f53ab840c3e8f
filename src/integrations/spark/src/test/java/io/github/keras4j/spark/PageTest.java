package io.github.keras4j.spark;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.AdamW;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.regression.LabeledPoint;
import org.apache.spark.mllib.regression.LinearRegressionModel;
import org.apache.spark.mllib.regression.LinearRegressionWithSGD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of docs/spark.md, word for word. */
class PageTest {
  private static JavaSparkContext context;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  /** Of the line 3 x + 1. */
  private static JavaRDD<double[]> points() {
    List<double[]> points = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      points.add(new double[] {i / 100., 3. * i / 100. + 1.});
    }
    return context.parallelize(points, 4);
  }

  @Test
  void fitsALine() throws IOException {
    JavaRDD<double[]> points = points();
    String folder = directory.toString();
    PrintStream out = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, US_ASCII));
    SparkTrainer<double[]> trainer =
        SparkTrainer.<double[]>builder(AdamW.builder().learningRate(0.1).weightDecay(0.).build())
            .exampleLoss(
                (point, parameters, gradients) -> {
                  double error = parameters[0][0] * point[0] + parameters[1][0] - point[1];
                  gradients.tensor(0)[0] += error * point[0];
                  gradients.tensor(1)[0] += error;
                  return error * error / 2.;
                })
            .miniBatchFraction(0.5)
            .checkpoints(folder, 100)
            .listener(step -> System.out.println(step.step() + ": " + step.loss()))
            .build();
    double[][] parameters = {{0.}, {0.}};
    trainer.train(points.cache(), parameters, 300); // until 300 steps have been made
    System.setOut(out);
    assertThat(parameters[0][0]).isCloseTo(3., within(0.05));
    assertThat(parameters[1][0]).isCloseTo(1., within(0.05));
  }

  @Test
  void trainsAnEstimator() throws IOException {
    SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    Random random = new Random(7);
    List<org.apache.spark.ml.feature.LabeledPoint> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      double x = random.nextGaussian();
      rows.add(
          new org.apache.spark.ml.feature.LabeledPoint(
              x > 0.5 ? 1. : 0., org.apache.spark.ml.linalg.Vectors.dense(x)));
    }
    Dataset<Row> clicks =
        session.createDataFrame(rows, org.apache.spark.ml.feature.LabeledPoint.class);
    String folder = directory.toString();
    Dataset<Row> training = clicks; // columns "label", of 0 and 1, and "features", of vectors
    KerasEstimator estimator =
        new KerasEstimator()
            .setModel(LinearModel.logisticRegression())
            .setOptimizer(AdamW.builder().learningRate(0.05).build())
            .setSteps(50);
    KerasModel model = estimator.fit(training);
    model.save(folder + "/model");
    Dataset<Row> predictions = KerasModel.load(folder + "/model").transform(training);

    ParamMap[] grid =
        new ParamGridBuilder().addGrid(estimator.learningRate(), new double[] {0.01, 0.1}).build();
    CrossValidatorModel best =
        new CrossValidator()
            .setEstimator(estimator)
            .setEvaluator(new BinaryClassificationEvaluator())
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .fit(training);
    assertThat(new BinaryClassificationEvaluator().evaluate(predictions)).isEqualTo(1.);
    assertThat(best.avgMetrics()).hasSize(2);
  }

  /** Two rows, and how far their product is from what it should be. */
  private static List<int[]> ratings() {
    Random random = new Random(5);
    List<int[]> ratings = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ratings.add(new int[] {random.nextInt(40), 40 + random.nextInt(20), random.nextInt(5)});
    }
    return ratings;
  }

  @Test
  void trainsATable() throws IOException {
    JavaRDD<int[]> ratings = context.parallelize(ratings(), 4).cache();
    List<Double> losses = new ArrayList<>();
    double[][] parameters = {new Random(6).doubles(60 * 8, -1., 1.).toArray()};
    SparkTrainer<int[]> trainer =
        SparkTrainer.<int[]>builder(Adam.builder().lr(0.05).build())
            .listener(step -> losses.add(step.loss()))
            .lazyRows(0, 8) // tensor 0 has rows of 8
            .exampleLoss(
                (rating, given, gradients) -> {
                  double[] table = given[0];
                  double[] user = gradients.row(0, rating[0]);
                  double[] item = gradients.row(0, rating[1]);
                  double error = -rating[2];
                  for (int k = 0; k < 8; k++) {
                    error += table[rating[0] * 8 + k] * table[rating[1] * 8 + k];
                  }
                  for (int k = 0; k < 8; k++) {
                    user[k] += error * table[rating[1] * 8 + k];
                    item[k] += error * table[rating[0] * 8 + k];
                  }
                  return error * error / 2.;
                })
            .build();
    trainer.train(ratings, parameters, 20);
    assertThat(losses).hasSize(20);
    assertThat(losses.get(19)).isLessThan(losses.get(0));
  }

  static final class RatingLoss implements ShardedLoss<int[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public void rowsOf(int[] rating, NeededRows rows) {
      rows.add(0, rating[0]);
      rows.add(0, rating[1]);
    }

    @Override
    public double add(int[] rating, ParameterView parameters, GradientSum gradients) {
      double[] user = parameters.row(0, rating[0]);
      double[] item = parameters.row(0, rating[1]);
      double error = parameters.tensor(1)[0] - rating[2];
      for (int k = 0; k < 8; k++) {
        error += user[k] * item[k];
      }
      for (int k = 0; k < 8; k++) {
        gradients.row(0, rating[0])[k] += error * item[k];
        gradients.row(0, rating[1])[k] += error * user[k];
      }
      gradients.tensor(1)[0] += error;
      return error * error / 2.;
    }
  }

  @Test
  void spreadsATable() throws IOException {
    JavaRDD<int[]> ratings = context.parallelize(ratings(), 4).cache();
    String folder = directory.toString();
    List<Double> losses = new ArrayList<>();
    ShardedTrainer<int[]> trainer =
        ShardedTrainer.<int[]>builder(
                Adam.builder().lr(0.05).clipnorm(1.).build(),
                TensorSpec.of("table", 60, 8),
                TensorSpec.of("bias", 1))
            .loss(new RatingLoss())
            .lazyRows(0, 8)
            .initial(
                (tensor, from, to) ->
                    IntStream.range(from, to)
                        .mapToDouble(i -> new SplittableRandom(i).nextDouble(-0.1, 0.1))
                        .toArray())
            .shards(4)
            .checkpoints(folder, 10)
            .listener(step -> losses.add(step.loss()))
            .build();
    trainer.train(ratings, 20);
    assertThat(losses).hasSize(20);
    assertThat(losses.get(19)).isLessThan(losses.get(0));
  }

  @Test
  void trainsInMLlib() {
    JavaRDD<LabeledPoint> data =
        points().map(point -> new LabeledPoint(3. * point[0], Vectors.dense(point[0])));
    LinearRegressionWithSGD regression = new LinearRegressionWithSGD(1., 300, 0., 1.);
    regression
        .optimizer()
        .setUpdater(new OptimizerUpdater(Adam.builder().lr(0.1).build()))
        .setConvergenceTol(0.); // or MLlib stops when the weights change little
    LinearRegressionModel model = regression.run(data.rdd());
    assertThat(model.weights().apply(0)).isCloseTo(3., within(0.01));
  }
}
