package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step over one tensor on one thread, beside the arithmetic alone and the ceiling. */
public class StepBenchmark extends OneTensor {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  private boolean adam;
  private double[] p;
  private double[] g;
  private double[] m;
  private double[] v;

  @Setup
  public void setUp() {
    prepare(optimizer, "none", size, 1);
    adam = optimizer.equals("adam");
    p = p();
    g = g();
    m = new double[size];
    v = new double[size];
  }

  @Benchmark
  public void loop() {
    if (adam) {
      PlainLoops.adam(1e-3, p, g, m, v, 0, size);
    } else {
      PlainLoops.sgd(1e-2, p, g, 0, size);
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
