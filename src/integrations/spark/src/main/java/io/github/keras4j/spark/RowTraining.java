package io.github.keras4j.spark;

import static java.util.Locale.ROOT;

import io.github.keras4j.optimizers.ExampleLoss;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.TensorSpec;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.StorageLevels;
import org.apache.spark.ml.feature.LabeledPoint;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** The training of a {@link RowModel} on the rows of a data set. */
final class RowTraining {
  // Not List.of, whose contains(null) throws.
  static final List<String> GRADIENTS = Arrays.asList("auto", "dense", "rows", "lazyRows");

  private final KerasEstimator estimator;
  private final RowModel model;
  private final Optimizer optimizer;

  /** Checks what the estimator's parameters are, whose setters take anything. */
  RowTraining(KerasEstimator estimator, Optimizer optimizer) {
    this.estimator = estimator;
    this.optimizer = optimizer;
    model = estimator.getModel();
    TrainerBuilder.requireNotNull("model", model);
    int steps = estimator.getSteps();
    if (steps < 1) {
      throw new IllegalArgumentException("steps must be at least 1, got " + steps);
    }
    String gradients = estimator.getGradients();
    if (!GRADIENTS.contains(gradients)) {
      throw new IllegalArgumentException(
          String.format(ROOT, "gradients must be one of %s, got %s", GRADIENTS, gradients));
    }
  }

  /** Trains on the rows, which are cached for that unless the data set is. */
  KerasModel fit(Dataset<?> data) {
    Dataset<Row> rows =
        data.select(
            functions.col(estimator.getFeaturesCol()),
            functions.col(estimator.getLabelCol()).cast("double"));
    JavaRDD<LabeledPoint> points = Datasets.rdd(rows).map(RowTraining::point);
    boolean caching = data.storageLevel().equals(StorageLevels.NONE);
    if (caching) {
      points.persist(StorageLevels.MEMORY_AND_DISK);
    }
    try {
      List<LabeledPoint> first = points.take(1);
      if (first.isEmpty()) {
        throw new IllegalArgumentException("data must hold at least one row, got 0");
      }
      return fit(points, first.get(0).features());
    } finally {
      if (caching) {
        points.unpersist(false);
      }
    }
  }

  private static LabeledPoint point(Row row) {
    if (row.isNullAt(0) || row.isNullAt(1)) {
      throw new IllegalArgumentException(
          String.format(
              ROOT,
              "a row must have features and a label, got null for its %s",
              row.isNullAt(0) ? "features" : "label"));
    }
    return new LabeledPoint(row.getDouble(1), (Vector) row.get(0));
  }

  private KerasModel fit(JavaRDD<LabeledPoint> points, Vector first) {
    int size = first.size();
    if (size == 0) {
      throw new IllegalArgumentException("features must have at least 1 number, got 0");
    }
    TensorSpec[] tensors = model.tensors(size);
    if (optimizer instanceof BaseOptimizer named) {
      named.build(tensors);
    }
    List<Double> losses = new ArrayList<>();
    SparkTrainer.Builder<LabeledPoint> trainer =
        SparkTrainer.<LabeledPoint>builder(optimizer)
            .exampleLoss(loss(model, size))
            .miniBatchFraction(estimator.getMiniBatchFraction())
            .seed(estimator.getSeed())
            .listener(step -> losses.add(step.loss()));
    String kind = kind(first);
    for (int tensor = 0; tensor < tensors.length; tensor++) {
      int width = tensors[tensor].length() / size;
      if (model.isTable(tensor) && kind.equals("rows")) {
        trainer.rows(tensor, width);
      } else if (model.isTable(tensor) && kind.equals("lazyRows")) {
        trainer.lazyRows(tensor, width);
      }
    }
    double[][] parameters = initialParameters(tensors, size);
    try {
      trainer.build().train(points, parameters, estimator.getSteps());
    } catch (IOException e) { // of checkpoints, which there are none of
      throw new UncheckedIOException(e);
    }
    double[] history = losses.stream().mapToDouble(Double::doubleValue).toArray();
    return new KerasModel(estimator.uid(), parameters, optimizer, history);
  }

  private double[][] initialParameters(TensorSpec[] tensors, int size) {
    double[][] parameters = model.initialParameters(size, estimator.getSeed());
    int[] expected = Arrays.stream(tensors).mapToInt(TensorSpec::length).toArray();
    int[] lengths =
        parameters == null ? null : Arrays.stream(parameters).mapToInt(t -> t.length).toArray();
    if (!Arrays.equals(lengths, expected)) {
      throw new IllegalArgumentException(
          String.format(
              ROOT,
              "initialParameters must have lengths %s, as tensors has, got %s",
              Arrays.toString(expected),
              Arrays.toString(lengths)));
    }
    return parameters;
  }

  /** The same numbers either way: rows where they are sparse and the optimizer takes rows. */
  private String kind(Vector first) {
    String gradients = estimator.getGradients();
    if (!gradients.equals("auto")) {
      return gradients;
    }
    return first instanceof SparseVector && optimizer.takesRows() ? "rows" : "dense";
  }

  private static ExampleLoss<LabeledPoint> loss(RowModel model, int size) {
    return (point, parameters, gradients) -> {
      if (point.features().size() != size) {
        throw new IllegalArgumentException(
            String.format(
                ROOT,
                "features must have %d numbers, as in the first row, got %d",
                size,
                point.features().size()));
      }
      return model.add(point.features(), point.label(), parameters, gradients);
    };
  }
}
