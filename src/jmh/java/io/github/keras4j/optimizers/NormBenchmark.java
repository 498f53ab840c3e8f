package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.SumOfSquares;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The sum of squares that {@code clipnorm} needs, block by block and naive. */
@State(Scope.Benchmark)
public class NormBenchmark extends Measured {
  @Param({"16384", "4194304"})
  int size;

  private double[] g;

  @Setup
  public void setUp() {
    g = Workload.tensors(2, size)[0];
  }

  @Benchmark
  public double blockwise() {
    return SumOfSquares.of(g, 0, size);
  }

  @Benchmark
  public double naive() {
    double sum = 0.;
    for (int i = 0; i < size; i++) {
      sum += g[i] * g[i];
    }
    return sum;
  }
}
