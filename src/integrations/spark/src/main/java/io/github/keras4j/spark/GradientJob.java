package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Checksum;
import io.github.keras4j.optimizers.engine.Model;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Sums over all partitions, in their order. The driver adds what fits it; what does not, executors
 * add slice by slice.
 */
final class GradientJob {
  private static final int SLICE = 1 << 16; // elements: half a megabyte
  private static final int ROW_ELEMENT = Double.BYTES + Integer.BYTES; // a row may have but one

  private final int fanIn; // 0 where bytes decide
  private boolean rowsAreMany; // the sums of tensors by rows were too large for the driver once

  GradientJob(int fanIn) {
    this.fanIn = fanIn;
  }

  /** The sum over all partitions, of whole tensors. */
  <T> SliceSum run(
      JavaRDD<T> data,
      Model model,
      GradientTask<T> task,
      BatchLoss<T> loss,
      Broadcast<double[][]> parameters,
      long... checksums) {
    DriverLimit limit = DriverLimit.of(JavaSparkContext.fromSparkContext(data.context()));
    int partitions = data.getNumPartitions();
    if (fanIn > 0) {
      return partitions <= fanIn
          ? added(model, whole(data, task, loss, parameters, checksums).collect())
          : addedByExecutors(data, model, task, loss, parameters, limit, checksums);
    }
    if (!rowsAreMany && limit.allows(partitions, denseBytes(model))) {
      // How many rows are touched is known only now: a sum above its share stays where it is.
      List<SliceSum> sums =
          whole(data, task, loss, parameters, checksums)
              .filter(sum -> limit.allows(partitions, sum.bytes()))
              .collect();
      if (sums.size() == partitions) {
        return added(model, sums);
      }
      rowsAreMany = true;
    }
    return addedByExecutors(data, model, task, loss, parameters, limit, checksums);
  }

  private static SliceSum added(Model model, List<SliceSum> sums) {
    SliceSum.Adder adder = new SliceSum.Adder(model, Part.tensors(model));
    sums.forEach(adder::add);
    return adder.sum();
  }

  private static <T> SliceSum addedByExecutors(
      JavaRDD<T> data,
      Model model,
      GradientTask<T> task,
      BatchLoss<T> loss,
      Broadcast<double[][]> parameters,
      DriverLimit limit,
      long... checksums) {
    long bytes = model.elements() * (model.anyRows() ? ROW_ELEMENT : Double.BYTES); // at most
    // So many that none is tiny, no executor adds more than another, and the driver can take one.
    long count =
        Math.max(
            Math.min(data.getNumPartitions(), model.elements() / SLICE + 1), limit.slices(bytes));
    List<List<Part>> slices = Part.slices(model, Math.toIntExact(count));
    JavaRDD<SliceSum> sums =
        sums(partials(data, task.slicedInto(slices), loss, parameters, checksums), model, slices);
    return SliceSum.joined(model, slices, limit.collect(sums, bytes / count));
  }

  /** The sums of the partitions, whole. */
  private static <T> JavaRDD<SliceSum> whole(
      JavaRDD<T> data,
      GradientTask<T> task,
      BatchLoss<T> loss,
      Broadcast<double[][]> parameters,
      long... checksums) {
    return partials(data, task, loss, parameters, checksums).map(Tuple2::_2);
  }

  private static <T> JavaRDD<Tuple2<Integer, SliceSum>> partials(
      JavaRDD<T> data,
      GradientTask<T> task,
      BatchLoss<T> loss,
      Broadcast<double[][]> parameters,
      long... checksums) {
    return data.mapPartitionsWithIndex(
        (partition, examples) ->
            task.run(
                partition,
                examples,
                (taken, sum) -> loss.add(taken, parameters.value(), sum),
                () -> !Arrays.equals(Checksum.ofEach(parameters.value()), checksums)),
        false);
  }

  private static long denseBytes(Model model) {
    long bytes = 0;
    for (int tensor = 0; tensor < model.tensors(); tensor++) {
      bytes += model.byRows(tensor) ? 0 : (long) Double.BYTES * model.length(tensor);
    }
    return bytes;
  }

  /** A partition for each slice, with its sum. */
  static JavaRDD<SliceSum> sums(
      JavaRDD<Tuple2<Integer, SliceSum>> partials, Model model, List<List<Part>> slices) {
    return Exchange.inOrder(partials, slices.size())
        .mapPartitionsWithIndex(
            (slice, sent) -> {
              SliceSum.Adder adder = new SliceSum.Adder(model, slices.get(slice));
              sent.forEachRemaining(adder::add);
              return Collections.singleton(adder.sum()).iterator();
            },
            true);
  }
}
