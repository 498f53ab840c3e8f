package io.github.keras4j.spark;

import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;

/** The rows of a data set, in its partitions. */
final class Datasets {
  private Datasets() {}

  /**
   * The rows as an RDD.
   *
   * @throws IllegalArgumentException if null, or of Spark Connect, with Spark's as the cause
   */
  static <T> JavaRDD<T> rdd(Dataset<T> data) {
    TrainerBuilder.requireNotNull("data", data);
    return rdd(
        new Supplier<>() { // a lambda would fail outside, when it is linked
          @Override
          public JavaRDD<T> get() {
            return data.javaRDD();
          }
        });
  }

  static <T> JavaRDD<T> rdd(Supplier<JavaRDD<T>> data) {
    try {
      return data.get();
    } catch (UnsupportedOperationException | LinkageError e) { // clients of 4.x and of 3.5
      throw new IllegalArgumentException(
          "data must be of a session in the driver's own process, got a Dataset of Spark Connect,"
              + " which has no RDDs",
          e);
    }
  }
}
