package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a {@link RowModel} on the rows of a data set with an optimizer of Keras: an estimator of
 * Spark ML, for pipelines, cross-validation and grids.
 *
 * <pre>{@code
 * KerasEstimator estimator =
 *     new KerasEstimator()
 *         .setModel(LinearModel.logisticRegression())
 *         .setOptimizer(AdamW.builder().learningRate(0.05).build())
 *         .setSteps(200);
 * KerasModel model = estimator.fit(training);
 * Dataset<Row> predictions = model.transform(test);
 * }</pre>
 *
 * <p>{@code fit} makes steps of a {@link SparkTrainer} over all rows, or a random part of them. So
 * it gives the same bits in every run under the same conditions as the trainer: the same rows in
 * the same partitions in the same order.
 *
 * <h2>Parameters</h2>
 *
 * <table>
 * <caption>Names as {@code explainParams()} has them</caption>
 * <tr><th>name</th><th>what it is</th><th>unless set</th></tr>
 * <tr><td>{@code model}</td><td>the model</td><td>none: it must be set</td></tr>
 * <tr><td>{@code optimizer}</td><td>a name that {@link
 *     io.github.keras4j.optimizers.Optimizers#get} knows, or Keras's JSON of an optimizer, {@code
 *     {"class_name": .., "config": {..}}}</td><td>{@code adamw}</td></tr>
 * <tr><td>{@code learningRate}</td><td>takes the place of the optimizer's</td><td>the
 *     optimizer's</td></tr>
 * <tr><td>{@code steps}</td><td>how many steps, at least 1</td><td>100</td></tr>
 * <tr><td>{@code miniBatchFraction}</td><td>the probability with which a step takes a row, above 0,
 *     at most 1</td><td>1: all rows</td></tr>
 * <tr><td>{@code seed}</td><td>of initial values and mini-batches</td><td>0</td></tr>
 * <tr><td>{@code gradients}</td><td>how gradients of {@link RowModel#isTable tables} travel: {@code
 *     dense}; {@code rows}, with the same numbers; {@code lazyRows}, by which only touched rows
 *     change; or {@code auto}: {@code rows} if the features of the first row are sparse and the
 *     optimizer takes rows, otherwise {@code dense}</td><td>{@code auto}</td></tr>
 * <tr><td>{@code featuresCol}, {@code labelCol}</td><td>columns of vectors and of numbers, read by
 *     {@code fit}</td><td>{@code features}, {@code label}</td></tr>
 * <tr><td>{@code predictionCol}, {@code rawPredictionCol}</td><td>columns that the model
 *     adds</td><td>{@code prediction}, {@code rawPrediction}</td></tr>
 * </table>
 *
 * <p>A grid varies the optimizer by its JSON, or {@code learningRate} alone. For checkpoints, early
 * stopping and a listener take {@link SparkTrainer} itself.
 *
 * <p>Rows without label or features are rejected, as are vectors of different sizes: the training
 * fails with the reason. Spark Connect has no RDDs, on which the training runs.
 */
public final class KerasEstimator extends Estimator<KerasModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final ModelColumns columns;
  private final Param<String> labelCol;
  private final Param<RowModel> model;
  private final Param<String> optimizer;
  private final DoubleParam learningRate;
  private final IntParam steps;
  private final DoubleParam miniBatchFraction;
  private final LongParam seed;
  private final Param<String> gradients;

  /** Makes an estimator with a new identifier. */
  public KerasEstimator() {
    this(Identifiable$.MODULE$.randomUID("kerasEstimator"));
  }

  /** Makes an estimator with this identifier. */
  public KerasEstimator(String uid) {
    this.uid = uid; // first: parameters ask for it
    columns = new ModelColumns(this);
    model = new RowModelParam(this);
    labelCol = new Param<>(this, "labelCol", "label column name");
    optimizer = new Param<>(this, "optimizer", "name or Keras's JSON of the optimizer");
    learningRate = new DoubleParam(this, "learningRate", "takes the place of the optimizer's");
    steps = new IntParam(this, "steps", "how many steps, at least 1");
    miniBatchFraction =
        new DoubleParam(
            this, "miniBatchFraction", "share of the rows in a step, above 0, at most 1");
    seed = new LongParam(this, "seed", "random seed of initial values and mini-batches");
    gradients =
        new Param<>(
            this, "gradients", "how gradients of tables travel, one of " + RowTraining.GRADIENTS);
    setDefault(labelCol, "label");
    setDefault(optimizer, "adamw");
    setDefault(steps, 100);
    setDefault(miniBatchFraction, 1.);
    setDefault(seed, 0L);
    setDefault(gradients, "auto");
  }

  // ---- Training -------------------------------------------------------------------------------

  /**
   * Trains a new model, from its initial parameters, with a new optimizer.
   *
   * @param data rows with features and labels; cached for the training unless it is already
   * @return the trained model
   * @throws IllegalArgumentException if a column is missing or of another type, the data are empty,
   *     or a parameter is out of range
   * @throws IllegalStateException if no model was set, a step drew no row, or its loss or a
   *     gradient is not finite
   */
  @Override
  public KerasModel fit(Dataset<?> data) {
    transformSchema(data.schema());
    if (!isDefined(model)) {
      throw new IllegalStateException("an estimator needs a model: setModel");
    }
    KerasModel fitted = new RowTraining(this, makeOptimizer()).fit(data);
    return copyValues(fitted.setParent(this), ParamMap.empty());
  }

  private Optimizer makeOptimizer() {
    Optimizer made = OptimizerJson.read(getOptimizer());
    if (isDefined(learningRate)) {
      made.setLr(getLearningRate());
    }
    return made;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    ModelColumns.requireNumbers(schema, "labelCol", getLabelCol());
    return columns.added(schema);
  }

  @Override
  public KerasEstimator copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Returns a reader of estimators that were saved by {@code write()} or {@code save}. */
  public static MLReader<KerasEstimator> read() {
    return new DefaultParamsReadable<KerasEstimator>() {}.read();
  }

  /** Reads an estimator. Its model is deserialized by Java: load only what you trust. */
  public static KerasEstimator load(String path) {
    return read().load(path);
  }

  // ---- Parameters -----------------------------------------------------------------------------

  /** The column of features. */
  public Param<String> featuresCol() {
    return columns.features;
  }

  /** Sets {@link #featuresCol}. */
  public KerasEstimator setFeaturesCol(String value) {
    set(columns.features, value);
    return this;
  }

  /** Returns {@link #featuresCol}. */
  public String getFeaturesCol() {
    return getOrDefault(columns.features);
  }

  /** The column of labels. */
  public Param<String> labelCol() {
    return labelCol;
  }

  /** Sets {@link #labelCol}. */
  public KerasEstimator setLabelCol(String value) {
    set(labelCol, value);
    return this;
  }

  /** Returns {@link #labelCol}. */
  public String getLabelCol() {
    return getOrDefault(labelCol);
  }

  /** The column of predictions. */
  public Param<String> predictionCol() {
    return columns.prediction;
  }

  /** Sets {@link #predictionCol}. */
  public KerasEstimator setPredictionCol(String value) {
    set(columns.prediction, value);
    return this;
  }

  /** Returns {@link #predictionCol}. */
  public String getPredictionCol() {
    return getOrDefault(columns.prediction);
  }

  /** The column of raw predictions. */
  public Param<String> rawPredictionCol() {
    return columns.rawPrediction;
  }

  /** Sets {@link #rawPredictionCol}. */
  public KerasEstimator setRawPredictionCol(String value) {
    set(columns.rawPrediction, value);
    return this;
  }

  /** Returns {@link #rawPredictionCol}. */
  public String getRawPredictionCol() {
    return getOrDefault(columns.rawPrediction);
  }

  /** The model. */
  public Param<RowModel> model() {
    return model;
  }

  /** Sets {@link #model}. */
  public KerasEstimator setModel(RowModel value) {
    set(model, value);
    return this;
  }

  /** Returns {@link #model}. */
  public RowModel getModel() {
    return getOrDefault(model);
  }

  /** The optimizer, as a name or Keras's JSON. */
  public Param<String> optimizer() {
    return optimizer;
  }

  /** Sets {@link #optimizer}. */
  public KerasEstimator setOptimizer(String value) {
    set(optimizer, value);
    return this;
  }

  /** Returns {@link #optimizer}. */
  public String getOptimizer() {
    return getOrDefault(optimizer);
  }

  /**
   * Sets {@link #optimizer} to the configuration of an optimizer, with the exclusions from weight
   * decay and the constraints that it was told.
   */
  public KerasEstimator setOptimizer(Optimizer value) {
    return setOptimizer(OptimizerJson.write(value));
  }

  /** The learning rate that takes the place of the optimizer's. */
  public DoubleParam learningRate() {
    return learningRate;
  }

  /** Sets {@link #learningRate}. */
  public KerasEstimator setLearningRate(double value) {
    set(learningRate, value);
    return this;
  }

  /** Returns {@link #learningRate}. */
  public double getLearningRate() {
    return (Double) getOrDefault(learningRate);
  }

  /** How many steps are made. */
  public IntParam steps() {
    return steps;
  }

  /** Sets {@link #steps}. */
  public KerasEstimator setSteps(int value) {
    set(steps, value);
    return this;
  }

  /** Returns {@link #steps}. */
  public int getSteps() {
    return (Integer) getOrDefault(steps);
  }

  /** The probability with which a step takes a row. */
  public DoubleParam miniBatchFraction() {
    return miniBatchFraction;
  }

  /** Sets {@link #miniBatchFraction}. */
  public KerasEstimator setMiniBatchFraction(double value) {
    set(miniBatchFraction, value);
    return this;
  }

  /** Returns {@link #miniBatchFraction}. */
  public double getMiniBatchFraction() {
    return (Double) getOrDefault(miniBatchFraction);
  }

  /** The seed of initial values and mini-batches. */
  public LongParam seed() {
    return seed;
  }

  /** Sets {@link #seed}. */
  public KerasEstimator setSeed(long value) {
    set(seed, value);
    return this;
  }

  /** Returns {@link #seed}. */
  public long getSeed() {
    return (Long) getOrDefault(seed);
  }

  /** How gradients of tables travel. */
  public Param<String> gradients() {
    return gradients;
  }

  /** Sets {@link #gradients}. */
  public KerasEstimator setGradients(String value) {
    set(gradients, value);
    return this;
  }

  /** Returns {@link #gradients}. */
  public String getGradients() {
    return getOrDefault(gradients);
  }
}
