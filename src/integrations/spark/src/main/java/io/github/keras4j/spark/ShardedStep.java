package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.engine.Checksum;
import io.github.keras4j.optimizers.engine.Model;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * A step of a sharded model: gradients travel to their shards, which say what they find, and then
 * become others.
 *
 * @param data the examples
 * @param shards as the step before left them
 * @param last whether the shards are never to be computed again from the ones before
 */
record ShardedStep<T>(
    JavaRDD<T> data,
    JavaRDD<Shard> shards,
    ShardPlan plan,
    ClippingNorms norms,
    GradientTask<T> task,
    ShardedLoss<T> loss,
    long step,
    boolean last) {
  /**
   * What a step leaves.
   *
   * @param step it
   * @param shards as it left them, in the memory of the executors
   * @param tensors which tasks need that compute shards again
   */
  record Made(TrainedStep step, JavaRDD<Shard> shards, Broadcast<double[][]> tensors) {}

  /**
   * Makes the step.
   *
   * @throws IllegalArgumentException if a parameter is not finite
   * @throws IllegalStateException if no example was drawn, the loss or a gradient is not finite, or
   *     shards were lost that are not computed again
   */
  Made make() {
    try {
      return StepName.during(
          JavaSparkContext.fromSparkContext(data.context()),
          "ShardedTrainer",
          "step " + step,
          () -> run(plan, step));
    } catch (Exception e) { // Spark's are not declared
      if (last) {
        requireNoneLost(e, step);
      }
      throw e;
    }
  }

  /** Takes what tasks need as well, since they must not take this with them. */
  private Made run(ShardPlan plan, long step) {
    Model model = plan.model();
    double[][] dense = plan.collect(shards, Shard::parameters, tensor -> !model.byRows(tensor));
    Broadcast<double[][]> tensors =
        JavaSparkContext.fromSparkContext(data.context()).broadcast(dense);
    JavaRDD<SliceSum> sums =
        GradientJob.sums(
            RowExchange.gradients(data, shards, plan, task, loss, tensors, Checksum.ofEach(dense)),
            model,
            plan.shards());
    sums.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      boolean clips = norms.any();
      List<Look> looks =
          shards
              .zipPartitions(sums, (its, sum) -> look(its.next(), sum.next(), plan, step, clips))
              .collect();
      looks.forEach(Look::requireParameters);
      looks.forEach(Look::requireValid);
      double[][] squares =
          clips ? norms.sumsOfSquares(looks.stream().map(look -> look.squares).toList()) : null;
      JavaRDD<Shard> stepped =
          shards.zipPartitions(
              sums,
              (its, sum) -> {
                int number = TaskContext.getPartitionId();
                Gradient[] gradients =
                    new MeanGradient(model, sum.next(), step).gradients(plan.shards().get(number));
                Shard shard = its.next();
                return List.of(shard.step(gradients, clips ? squares[number] : null)).iterator();
              });
      stepped.persist(StorageLevel.MEMORY_AND_DISK());
      if (last) {
        stepped.rdd().localCheckpoint();
      }
      stepped.count();
      shards.unpersist();
      return new Made(
          new TrainedStep(step, looks.get(0).loss, looks.get(0).examples), stepped, tensors);
    } catch (Exception e) { // Spark's are not declared
      tensors.destroy();
      throw e;
    } finally {
      sums.unpersist();
    }
  }

  /** Says what to do where a step failed since an executor has died with shards no other has. */
  private static void requireNoneLost(Exception failure, long step) {
    if (lost(failure)) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "step %d must have all shards, got a loss of some with an executor:"
                  + " set checkpoints, from which they are computed again",
              step),
          failure);
    }
  }

  private static boolean lost(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (String.valueOf(cause.getMessage()).contains("Checkpoint block")) { // Spark's words
        return true;
      }
    }
    return false;
  }

  /** What a shard finds before a step. */
  static final class Look implements Serializable {
    private static final long serialVersionUID = 1L;

    private double loss;
    private long examples;
    private double[] squares; // null where no norm clips
    private String parameters; // what is wrong with them; null for nothing
    private String rejection; // null for none

    void requireParameters() {
      if (parameters != null) {
        throw new IllegalArgumentException(parameters);
      }
    }

    void requireValid() {
      if (rejection != null) {
        throw new IllegalStateException(rejection);
      }
    }
  }

  private static Iterator<Look> look(
      Shard shard, SliceSum sum, ShardPlan plan, long step, boolean clips) {
    Look look = new Look();
    List<Part> parts = plan.shards().get(TaskContext.getPartitionId());
    for (int i = 0; i < parts.size() && look.parameters == null; i++) {
      Part part = parts.get(i);
      look.parameters = FiniteParameters.fault(part.tensor, part.from, shard.parameters()[i], step);
    }
    Gradient[] gradients;
    try {
      MeanGradient mean = new MeanGradient(plan.model(), sum, step);
      look.loss = mean.made().loss();
      look.examples = mean.made().examples();
      gradients = mean.gradients(parts);
    } catch (IllegalStateException rejected) {
      look.rejection = rejected.getMessage();
      return List.of(look).iterator();
    }
    look.squares = clips ? shard.sumsOfSquares(gradients) : null;
    return List.of(look).iterator();
  }
}
