package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What clipping adds to a step over one tensor on one thread; the limits are such that it clips.
 */
@State(Scope.Benchmark)
public class ClippingBenchmark extends Measured {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"none", "clipvalue", "clipnorm", "both"})
  String clipping;

  @Param({"16384", "4194304"})
  int size;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  @Setup
  public void setUp() {
    library = Workload.optimizer(optimizer, clipping);
    library.setParallelism(1);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
  }

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }
}
