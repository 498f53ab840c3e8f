package io.github.keras4j.spark;

import io.github.keras4j.spark.CheapSteps.Cost;
import io.github.keras4j.spark.CheapSteps.Way;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Prints how long a step takes by the way that sums travel: see {@link CheapSteps}. */
public final class SumsCost {
  private SumsCost() {}

  /**
   * Measures.
   *
   * @param args none, or a number of parameters and a number of partitions
   * @throws IOException never
   */
  public static void main(String[] args) throws IOException {
    int[] numbers = Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
    boolean all = numbers.length == 0;
    int[] sizes = all ? new int[] {10_000, 1_000_000, 4_000_000} : new int[] {numbers[0]};
    int[] counts = all ? new int[] {4, 16, 64} : new int[] {numbers[1]};
    try (CheapSteps steps = new CheapSteps()) {
      System.out.println(
          "| parameters x partitions | by bytes | fanIn 8 | driver | executors | treeAggregate"
              + " | MLlib |\n|-|-|-|-|-|-|-|");
      for (int n : sizes) {
        for (int partitions : counts) {
          System.out.printf(Locale.ROOT, "| %,d x %d |", n, partitions);
          steps.measure(steps.trainer(n, partitions)); // or the first column warms the others up
          for (Way way :
              List.of(
                  steps.trainer(n, partitions),
                  steps.trainer(n, partitions, 8),
                  steps.trainer(n, partitions, partitions),
                  steps.trainer(n, partitions, 1),
                  steps.treeAggregate(n, partitions),
                  steps.gradientDescent(n, partitions))) {
            Cost cost = steps.measure(way);
            System.out.print(
                cost == null ? " - |" : String.format(Locale.ROOT, " %.2f |", cost.seconds()));
          }
          System.out.println();
        }
      }
    }
  }
}
