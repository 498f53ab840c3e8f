package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * One step over one tensor on two threads. The plain loop and the ceiling need no hand-over at all:
 * each of their two threads works on its own half, again and again, without waiting for the other.
 */
public class TwoThreadsBenchmark extends OneTensor {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"16384", "1048576", "4194304", "16777216"})
  int size;

  private boolean adam;
  private double[] p;
  private double[] g;
  private double[] m;
  private double[] v;

  /** The part of the arrays that belongs to a thread. */
  @State(Scope.Thread)
  public static class Half {
    private int from;
    private int to;

    @Setup
    public void setUp(TwoThreadsBenchmark benchmark, ThreadParams thread) {
      int half = benchmark.size / 2;
      from = thread.getThreadIndex() * half;
      to = from + half;
    }
  }

  @Setup
  public void setUp() {
    prepare(optimizer, "none", size, 2);
    adam = optimizer.equals("adam");
    p = p();
    g = g();
    m = new double[size];
    v = new double[size];
  }

  @Benchmark
  @Threads(2)
  public void loop(Half half) {
    if (adam) {
      PlainLoops.adam(1e-3, p, g, m, v, half.from, half.to);
    } else {
      PlainLoops.sgd(1e-2, p, g, half.from, half.to);
    }
  }

  @Benchmark
  @Threads(2)
  public void ceiling(Half half) {
    if (adam) {
      PlainLoops.adamCeiling(p, g, m, v, half.from, half.to);
    } else {
      PlainLoops.sgdCeiling(p, g, half.from, half.to);
    }
  }
}
