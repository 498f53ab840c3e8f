package io.github.keras4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.SGD;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.LabeledPoint;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on data frames, as Spark ML's own estimators train. */
class KerasEstimatorTest {
  private static final int FEATURES = 6;
  private static final StructType SCHEMA =
      new StructType()
          .add("label", DataTypes.DoubleType)
          .add("features", SQLDataTypes.VectorType());

  private static JavaSparkContext context;
  private static SparkSession session;

  @BeforeAll
  static void start() {
    context = Contexts.local(2);
    session = SparkSession.builder().sparkContext(context.sc()).getOrCreate();
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  /** Of each row half of the features are 0; the label is linear in them, with some noise. */
  private static List<LabeledPoint> points(boolean sparse, boolean classes) {
    Random random = new Random(3);
    List<LabeledPoint> points = new ArrayList<>();
    for (int row = 0; row < 400; row++) {
      double[] x = new double[FEATURES];
      double sum = 0.5;
      for (int i = 0; i < FEATURES; i++) {
        x[i] = random.nextBoolean() ? random.nextGaussian() : 0.;
        sum += (i - 2) * x[i];
      }
      sum += random.nextGaussian();
      Vector features = sparse ? Vectors.dense(x).toSparse() : Vectors.dense(x);
      points.add(new LabeledPoint(classes ? (sum > 0. ? 1. : 0.) : sum, features));
    }
    return points;
  }

  private static Dataset<Row> data(List<LabeledPoint> points) {
    List<Row> rows =
        points.stream().map(point -> RowFactory.create(point.label(), point.features())).toList();
    return session.createDataFrame(context.parallelize(rows, 4), SCHEMA);
  }

  private static KerasEstimator regression() {
    return new KerasEstimator()
        .setModel(LinearModel.regression())
        .setOptimizer(Adam.builder().lr(0.05).build())
        .setSteps(20);
  }

  // ---- Numbers --------------------------------------------------------------------------------

  @Test
  void hasTheBitsOfATrainer() throws Exception {
    LinearModel model = LinearModel.regression();
    double[][] expected = {{0.}, new double[FEATURES]};
    SparkTrainer.<LabeledPoint>builder(Adam.builder().lr(0.05).build())
        .exampleLoss((point, p, g) -> model.add(point.features(), point.label(), p, g))
        .build()
        .train(context.parallelize(points(false, false), 4), expected, 20);

    KerasModel fitted = regression().fit(data(points(false, false)));

    assertThat(fitted.parameters()).isDeepEqualTo(expected);
    assertThat(fitted.optimizer().getIterations()).isEqualTo(20);
    assertThat(fitted.objectiveHistory()).hasSize(20);
    assertThat(fitted.objectiveHistory()[19]).isLessThan(fitted.objectiveHistory()[0]);
  }

  @Test
  void excludesFromWeightDecayWhatItsOptimizerDoes() throws Exception {
    LinearModel model = LinearModel.regression();
    AdamW optimizer = AdamW.builder().learningRate(0.05).weightDecay(0.9).build();
    optimizer.excludeFromWeightDecay("intercept");

    KerasModel fitted = regression().setOptimizer(optimizer).fit(data(points(false, false)));

    optimizer.build(model.tensors(FEATURES));
    double[][] expected = {{0.}, new double[FEATURES]};
    SparkTrainer.<LabeledPoint>builder(optimizer)
        .exampleLoss((point, p, g) -> model.add(point.features(), point.label(), p, g))
        .build()
        .train(context.parallelize(points(false, false), 4), expected, 20);
    assertThat(fitted.parameters()).isDeepEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "dense", "rows"})
  void hasTheSameBitsWithSparseFeatures(String gradients) {
    for (RowModel model : List.of(LinearModel.regression(), FactorizationMachine.regression(3))) {
      KerasEstimator estimator = regression().setModel(model).setGradients(gradients);

      double[][] sparse = estimator.fit(data(points(true, false))).parameters();

      assertThat(sparse)
          .isDeepEqualTo(regression().setModel(model).fit(data(points(false, false))).parameters());
    }
  }

  @Test
  void leavesUntouchedRowsWithLazyRows() {
    List<LabeledPoint> points =
        List.of(
            new LabeledPoint(1., Vectors.sparse(3, new int[] {0}, new double[] {1.})),
            new LabeledPoint(2., Vectors.sparse(3, new int[] {2}, new double[] {1.})));
    Optimizer decaying = AdamW.builder().learningRate(0.5).weightDecay(0.1).build();
    KerasEstimator estimator =
        regression().setModel(FactorizationMachine.regression(2)).setOptimizer(decaying);
    double[] before = FactorizationMachine.regression(2).initialParameters(3, 0)[2];

    double[] dense = estimator.setGradients("rows").fit(data(points)).parameters()[2];
    double[] lazy = estimator.setGradients("lazyRows").fit(data(points)).parameters()[2];

    assertThat(lazy[2]).as("a row that no example has").isEqualTo(before[2]);
    assertThat(dense[2]).as("which decays with exact rows").isNotEqualTo(before[2]);
    assertThat(lazy[0]).isEqualTo(dense[0]);
  }

  @Test
  void findsWhatSparksOwnRegressionFinds() {
    Dataset<Row> data = data(points(false, true)).cache();
    LogisticRegressionModel own = new LogisticRegression().fit(data);

    KerasModel fitted =
        regression()
            .setModel(LinearModel.logisticRegression())
            .setOptimizer(Adam.builder().lr(0.2).build())
            .setSteps(400)
            .fit(data);

    double[] weights = fitted.parameters()[1];
    assertThat(weights).containsExactly(own.coefficients().toArray(), within(1e-3));
    assertThat(fitted.parameters()[0][0]).isEqualTo(own.intercept(), within(1e-3));
    Vector one = points(false, true).get(0).features();
    assertThat(fitted.predict(one)).isEqualTo(own.predict(one));
  }

  @Test
  void learnsWhatOnlyPairsOfFeaturesSay() {
    Random random = new Random(5);
    List<LabeledPoint> points =
        IntStream.range(0, 200)
            .mapToObj(
                row -> {
                  double[] x = {random.nextBoolean() ? 1. : -1., random.nextBoolean() ? 1. : -1.};
                  return new LabeledPoint(x[0] * x[1] > 0. ? 1. : 0., Vectors.dense(x));
                })
            .toList();

    KerasModel fitted =
        new KerasEstimator()
            .setModel(FactorizationMachine.classification(2))
            .setOptimizer(Adam.builder().lr(0.05).build())
            .setSteps(200)
            .fit(data(points));

    assertThat(points)
        .allSatisfy(p -> assertThat(fitted.predict(p.features())).isEqualTo(p.label()));
  }

  @Test
  void setsTheLearningRateOfEitherGeneration() {
    for (Optimizer optimizer :
        List.of(SGD.builder().lr(9.).build(), AdamW.builder().learningRate(9.).build())) {
      KerasModel fitted = regression().setOptimizer(optimizer).setLearningRate(0.25).fit(small());

      assertThat(fitted.optimizer().getLr()).isEqualTo(0.25);
    }
  }

  private static Dataset<Row> small() {
    return data(points(false, false).subList(0, 8));
  }

  // ---- As part of Spark ML --------------------------------------------------------------------

  @Test
  void addsColumnsThatEvaluatorsRead() {
    Dataset<Row> data = data(points(false, true));
    KerasModel fitted =
        regression().setModel(LinearModel.logisticRegression()).setSteps(100).fit(data);

    Dataset<Row> predictions = fitted.transform(data);

    assertThat(predictions.columns())
        .containsExactly("label", "features", "rawPrediction", "prediction");
    assertThat(new BinaryClassificationEvaluator().evaluate(predictions)).isGreaterThan(0.9);
    Row first = predictions.first();
    assertThat(first.getDouble(3)).isEqualTo(first.getDouble(2) > 0. ? 1. : 0.);
    assertThat(first.getDouble(3)).isEqualTo(fitted.predict(first.getAs("features")));
  }

  @Test
  void isPartOfAPipelineThatIsSavedAndLoaded(@TempDir Path folder) throws Exception {
    Dataset<Row> data = data(points(false, false));
    StandardScaler scaler = new StandardScaler().setInputCol("features").setOutputCol("scaled");
    KerasEstimator estimator = regression().setFeaturesCol("scaled").setPredictionCol("y");
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {scaler, estimator});

    pipeline.save(folder.resolve("pipeline").toString());
    PipelineModel fitted = Pipeline.load(folder.resolve("pipeline").toString()).fit(data);
    fitted.save(folder.resolve("model").toString());
    PipelineModel loaded = PipelineModel.load(folder.resolve("model").toString());

    double[] expected = column(pipeline.fit(data).transform(data), "y");
    assertThat(column(fitted.transform(data), "y")).isEqualTo(expected);
    assertThat(column(loaded.transform(data), "y")).isEqualTo(expected);
  }

  private static double[] column(Dataset<Row> data, String name) {
    return data.select(name).collectAsList().stream()
        .mapToDouble(row -> row.getDouble(0))
        .toArray();
  }

  @Test
  void savesAndLoadsAModelWithItsOptimizer(@TempDir Path folder) throws Exception {
    KerasModel fitted = regression().fit(small());
    String path = folder.resolve("model").toString();

    fitted.save(path);
    KerasModel loaded = KerasModel.load(path);

    assertThat(loaded.uid()).isEqualTo(fitted.uid());
    assertThat(loaded.parameters()).isDeepEqualTo(fitted.parameters());
    assertThat(loaded.optimizer().getState()).isEqualTo(fitted.optimizer().getState());
    Checkpoint plain = Checkpoint.load(Path.of(path, "checkpoint.npz"));
    assertThat(plain.parameters()).isDeepEqualTo(fitted.parameters());
    assertThatThrownBy(() -> fitted.save(path)).hasMessageContaining("already exists");
    fitted.write().overwrite().save(path);
  }

  @Test
  void savesAndLoadsAnEstimator(@TempDir Path folder) throws Exception {
    KerasEstimator estimator =
        regression().setLearningRate(0.01).setSeed(7).setMiniBatchFraction(0.5);
    String path = folder.resolve("estimator").toString();

    estimator.save(path);
    KerasEstimator loaded = KerasEstimator.load(path);

    assertThat(loaded.getOptimizer()).isEqualTo(estimator.getOptimizer());
    assertThat(loaded.fit(small()).parameters()).isDeepEqualTo(estimator.fit(small()).parameters());
  }

  @Test
  void isCopiedWithOtherParameters() {
    KerasEstimator estimator = regression();

    KerasEstimator copy = estimator.copy(new ParamMap().put(estimator.steps(), 3));

    assertThat(copy.getSteps()).isEqualTo(3);
    assertThat(estimator.getSteps()).isEqualTo(20);
    assertThat(copy.uid()).isEqualTo(estimator.uid());
    assertThat(copy.fit(small()).optimizer().getIterations()).isEqualTo(3);
  }

  @Test
  void isTunedByACrossValidator() {
    KerasEstimator estimator = regression();
    ParamMap[] grid =
        new ParamGridBuilder().addGrid(estimator.learningRate(), new double[] {1e-4, 0.1}).build();
    CrossValidator validator =
        new CrossValidator()
            .setEstimator(estimator)
            .setEvaluator(new RegressionEvaluator())
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .setSeed(1);

    CrossValidatorModel best = validator.fit(data(points(false, false)));

    assertThat(best.avgMetrics()[1]).isLessThan(best.avgMetrics()[0]);
    assertThat(((KerasModel) best.bestModel()).optimizer().getLr()).isEqualTo(0.1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Adam", "ScheduleFreeAdamW"})
  void predictsWithAverages(String name, @TempDir Path folder) throws Exception {
    String config = name.equals("Adam") ? "{\"use_ema\": true, \"ema_momentum\": 0.9}" : "{}";
    KerasModel fitted =
        regression()
            .setOptimizer(
                String.format(
                    "{\"module\": \"keras.optimizers\", \"class_name\": \"%s\", \"config\": %s}",
                    name, config))
            .fit(small());

    Vector features = points(false, false).get(0).features();
    double expected = LinearModel.regression().predict(features, fitted.averagedParameters());
    assertThat(expected)
        .isNotEqualTo(LinearModel.regression().predict(features, fitted.parameters()));
    assertThat(fitted.predict(features)).isEqualTo(expected);
    assertThat(context.parallelize(List.of(features)).map(fitted::predict).first())
        .as("in a task")
        .isEqualTo(expected);
    String path = folder.resolve("model").toString();
    fitted.save(path);
    assertThat(
            KerasModel.load(path)
                .transform(data(points(false, false).subList(0, 1)))
                .first()
                .<Double>getAs("prediction"))
        .isEqualTo(expected);
  }

  @Test
  void predictsWithAveragesWhileTheirOptimizerIsBusy() {
    AdamW optimizer = AdamW.builder().learningRate(0.5).useEma(true).emaMomentum(0.9).build();
    double[][] parameters = {{0.}, {1.}};
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(new double[][] {{1.}, {1.}}, parameters);
    }
    Vector one = Vectors.dense(1.);
    LinearModel row = LinearModel.regression();
    double expected = row.predict(one, optimizer.averagedParameters(parameters));
    assertThat(expected).isNotEqualTo(row.predict(one, parameters));
    KerasModel model = new KerasModel("model", parameters, optimizer, new double[0]);
    model.set(model.model(), row);
    double[] predicted = new double[2];

    optimizer.minimize(
        (p, g) -> {
          predicted[0] = model.predict(one);
          predicted[1] = model.copy(ParamMap.empty()).predict(one);
          return 0.;
        },
        model.parameters());

    assertThat(predicted).containsOnly(expected);
  }

  // ---- Bad input ------------------------------------------------------------------------------

  @Test
  void rejectsWhatCannotBeTrained() {
    Dataset<Row> data = small();
    assertThatThrownBy(() -> new KerasEstimator().fit(data))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("an estimator needs a model: setModel");
    rejects(regression().setModel(null), "model must be present, got null");
    rejects(regression().setSteps(0), "steps must be at least 1, got 0");
    rejects(
        regression().setGradients("sparse"),
        "gradients must be one of [auto, dense, rows, lazyRows], got sparse");
    rejects(
        regression().setOptimizer("{"),
        "optimizer must be a name or Keras's JSON of an optimizer, got {");
    rejects(
        regression().setOptimizer("{\"class_name\": \"Adam\"} {}"),
        "optimizer must be a name or Keras's JSON of an optimizer, got {\"class_name\": \"Adam\"}"
            + " {}");
    rejects(regression().setOptimizer((String) null), "optimizer must be present, got null");
    rejects(
        regression().setGradients(null),
        "gradients must be one of [auto, dense, rows, lazyRows], got null");
    rejects(regression().setPredictionCol(null), "predictionCol must be present, got null");
    rejects(
        regression().setFeaturesCol("x"),
        "featuresCol must name a column of the data, got x, with the columns [label, features]");
    rejects(
        regression().setFeaturesCol("label"),
        "featuresCol must name a column of vectors, got label of type double");
    rejects(
        regression().setLabelCol("features"),
        "labelCol must name a column of numbers, got features of type vector");
    rejects(
        regression().setPredictionCol("label"),
        "predictionCol must name a new column, got label, which is there");
    rejects(
        regression().setMiniBatchFraction(2.),
        "miniBatchFraction must be above 0 and at most 1, got 2.0");
    assertThatThrownBy(() -> regression().fit(data.limit(0)))
        .hasMessage("data must hold at least one row, got 0");
    assertThatThrownBy(() -> FactorizationMachine.regression(0))
        .hasMessage("factorSize must be at least 1, got 0");
  }

  @Test
  void rejectsInitialParametersOfOtherLengthsThanItsTensors() {
    for (double[][] initial : new double[][][] {null, {{0.}}, {{0.}, {0.}, {0.}}}) {
      RowModel model = new BeginningWith(initial);
      rejects(
          regression().setModel(model),
          "initialParameters must have lengths [1, 6], as tensors has, got "
              + (initial == null ? "null" : initial.length == 1 ? "[1]" : "[1, 1, 1]"));
    }
  }

  /** Linear regression that begins with what it is told. */
  private record BeginningWith(double[][] initial) implements RowModel {
    private static final LinearModel LINEAR = LinearModel.regression();

    @Override
    public TensorSpec[] tensors(int features) {
      return LINEAR.tensors(features);
    }

    @Override
    public double[][] initialParameters(int features, long seed) {
      return initial;
    }

    @Override
    public double add(Vector features, double label, double[][] parameters, GradientSum gradients) {
      return LINEAR.add(features, label, parameters, gradients);
    }

    @Override
    public double predict(Vector features, double[][] parameters) {
      return LINEAR.predict(features, parameters);
    }
  }

  private static void rejects(KerasEstimator estimator, String message) {
    assertThatThrownBy(() -> estimator.fit(small()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void rejectsRowsThatDoNotFit() {
    Dataset<Row> nulls =
        session.createDataFrame(List.of(RowFactory.create(null, Vectors.dense(1.))), SCHEMA);
    assertThatThrownBy(() -> regression().fit(nulls))
        .hasStackTraceContaining("a row must have features and a label, got null for its label");
    Dataset<Row> sizes =
        data(
            List.of(
                new LabeledPoint(1., Vectors.dense(1.)),
                new LabeledPoint(1., Vectors.dense(1., 2.))));
    assertThatThrownBy(() -> regression().fit(sizes))
        .hasStackTraceContaining("features must have 1 numbers, as in the first row, got 2");
    Dataset<Row> none = data(List.of(new LabeledPoint(1., Vectors.dense(new double[0]))));
    assertThatThrownBy(() -> regression().fit(none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("features must have at least 1 number, got 0");
    Dataset<Row> labels = data(List.of(new LabeledPoint(2., Vectors.dense(1.))));
    assertThatThrownBy(() -> regression().setModel(LinearModel.logisticRegression()).fit(labels))
        .hasStackTraceContaining("label must be 0 or 1, got 2.0");
  }

  @Test
  void rejectsFeaturesOfAnotherSizeThanInTheTraining() {
    KerasModel fitted =
        regression().fit(data(List.of(new LabeledPoint(1., Vectors.dense(1., 2.)))));
    for (Vector other : List.of(Vectors.dense(1.), Vectors.dense(1., 2., 3.))) {
      String message =
          String.format(
              "features must have as many numbers as in the training, whose tensors have lengths"
                  + " [1, 2], got %d, for lengths [1, %<d]",
              other.size());
      assertThatThrownBy(() -> fitted.predict(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message);
      Dataset<Row> rows = data(List.of(new LabeledPoint(1., other)));
      assertThatThrownBy(() -> fitted.transform(rows).collectAsList())
          .hasStackTraceContaining(message);
    }
    assertThatThrownBy(() -> fitted.predict(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("features must be present, got null");
  }
}
