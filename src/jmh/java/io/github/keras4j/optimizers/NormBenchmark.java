package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.SumOfSquares;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The sum of squares that {@code clipnorm} needs: block by block, naive, and in vectors, which
 * takes a copy of each block, since the compiler makes vectors only of loops with one index; and
 * that copy alone.
 */
@State(Scope.Benchmark)
public class NormBenchmark extends Measured {
  private static final int BLOCK = 512;
  private static final int CHUNK = 1 << 15;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  private final double[] copy = new double[BLOCK];
  private final double[] lanes = new double[BLOCK];
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

  @Benchmark
  public double vectors() {
    double sum = 0.;
    for (int chunk = 0; chunk < size; chunk += CHUNK) {
      Arrays.fill(lanes, 0.);
      for (int next = chunk; next < Math.min(chunk + CHUNK, size); next += BLOCK) {
        System.arraycopy(g, next, copy, 0, BLOCK);
        addSquares(lanes, copy);
      }
      for (int half = BLOCK / 2; half > 0; half /= 2) {
        fold(lanes, half);
      }
      sum += lanes[0];
    }
    return sum;
  }

  private static void addSquares(double[] lanes, double[] x) {
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] += x[i] * x[i];
    }
  }

  private static void fold(double[] lanes, int half) {
    for (int i = 0; i < half; i++) {
      lanes[i] += lanes[i + half];
    }
  }

  @Benchmark
  public double copy() {
    for (int next = 0; next < size; next += BLOCK) {
      System.arraycopy(g, next, copy, 0, BLOCK);
    }
    return copy[0];
  }
}
