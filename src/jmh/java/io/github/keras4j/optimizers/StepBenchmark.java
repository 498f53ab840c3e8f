package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One step over one tensor on one thread, beside the arithmetic alone and the ceiling. */
@State(Scope.Benchmark)
public class StepBenchmark extends Measured {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  private boolean adam;
  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;
  private double[] g;
  private double[] p;
  private double[] m;
  private double[] v;

  @Setup
  public void setUp() {
    adam = optimizer.equals("adam");
    library = Workload.optimizer(optimizer, "none");
    library.setParallelism(1);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
    p = parameters[0];
    g = gradients[0];
    m = new double[size];
    v = new double[size];
  }

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }

  @Benchmark
  public void loop() {
    if (adam) {
      PlainLoops.adam(1e-3, p, g, m, v);
    } else {
      PlainLoops.sgd(1e-2, p, g);
    }
  }

  @Benchmark
  public void ceiling() {
    if (adam) {
      PlainLoops.adamCeiling(p, g, m, v, 0, size);
    } else {
      PlainLoops.sgdCeiling(p, g, 0, size);
    }
  }
}
