package io.github.keras4j.spark;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/**
 * What a step costs on paper, as a table: bytes over the speed of a network of 10 Gbit/s, and of
 * memory of 10 GB/s. Serialization, which comes on top, is left out everywhere.
 */
public final class CostModel {
  private static final double NETWORK = 1.25e9; // bytes a second, each way
  private static final double MEMORY = 1e10;
  private static final int PARTITIONS = 4; // for each executor

  private CostModel() {}

  /**
   * Prints the table.
   *
   * @param args none
   */
  public static void main(String[] args) {
    System.out.println(
        "| parameters | executors | broadcast | sum by executors | sum on the driver | treeAggregate"
            + " | step on the driver | step in shards | driver's memory |");
    System.out.println("|-|-|-|-|-|-|-|-|-|");
    for (double n : new double[] {1e6, 1e8, 1e9, 1e10}) {
      for (int executors : new int[] {10, 100, 1000}) {
        print(n, executors);
      }
    }
  }

  private static void print(double n, int executors) {
    double one = 8. * n / NETWORK; // all parameters, or all gradients, over one wire
    double partitions = (double) PARTITIONS * executors;
    System.out.printf(
        Locale.ROOT,
        "| %,.0f | %,d | %s | %s | %s | %s | %s | %s | %s |%n",
        n,
        executors,
        seconds(2. * one), // out of the driver, and on from one executor to another
        seconds((PARTITIONS + 1.) * one), // each executor's sums to others, and one to the driver
        seconds(partitions * one),
        seconds(2. * Math.ceil(Math.sqrt(partitions)) * one), // two levels of that many
        seconds(56. * n / MEMORY), // Adam reads four arrays and writes three
        seconds((56. + 48.) * n / MEMORY / executors), // and copies three
        gigabytes(56. * n)); // parameters, two slots, a copy, a sum, its mean, what is sent
  }

  private static String seconds(double seconds) {
    return rounded(seconds) + " s";
  }

  private static String gigabytes(double bytes) {
    return rounded(bytes / 1e9) + " GB";
  }

  private static String rounded(double number) {
    return new BigDecimal(number).round(new MathContext(2)).stripTrailingZeros().toPlainString();
  }
}
