package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One step of every optimizer over one tensor on one thread, in cache and from memory. */
@State(Scope.Benchmark)
public class OptimizersBenchmark extends Measured {
  @Param({
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
  })
  String optimizer;

  @Param({"16384", "4194304"})
  int size;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  @Setup
  public void setUp() {
    library = Workload.optimizer(optimizer, "none");
    library.setParallelism(1);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
  }

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }
}
