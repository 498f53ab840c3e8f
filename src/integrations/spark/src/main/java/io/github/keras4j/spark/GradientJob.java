package io.github.keras4j.spark;

import io.github.keras4j.optimizers.engine.Model;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Sums over all partitions, in their order. */
final class GradientJob {
  private static final int SLICE = 1 << 16; // elements: half a megabyte

  private GradientJob() {}

  /** So many slices that none is tiny, and no executor adds more than another. */
  static List<List<Part>> slices(Model model, int partitions, int fanIn) {
    return partitions <= fanIn
        ? List.of(Part.tensors(model))
        : Part.slices(model, (int) Math.min(partitions, model.elements() / SLICE + 1));
  }

  /** The sum over all partitions, of whole tensors. */
  static <T> SliceSum run(
      JavaRDD<T> data,
      Model model,
      List<List<Part>> slices,
      int fanIn,
      GradientTask<T> task,
      BatchLoss<T> loss,
      Broadcast<double[][]> parameters) {
    JavaRDD<Tuple2<Integer, SliceSum>> partials =
        data.mapPartitionsWithIndex(
            (partition, examples) ->
                task.run(
                    partition, examples, (taken, sum) -> loss.add(taken, parameters.value(), sum)),
            false);
    if (data.getNumPartitions() > fanIn) {
      return SliceSum.joined(model, slices, sums(partials, model, slices).collect());
    }
    SliceSum.Adder adder = new SliceSum.Adder(model, Part.tensors(model));
    partials.collect().forEach(partial -> adder.add(partial._2));
    return adder.sum();
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
