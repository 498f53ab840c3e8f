package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import java.util.List;
import java.util.Map;

/** The norms that clip the gradients of a sharded model: of the whole model, or of each tensor. */
final class ClippingNorms {
  private final ShardPlan plan;
  private final boolean any;
  private final boolean ofEachTensor;

  /** Rejects accumulation, in which no shard knows the mean before its step. */
  ClippingNorms(Optimizer optimizer, ShardPlan plan) {
    this.plan = plan;
    Map<String, Object> config = optimizer.getConfig();
    boolean clipnorm = isAbove(0., config.get("clipnorm"));
    any = clipnorm || isAbove(0., config.get("global_clipnorm"));
    ofEachTensor = clipnorm && optimizer instanceof BaseOptimizer; // of all in Keras 2.2.4
    Object steps = config.get("gradient_accumulation_steps");
    if (any && isAbove(1., steps)) {
      throw new IllegalStateException(
          "gradient_accumulation_steps must be null where a norm clips, got " + steps);
    }
  }

  private static boolean isAbove(double bound, Object hyperparameter) {
    return hyperparameter instanceof Number number && number.doubleValue() > bound;
  }

  boolean any() {
    return any;
  }

  /** The sums of squares over all shards for each shard, from the sums of each shard alone. */
  double[][] sumsOfSquares(List<double[]> own) {
    double total = 0.;
    double[] totals = new double[plan.model().tensors()];
    for (int shard = 0; shard < own.size(); shard++) {
      double[] sums = own.get(shard);
      for (int i = 0; i < sums.length; i++) {
        total += sums[i];
        totals[plan.shards().get(shard).get(i).tensor] += sums[i];
      }
    }
    double[] ofAll = {total};
    return plan.shards().stream()
        .map(
            parts ->
                ofEachTensor
                    ? parts.stream().mapToDouble(part -> totals[part.tensor]).toArray()
                    : ofAll)
        .toArray(double[][]::new);
  }
}
