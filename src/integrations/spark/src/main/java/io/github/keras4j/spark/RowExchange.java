package io.github.keras4j.spark;

import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.engine.Model;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Brings rows from the shards that have them to the tasks that need them. */
final class RowExchange {
  private RowExchange() {}

  /**
   * The gradients of all partitions, each under the number of the shard that it is for. Tensors
   * that do not go by rows are on every executor.
   */
  static <T> JavaRDD<Tuple2<Integer, SliceSum>> gradients(
      JavaRDD<T> data,
      JavaRDD<Shard> shards,
      ShardPlan plan,
      GradientTask<T> task,
      ShardedLoss<T> loss,
      Broadcast<double[][]> tensors,
      long... checksums) {
    Model model = plan.model();
    if (!model.anyRows()) {
      return data.mapPartitionsWithIndex(
          (partition, examples) ->
              task.run(
                  partition,
                  examples,
                  (taken, sum) -> add(loss, taken, new ParameterView(model, tensors.value()), sum),
                  () -> new ParameterView(model, tensors.value()).isChanged(checksums)),
          false);
    }
    JavaRDD<Tuple2<Integer, int[][]>> needs =
        data.mapPartitionsWithIndex(
            (partition, examples) -> {
              NeededRows rows = new NeededRows(model);
              Iterator<T> taken = task.examples(partition, examples);
              while (taken.hasNext()) {
                loss.rowsOf(taken.next(), rows);
              }
              return addressed(rows, plan.shards());
            },
            false);
    JavaRDD<Tuple2<Integer, Rows>> found =
        shards.zipPartitions(
            Exchange.inOrder(needs, plan.count()),
            (shard, asked) -> found(shard.next(), asked, plan, TaskContext.getPartitionId()));
    return data.zipPartitions(
        Exchange.inOrder(found, data.getNumPartitions()),
        (examples, rows) -> {
          ParameterView view = new ParameterView(model, tensors.value());
          for (int shard = 0; rows.hasNext(); shard++) {
            put(view, rows.next(), plan.shards().get(shard));
          }
          return task.run(
              TaskContext.getPartitionId(),
              examples,
              (taken, sum) -> add(loss, taken, view, sum),
              () -> view.isChanged(checksums));
        });
  }

  /** Rows of a slice, by part; null where the part does not go by rows. */
  static final class Rows implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int[][] rows;
    private final double[][] values;

    private Rows(int[][] rows, double[][] values) {
      this.rows = rows;
      this.values = values;
    }
  }

  private static <T> double add(
      ShardedLoss<T> loss, Iterator<T> examples, ParameterView view, GradientSum sum)
      throws Exception {
    double total = 0.;
    while (examples.hasNext()) {
      total += loss.add(examples.next(), view, sum);
    }
    return total;
  }

  private static Iterator<Tuple2<Integer, int[][]>> addressed(
      NeededRows rows, List<List<Part>> slices) {
    return IntStream.range(0, slices.size())
        .mapToObj(shard -> new Tuple2<>(shard, rows.of(slices.get(shard))))
        .iterator();
  }

  private static Iterator<Tuple2<Integer, Rows>> found(
      Shard shard, Iterator<int[][]> asked, ShardPlan plan, int number) {
    List<Part> parts = plan.shards().get(number);
    List<Tuple2<Integer, Rows>> found = new ArrayList<>();
    for (int sender = 0; asked.hasNext(); sender++) {
      int[][] rows = asked.next();
      double[][] values = new double[rows.length][];
      for (int i = 0; i < rows.length; i++) {
        if (rows[i] != null) {
          Part part = parts.get(i);
          values[i] =
              rows(shard.parameters()[i], rows[i], part.from, plan.model().width(part.tensor));
        }
      }
      found.add(new Tuple2<>(sender, new Rows(rows, values)));
    }
    return found.iterator();
  }

  private static double[] rows(double[] part, int[] rows, int from, int width) {
    double[] values = new double[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(part, rows[i] * width - from, values, i * width, width);
    }
    return values;
  }

  private static void put(ParameterView view, Rows rows, List<Part> parts) {
    for (int i = 0; i < parts.size(); i++) {
      if (rows.rows[i] != null) {
        view.put(parts.get(i).tensor, rows.rows[i], rows.values[i]);
      }
    }
  }
}
