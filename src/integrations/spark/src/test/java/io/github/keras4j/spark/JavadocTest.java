package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.AdamW;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.feature.LabeledPoint;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.mllib.regression.LinearRegressionWithSGD;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** The examples of the Javadoc, word for word. */
class JavadocTest {
  private static final Pattern CODE =
      Pattern.compile(
          "^ *\\* <pre>\\{@code\\n(.*?)^ *\\* \\}</pre>", Pattern.MULTILINE | Pattern.DOTALL);

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

  @Test
  void everyExampleStandsHere() throws IOException {
    String test =
        withoutSpace(
            Files.readString(Path.of("src/test/java/io/github/keras4j/spark/JavadocTest.java")));
    int examples = 0;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher code = CODE.matcher(read(source));
        while (code.find()) {
          examples++;
          assertThat(test)
              .as(source.toString())
              .contains(withoutSpace(code.group(1).replaceAll("(?m)^ *\\* ?", "")));
        }
      }
    }
    assertThat(examples).isEqualTo(6);
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void ofSparkTrainer() throws IOException {
    List<double[]> examples = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      examples.add(new double[] {i / 40., 0.02 * i / 40.});
    }
    JavaRDD<double[]> data = context.parallelize(examples, 3);
    PrintStream out = System.out;
    System.setOut(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.US_ASCII));
    SparkTrainer<double[]> trainer =
        SparkTrainer.<double[]>builder(new Adam())
            .exampleLoss(
                (example, parameters, gradients) -> {
                  double error = parameters[0][0] * example[0] - example[1];
                  gradients.tensor(0)[0] += error * example[0];
                  return error * error / 2.;
                })
            .miniBatchFraction(0.5)
            .listener(step -> System.out.println(step.loss()))
            .build();
    double[][] parameters = {{0.}};
    trainer.train(data, parameters, 20);
    System.setOut(out);
    assertThat(parameters[0][0]).isCloseTo(0.02, within(0.01));
  }

  /** The loss of pairs of rows that should be alike. */
  static final class PullTogether implements ShardedLoss<int[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public void rowsOf(int[] pair, NeededRows rows) {
      rows.add(0, pair[0]);
      rows.add(0, pair[1]);
    }

    @Override
    public double add(int[] pair, ParameterView parameters, GradientSum gradients) {
      double loss = 0.;
      for (int k = 0; k < 8; k++) {
        double difference = parameters.row(0, pair[0])[k] - parameters.row(0, pair[1])[k];
        gradients.row(0, pair[0])[k] += difference;
        gradients.row(0, pair[1])[k] -= difference;
        loss += difference * difference / 2.;
      }
      return loss;
    }
  }

  @Test
  void ofShardedTrainer() throws IOException {
    JavaRDD<int[]> pairs = context.parallelize(List.of(new int[] {3, 5}, new int[] {5, 900}), 2);
    String folder = directory.toString();
    TensorSpec[] specs = {TensorSpec.of("users", 1_000, 8), TensorSpec.of("bias", 1)};
    ShardedTrainer<int[]> trainer =
        ShardedTrainer.<int[]>builder(Adam.builder().clipnorm(1.).build(), specs)
            .loss(new PullTogether())
            .lazyRows(0, 8)
            .initial((tensor, from, to) -> new double[to - from])
            .shards(4)
            .checkpoints(folder, 10)
            .build();
    trainer.train(pairs, 20);
    assertThat(trainer.step()).isEqualTo(20);
  }

  @Test
  void ofOptimizerUpdater() {
    LinearRegressionWithSGD regression = new LinearRegressionWithSGD(1., 100, 0., 1.);
    regression.optimizer().setUpdater(new OptimizerUpdater(new Adam())).setConvergenceTol(0.);
    assertThat(regression.optimizer()).isNotNull();
  }

  @Test
  void registersWithKryo() {
    SparkConf configuration =
        new SparkConf()
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .set("spark.kryo.registrationRequired", "true")
            .set("spark.kryo.registrator", KerasKryoRegistrator.class.getName());
    assertThat(new KryoSerializer(configuration).newInstance().serialize(new int[1][1], INTS))
        .isNotNull();
  }

  private static final ClassTag<int[][]> INTS = ClassTag$.MODULE$.apply(int[][].class);

  @Test
  void ofRowModel() {
    final class Line implements RowModel { // one weight for each feature, no intercept
      private static final long serialVersionUID = 1L;

      public TensorSpec[] tensors(int features) {
        return new TensorSpec[] {TensorSpec.of("weights", features)};
      }

      public double add(
          Vector features, double label, double[][] parameters, GradientSum gradients) {
        double error = predict(features, parameters) - label;
        for (int i = 0; i < features.size(); i++) {
          gradients.tensor(0)[i] += error * features.apply(i);
        }
        return error * error / 2.;
      }

      public double predict(Vector features, double[][] parameters) {
        double sum = 0.;
        for (int i = 0; i < features.size(); i++) {
          sum += parameters[0][i] * features.apply(i);
        }
        return sum;
      }
    }
    double[][] parameters = new Line().initialParameters(2, 0);
    parameters[0][1] = 3.;
    assertThat(new Line().predict(Vectors.dense(5., 7.), parameters)).isEqualTo(21.);
  }

  @Test
  void ofKerasEstimator() {
    SparkSession session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
    List<LabeledPoint> points =
        List.of(new LabeledPoint(0., Vectors.dense(-1.)), new LabeledPoint(1., Vectors.dense(1.)));
    Dataset<Row> training = session.createDataFrame(points, LabeledPoint.class);
    Dataset<Row> test = training;
    KerasEstimator estimator =
        new KerasEstimator()
            .setModel(LinearModel.logisticRegression())
            .setOptimizer(AdamW.builder().learningRate(0.05).build())
            .setSteps(200);
    KerasModel model = estimator.fit(training);
    Dataset<Row> predictions = model.transform(test);
    assertThat(predictions.filter("prediction = label").count()).isEqualTo(2);
  }
}
