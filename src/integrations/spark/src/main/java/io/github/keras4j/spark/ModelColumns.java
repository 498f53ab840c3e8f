package io.github.keras4j.spark;

import static java.util.Locale.ROOT;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** The parameters for columns that an estimator and its model share, and what they must be. */
final class ModelColumns implements Serializable {
  private static final long serialVersionUID = 1L;

  final Param<String> features;
  final Param<String> prediction;
  final Param<String> rawPrediction;
  private final Params owner;

  ModelColumns(Params owner) {
    this.owner = owner;
    features = new Param<>(owner, "featuresCol", "features column name");
    prediction = new Param<>(owner, "predictionCol", "prediction column name");
    rawPrediction = new Param<>(owner, "rawPredictionCol", "raw prediction column name");
    owner.setDefault(features, "features");
    owner.setDefault(prediction, "prediction");
    owner.setDefault(rawPrediction, "rawPrediction");
  }

  /** The schema with the columns that a model adds; rejects one that it cannot be applied to. */
  StructType added(StructType schema) {
    String name = owner.getOrDefault(features);
    DataType type = type(schema, "featuresCol", name);
    if (!type.equals(SQLDataTypes.VectorType())) {
      throw wrongType("featuresCol", "vectors", name, type);
    }
    StructType result = schema;
    for (Param<String> column : Arrays.asList(rawPrediction, prediction)) {
      String added = owner.getOrDefault(column);
      TrainerBuilder.requireNotNull(column.name(), added);
      if (Arrays.asList(result.fieldNames()).contains(added)) {
        throw new IllegalArgumentException(
            String.format(
                ROOT, "%s must name a new column, got %s, which is there", column.name(), added));
      }
      result = result.add(added, DataTypes.DoubleType, false);
    }
    return result;
  }

  static void requireNumbers(StructType schema, String parameter, String name) {
    DataType type = type(schema, parameter, name);
    if (!(type instanceof NumericType)) {
      throw wrongType(parameter, "numbers", name, type);
    }
  }

  private static DataType type(StructType schema, String parameter, String name) {
    if (!Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              ROOT,
              "%s must name a column of the data, got %s, with the columns %s",
              parameter,
              name,
              Arrays.toString(schema.fieldNames())));
    }
    return schema.apply(name).dataType();
  }

  private static IllegalArgumentException wrongType(
      String parameter, String wanted, String name, DataType type) {
    return new IllegalArgumentException(
        String.format(
            ROOT,
            "%s must name a column of %s, got %s of type %s",
            parameter,
            wanted,
            name,
            type.typeName()));
  }
}
