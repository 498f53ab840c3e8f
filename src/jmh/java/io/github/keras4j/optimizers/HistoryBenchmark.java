package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What the process did before counts, because the compiler fits code to what it has seen: the same
 * step in a fresh process, in one that has trained tiny tensors alone, with the same class, and in
 * one that has used every optimizer, with and without clipping, over many sizes.
 */
public class HistoryBenchmark extends OneTensor {
  private static final int COMPILED = 20_000;

  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"fresh", "tiny", "all"})
  String history;

  @Param({"16384", "1048576"})
  int size;

  @Setup
  public void setUp() {
    if (history.equals("tiny")) {
      train(optimizer, "none", COMPILED, 3, 8, 5);
    } else if (history.equals("all")) {
      for (String clipping : new String[] {"none", "clipvalue", "clipnorm", "both"}) {
        for (String name : Workload.OPTIMIZERS) {
          train(name, clipping, COMPILED / 10, 3, 100, 1000);
          train(name, clipping, 100, 100_000);
        }
      }
    }
    prepare(optimizer, "none", size, 1);
  }

  private static void train(String name, String clipping, int steps, int... lengths) {
    Optimizer optimizer = Workload.optimizer(name, clipping);
    optimizer.setParallelism(1);
    double[][] parameters = Workload.tensors(1, lengths);
    double[][] gradients = Workload.tensors(2, lengths);
    for (int step = 0; step < steps; step++) {
      optimizer.applyGradients(gradients, parameters);
    }
  }
}
