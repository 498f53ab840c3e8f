package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the process did before counts, because the compiler fits code to what it has seen: the same
 * step in a fresh process, in one that has trained tiny tensors alone, with the same class, and in
 * one that has used every optimizer, with and without clipping, over many sizes.
 */
@State(Scope.Benchmark)
public class HistoryBenchmark extends Measured {
  private static final int COMPILED = 20_000;

  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"fresh", "tiny", "all"})
  String history;

  @Param({"16384", "1048576"})
  int size;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  @Setup
  public void setUp() {
    if (history.equals("tiny")) {
      train(optimizer, "none", COMPILED, 3, 8, 5);
    } else if (history.equals("all")) {
      for (String clipping : new String[] {"none", "clipvalue", "clipnorm", "both"}) {
        for (String name :
            new String[] {
              "sgd",
              "momentum",
              "nesterov",
              "rmsprop",
              "adagrad",
              "adadelta",
              "adam",
              "amsgrad",
              "adamax",
              "nadam"
            }) {
          train(name, clipping, COMPILED / 10, 3, 100, 1000);
          train(name, clipping, 100, 100_000);
        }
      }
    }
    library = Workload.optimizer(optimizer, "none");
    library.setParallelism(1);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
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

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }
}
