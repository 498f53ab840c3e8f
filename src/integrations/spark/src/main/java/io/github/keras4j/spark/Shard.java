package io.github.keras4j.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.github.keras4j.optimizers.Checkpoint;
import io.github.keras4j.optimizers.Gradient;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Optimizers;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;

/**
 * A part of a model after a step, with its optimizer. Never changed: a step makes another, so that
 * Spark may compute it again from this one. Serialized as a checkpoint.
 */
@DefaultSerializer(JavaSerializer.class)
final class Shard implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient Optimizer optimizer;
  private transient double[][] parameters;
  private String rejection; // why it cannot be gone on from; null where it can

  Shard(Optimizer optimizer, double[][] parameters) {
    this.optimizer = optimizer;
    this.parameters = parameters;
  }

  /** The sums of squares that the norms of a step are the roots of. */
  synchronized double[] sumsOfSquares(Gradient... gradients) {
    return optimizer.sumsOfSquares(gradients, parameters);
  }

  /** Makes a step with the sums of squares over all shards; null where no norm clips. */
  Shard step(Gradient[] gradients, double[] sums) {
    Optimizer next = copyOfOptimizer();
    double[][] values = Arrays.stream(parameters).map(double[]::clone).toArray(double[][]::new);
    next.setParallelism(1); // a task has one core
    if (sums == null) {
      next.applyGradients(gradients, values);
    } else {
      next.applyGradients(gradients, values, sums);
    }
    return new Shard(next, values);
  }

  /** What a model is evaluated with. */
  synchronized double[][] averages() {
    return Averages.of(optimizer, parameters);
  }

  private synchronized Optimizer copyOfOptimizer() {
    return optimizer.copy(); // a task tried twice at once may have the same shard in hand
  }

  /** What stands in the place of one that does not fit. */
  static Shard rejected(String rejection) {
    Shard shard = new Shard(Optimizers.get("sgd"), new double[][] {{0.}});
    shard.rejection = rejection;
    return shard;
  }

  String rejection() {
    return rejection;
  }

  Optimizer optimizer() {
    return optimizer;
  }

  double[][] parameters() {
    return parameters;
  }

  private synchronized void writeObject(ObjectOutputStream out) throws IOException {
    out.writeObject(rejection);
    Checkpoint.write(out, optimizer, parameters);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    rejection = (String) in.readObject();
    Checkpoint saved = Checkpoint.read(in);
    optimizer = saved.optimizer();
    parameters = saved.parameters();
  }
}
