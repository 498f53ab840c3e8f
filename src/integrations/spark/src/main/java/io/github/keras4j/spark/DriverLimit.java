package io.github.keras4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * How many bytes of results the driver takes at once: below a quarter of what Spark allows one job,
 * and of the heap, in which they are twice for a moment.
 *
 * @param bytes the limit
 */
record DriverLimit(long bytes) implements Serializable {
  /**
   * At about this size a network of 10 Gbit/s takes as long to bring all sums to the driver as
   * Spark takes for the stage in which executors add them.
   */
  private static final long MOST = 256L << 20;

  /** What a result has besides its numbers: Spark's metrics of the task, first of all. */
  private static final long OVERHEAD = 4096;

  static DriverLimit of(JavaSparkContext context) {
    long results = context.getConf().getSizeAsBytes("spark.driver.maxResultSize", "1g");
    long memory = Runtime.getRuntime().maxMemory() / 4;
    return new DriverLimit(
        Math.min(Math.min(MOST, memory), results == 0 ? MOST : results / 4)); // 0 is no limit
  }

  /** Whether the results of so many tasks, each of at most so many bytes, stay below the limit. */
  boolean allows(int tasks, long each) {
    return (each + OVERHEAD) * tasks < bytes;
  }

  /** So many slices of so many bytes in all that each may be a result. */
  int slices(long all) {
    long most = Math.max(1, bytes - OVERHEAD);
    return (int) Math.min(Integer.MAX_VALUE, (all + most - 1) / most);
  }

  /** Collects the only element of each partition, by as many jobs as it takes. */
  <S> List<S> collect(JavaRDD<S> rdd, long each) {
    int partitions = rdd.getNumPartitions();
    if (allows(partitions, each)) {
      return rdd.collect();
    }
    int atOnce = (int) Math.max(1, bytes / (each + OVERHEAD));
    List<S> all = new ArrayList<>();
    for (int from = 0; from < partitions; from += atOnce) {
      int to = Math.min(partitions, from + atOnce);
      for (List<S> one : rdd.collectPartitions(IntStream.range(from, to).toArray())) {
        all.addAll(one);
      }
    }
    return all;
  }
}
