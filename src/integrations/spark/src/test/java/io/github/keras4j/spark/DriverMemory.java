package io.github.keras4j.spark;

import io.github.keras4j.optimizers.Adam;
import io.github.keras4j.optimizers.GradientSum;
import io.github.keras4j.optimizers.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The heap of a driver that trains a sharded model of 4,001 parameters, after a collection of
 * garbage, as the steps go by: with checkpoints that are far apart, and without.
 */
public final class DriverMemory {
  private static final int TABLE = 500;
  private static final int WIDTH = 8;

  private DriverMemory() {}

  /**
   * Measures.
   *
   * @param args none
   * @throws IOException if there is no room for checkpoints
   */
  public static void main(String[] args) throws IOException {
    System.out.println("| step | checkpoints | MB |");
    System.out.println("|-|-|-|");
    for (boolean checkpoints : new boolean[] {true, false}) {
      ShardedTrainer.Builder<Integer> builder =
          ShardedTrainer.<Integer>builder(
                  new Adam(), TensorSpec.of("table", TABLE, WIDTH), TensorSpec.of("bias", 1))
              .loss(new Touch())
              .lazyRows(0, WIDTH)
              .initial((tensor, from, to) -> new double[to - from])
              .shards(2)
              .listener(step -> print(step.step(), checkpoints));
      if (checkpoints) {
        builder.checkpoints(Files.createTempDirectory("memory").toString(), 1_000_000);
      }
      try (JavaSparkContext context = Contexts.local(2)) {
        JavaRDD<Integer> data = context.parallelize(List.of(1, 2, 3, 4), 2);
        builder.build().train(data, 500);
      }
    }
  }

  private static void print(long step, boolean checkpoints) {
    if (step != 1 && step % 50 != 0) {
      return;
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        Locale.ROOT,
        "| %d | %s | %d |%n",
        step,
        checkpoints ? "far apart" : "none",
        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
  }

  /** Touches a row and the bias. */
  private static final class Touch implements ShardedLoss<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public void rowsOf(Integer row, NeededRows rows) {
      rows.add(0, row);
    }

    @Override
    public double add(Integer row, ParameterView parameters, GradientSum gradients) {
      gradients.row(0, row)[0] += parameters.row(0, row)[0] - row;
      gradients.tensor(1)[0] += parameters.tensor(1)[0] - row;
      return 1.;
    }
  }
}
