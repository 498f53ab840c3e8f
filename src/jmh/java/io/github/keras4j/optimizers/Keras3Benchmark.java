package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One step of a Keras 3 optimizer over one tensor on one thread. */
@State(Scope.Benchmark)
public class Keras3Benchmark extends Measured {
  @Param Keras3Case optimizer;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  @Setup
  public void setUp() {
    library = optimizer.optimizer();
    library.setParallelism(1);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
  }

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }
}
