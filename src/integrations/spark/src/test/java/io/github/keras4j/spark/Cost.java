package io.github.keras4j.spark;

import io.github.keras4j.spark.CheapSteps.Way;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Prints what a step costs, in time and in bytes: see {@link CheapSteps}. */
public final class Cost {
  private static final int PARTITIONS = 16;

  private Cost() {}

  /**
   * Measures.
   *
   * @param args none
   * @throws IOException if a folder cannot be reached
   */
  public static void main(String[] args) throws IOException {
    try (CheapSteps steps = new CheapSteps()) {
      System.out.println(
          "| parameters | how | seconds | shuffled MB | to the driver MB |\n|-|-|-|-|-|");
      for (int n : new int[] {10_000, 1_000_000, 4_000_000}) {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put("one machine: Adam's step alone", steps.optimizer(n));
        ways.put("one machine: MeanLoss, then Adam", steps.meanLoss(n, PARTITIONS));
        ways.put("SparkTrainer, sums by executors", steps.trainer(n, PARTITIONS, 1));
        ways.put("SparkTrainer, sums on the driver", steps.trainer(n, PARTITIONS, PARTITIONS));
        ways.put("treeAggregate, then Adam", steps.treeAggregate(n, PARTITIONS));
        ways.put("ShardedTrainer, 2 shards", steps.shards(n, PARTITIONS));
        ways.put("MLlib's GradientDescent, with Adam", steps.gradientDescent(n, PARTITIONS));
        for (Map.Entry<String, Way> way : ways.entrySet()) {
          CheapSteps.Cost cost = steps.measure(way.getValue());
          System.out.printf(
              Locale.ROOT,
              "| %,d | %s | %.4f | %.1f | %.1f |%n",
              n,
              way.getKey(),
              cost.seconds(),
              cost.shuffled() / 1e6,
              cost.collected() / 1e6);
        }
      }
    }
  }
}
