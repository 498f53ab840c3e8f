package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A model that {@link KerasEstimator} has trained. {@code transform} adds two columns of numbers:
 * the prediction, and the raw prediction, by which evaluators rank. If the optimizer averages
 * ({@code use_ema}, {@code ScheduleFreeAdamW}), they are made with the averages. Features of
 * another size than in the training, and null, are rejected, as is a data set of Spark Connect.
 *
 * <p>Several threads may predict at once, and tasks may take the model with them.
 *
 * <p>A saved model is a folder with Spark's metadata and a checkpoint of this library, which holds
 * the parameters and the optimizer: {@link Checkpoint} reads it without Spark, too.
 */
public final class KerasModel extends Model<KerasModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String CHECKPOINT = "checkpoint.npz";

  private final String uid;
  private final ModelColumns columns;
  private final Param<RowModel> model;
  private transient double[][] parameters;
  private transient Optimizer optimizer;
  private transient double[][] predicting; // found once, before threads share this
  private final double[] history;

  KerasModel(String uid, double[][] parameters, Optimizer optimizer, double[] history) {
    this(uid, history);
    learned(parameters, optimizer);
  }

  private KerasModel(String uid, double[] history) {
    this.uid = uid; // first: parameters ask for it
    columns = new ModelColumns(this);
    model = new RowModelParam(this);
    this.history = history;
  }

  /**
   * For Spark, which reads the parameters of a saved model this way; {@link #load} reads a whole
   * one.
   *
   * @param uid its identifier
   */
  public KerasModel(String uid) {
    this(uid, new double[0]);
  }

  private void learned(double[][] values, Optimizer trained) {
    parameters = values;
    optimizer = trained;
    predicting = Averages.orParameters(trained, values);
  }

  // ---- Predictions ----------------------------------------------------------------------------

  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    transformSchema(data.schema());
    RowModel row = getOrDefault(model);
    Broadcast<double[][]> shared = Datasets.context(data).broadcast(predicting);
    Column features = functions.col(getFeaturesCol());
    Sizes sizes = new Sizes(row, parameters);
    UDF1<Vector, Double> raw = vector -> row.rawPredict(sizes.require(vector), shared.value());
    UDF1<Vector, Double> prediction = vector -> row.predict(sizes.require(vector), shared.value());
    return data.toDF()
        .withColumn(getRawPredictionCol(), functions.udf(raw, DataTypes.DoubleType).apply(features))
        .withColumn(
            getPredictionCol(), functions.udf(prediction, DataTypes.DoubleType).apply(features));
  }

  /**
   * Computes the prediction of one row.
   *
   * @param features of the row
   * @return what {@code transform} puts into the column of predictions
   * @throws IllegalArgumentException if null, or of another size than in the training
   */
  public double predict(Vector features) {
    RowModel row = getOrDefault(model);
    return row.predict(new Sizes(row, parameters).require(features), predicting);
  }

  /** Rejects features that the parameters are not for, which would give numbers without meaning. */
  private static final class Sizes implements Serializable {
    private static final long serialVersionUID = 1L;

    private final RowModel model;
    private final int[] trained; // lengths of tensors
    private volatile int fitting = -1; // the size that was found to fit

    Sizes(RowModel model, double[][] parameters) {
      this.model = model;
      trained = Arrays.stream(parameters).mapToInt(tensor -> tensor.length).toArray();
    }

    Vector require(Vector features) {
      TrainerBuilder.requireNotNull("features", features);
      int size = features.size();
      if (size != fitting) {
        int[] needed = Arrays.stream(model.tensors(size)).mapToInt(TensorSpec::length).toArray();
        if (!Arrays.equals(needed, trained)) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "features must have as many numbers as in the training, whose tensors have"
                      + " lengths %s, got %d, for lengths %s",
                  Arrays.toString(trained),
                  size,
                  Arrays.toString(needed)));
        }
        fitting = size;
      }
      return features;
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return columns.added(schema);
  }

  // ---- What was learned -----------------------------------------------------------------------

  /**
   * Returns the parameters as the last step has left them, in the order of {@link
   * RowModel#tensors}: new arrays. If the optimizer averages, predictions are not made with them
   * but with the {@link #averagedParameters}.
   */
  public double[][] parameters() {
    return Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
  }

  /**
   * Returns what predictions are made with if the optimizer averages: see {@link
   * io.github.keras4j.optimizers.keras3.BaseOptimizer#averagedParameters averagedParameters}.
   *
   * @return new arrays
   * @throws IllegalStateException if the optimizer has no averages
   */
  public double[][] averagedParameters() {
    return Averages.of(optimizer, parameters);
  }

  /** Returns a copy of the optimizer with its state after the last step. */
  public Optimizer optimizer() {
    return optimizer.copy();
  }

  /** Returns the mean loss of each step, before the step; none after {@link #load}. */
  public double[] objectiveHistory() {
    return history.clone();
  }

  // ---- Files ----------------------------------------------------------------------------------

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  private MLWriter paramsWriter() {
    return DefaultParamsWritable.super.write();
  }

  /**
   * Returns a reader of models that were saved by {@code write()} or {@code save}.
   *
   * @return a reader
   */
  public static MLReader<KerasModel> read() {
    return new Reader();
  }

  /**
   * Reads a model. Its {@link RowModel} is deserialized by Java: load only what you trust.
   *
   * @param path where it was saved
   * @return the model
   */
  public static KerasModel load(String path) {
    return read().load(path);
  }

  private static final class Writer extends MLWriter {
    private final KerasModel model;

    Writer(KerasModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      try {
        model.paramsWriter().session(sparkSession()).save(path);
        Path file = new Path(path, CHECKPOINT);
        Configuration configuration = sc().hadoopConfiguration();
        CheckpointFile.write(
            file.getFileSystem(configuration), file, model.optimizer, model.parameters);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Reader extends MLReader<KerasModel> {
    @Override
    public KerasModel load(String path) {
      MLReader<KerasModel> params = new DefaultParamsReadable<KerasModel>() {}.read();
      KerasModel model = params.session(sparkSession()).load(path);
      Path file = new Path(path, CHECKPOINT);
      try {
        Configuration configuration = sc().hadoopConfiguration();
        Checkpoint checkpoint = CheckpointFile.read(file.getFileSystem(configuration), file);
        model.learned(checkpoint.parameters(), checkpoint.optimizer());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return model;
    }
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    synchronized (optimizer) { // tasks and copies share it
      Checkpoint.write(out, optimizer, parameters);
    }
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    Checkpoint saved = Checkpoint.read(in);
    learned(saved.parameters(), saved.optimizer());
  }

  // ---- Parameters -----------------------------------------------------------------------------

  @Override
  public KerasModel copy(ParamMap extra) {
    KerasModel copy = new KerasModel(uid, history);
    copy.parameters = parameters;
    copy.optimizer = optimizer;
    copy.predicting = predicting;
    return copyValues(copy, extra).setParent(parent());
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The model of a row. */
  public Param<RowModel> model() {
    return model;
  }

  /** The column of features. */
  public Param<String> featuresCol() {
    return columns.features;
  }

  /** Sets {@link #featuresCol}. */
  public KerasModel setFeaturesCol(String value) {
    set(columns.features, value);
    return this;
  }

  /** Returns {@link #featuresCol}. */
  public String getFeaturesCol() {
    return getOrDefault(columns.features);
  }

  /** The column of predictions. */
  public Param<String> predictionCol() {
    return columns.prediction;
  }

  /** Sets {@link #predictionCol}. */
  public KerasModel setPredictionCol(String value) {
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
  public KerasModel setRawPredictionCol(String value) {
    set(columns.rawPrediction, value);
    return this;
  }

  /** Returns {@link #rawPredictionCol}. */
  public String getRawPredictionCol() {
    return getOrDefault(columns.rawPrediction);
  }
}
