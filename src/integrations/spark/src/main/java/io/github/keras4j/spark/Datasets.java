package io.github.keras4j.spark;

import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
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
    return inOwnProcess(
        new Supplier<>() { // a lambda would fail outside, when it is linked
          @Override
          public JavaRDD<T> get() {
            return data.javaRDD();
          }
        });
  }

  /**
   * The context of the session that a data set is of.
   *
   * @throws IllegalArgumentException as {@link #rdd}
   */
  static JavaSparkContext context(Dataset<?> data) {
    return inOwnProcess(
        new Supplier<>() {
          @Override
          public JavaSparkContext get() {
            return JavaSparkContext.fromSparkContext(data.sparkSession().sparkContext());
          }
        });
  }

  static <R> R inOwnProcess(Supplier<R> asked) {
    try {
      return asked.get();
    } catch (UnsupportedOperationException | LinkageError e) { // clients of 4.x and of 3.5
      throw new IllegalArgumentException(
          "data must be of a session in the driver's own process, got a Dataset of Spark Connect,"
              + " which has no RDDs",
          e);
    }
  }
}
