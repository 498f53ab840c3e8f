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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction2;
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
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
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

  private static SparkSession session() {
    return SparkSession.builder().sparkContext(context.sc()).getOrCreate();
  }

  /** A file of points, which Spark splits as its settings say. */
  private static SparkTrainer.Builder<Row> rowTrainer() {
    return SparkTrainer.<Row>builder(new Adam())
        .exampleLoss(
            (row, parameters, gradients) -> {
              double error = parameters[0][0] * row.getDouble(1) - row.getDouble(1) / 3.;
              gradients.tensor(0)[0] += error;
              return error;
            });
  }

  @Test
  void fixesHowFilesAreSplit() throws IOException {
    SparkSession session = session();
    String files = directory.resolve("points").toString();
    session
        .range(1000)
        .select(functions.col("id"), functions.sin(functions.col("id")).as("x")) // full of digits
        .repartition(7)
        .write()
        .parquet(files);
    Set<Integer> splits = new HashSet<>();
    Set<Double> results = new HashSet<>();
    for (int size : new int[] {1_000, 1_000_000}) {
      session.conf().set("spark.sql.files.openCostInBytes", 1);
      session.conf().set("spark.sql.files.maxPartitionBytes", size);
      splits.add(session.read().parquet(files).javaRDD().getNumPartitions());
      Dataset<Row> fixed =
          session
              .read()
              .parquet(files)
              .repartition(16, functions.col("id"))
              .sortWithinPartitions("id");
      double[][] parameters = {{0.}};
      rowTrainer().build().train(fixed, parameters, 5);
      results.add(parameters[0][0]);
    }
    session.conf().unset("spark.sql.files.openCostInBytes");
    session.conf().unset("spark.sql.files.maxPartitionBytes");
    assertThat(splits).hasSize(2);
    assertThat(results).hasSize(1);
  }

  @Test
  void trainsOnAStream() throws Exception {
    SparkSession session = session();
    String folder = directory.toString();
    Path files = Files.createDirectory(directory.resolve("files"));
    for (int file = 0; file < 3; file++) {
      String lines =
          IntStream.range(0, 50)
              .mapToObj(i -> i / 50. + "," + (3. * i / 50. + 1.))
              .collect(Collectors.joining("\n"));
      Files.writeString(files.resolve(file + ".csv"), lines);
    }
    DataStreamReader reader =
        session
            .readStream()
            .schema(new StructType().add("x", DataTypes.DoubleType).add("y", DataTypes.DoubleType))
            .option("maxFilesPerTrigger", 1);
    long[] steps = new long[2];
    for (int run = 0; run < 2; run++) {
      Dataset<Row> stream = reader.csv(files.toString());
      steps[run] = train(stream, folder);
      Files.writeString(files.resolve("later.csv"), "1.0,4.0\n");
    }
    assertThat(steps).containsExactly(15, 20);
  }

  /** Returns the number of steps after all that is there. */
  private static long train(Dataset<Row> stream, String folder) throws Exception {
    double[][] line = {{0.}, {0.}};
    SparkTrainer<Row> trainer =
        SparkTrainer.<Row>builder(Adam.builder().lr(0.1).build())
            .exampleLoss(
                (row, p, gradients) -> {
                  double error = p[0][0] * row.getDouble(0) + p[1][0] - row.getDouble(1);
                  gradients.tensor(0)[0] += error * row.getDouble(0);
                  gradients.tensor(1)[0] += error;
                  return error * error / 2.;
                })
            .checkpoints(folder + "/trainer", 10)
            .acceptOtherBits()
            .build();
    VoidFunction2<Dataset<Row>, Long> train =
        (batch, number) -> {
          if (!batch.isEmpty()) {
            trainer.trainMore(batch, line, 5); // and a checkpoint
          }
        };
    StreamingQuery query =
        stream
            .writeStream()
            .foreachBatch(train)
            .option("checkpointLocation", folder + "/stream")
            .start();
    query.processAllAvailable();
    query.stop();
    return trainer.step();
  }

  @Test
  void trainsAnEstimator() throws IOException {
    SparkSession session = session();
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
