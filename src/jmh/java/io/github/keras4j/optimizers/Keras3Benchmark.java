package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * One step of a Keras 3 optimizer over one tensor on one thread, beside the formula written by hand
 * and a copy of as many bytes as the step reads and writes.
 *
 * <p>Each makes its arrays when it begins, and in the same order, since where they lie in the heap
 * moves the time by a tenth.
 */
@State(Scope.Benchmark)
public class Keras3Benchmark extends Measured {
  @Param Keras3Case optimizer;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  /** What belongs to a thread: all, or one half of two. */
  @State(Scope.Thread)
  public static class Share {
    private int threads;
    private Keras3Loop loop;
    private double[] source;
    private double[] target;

    @Setup
    public void setUp(ThreadParams thread) {
      threads = thread.getThreadCount();
    }

    private Keras3Loop loop(Keras3Case optimizer, int size) {
      if (loop == null) {
        int length = size / threads;
        loop =
            new Keras3Loop(
                optimizer, Workload.tensors(1, length)[0], Workload.tensors(2, length)[0]);
      }
      return loop;
    }

    private void copy(Keras3Case optimizer, int size) {
      if (source == null) {
        int length = (int) ((long) size / threads * optimizer.bytes() / (2 * Double.BYTES));
        source = Workload.tensors(1, length)[0];
        target = new double[length];
      }
      System.arraycopy(source, 0, target, 0, source.length);
    }
  }

  /** How many threads a step takes. */
  int threads() {
    return 1;
  }

  @Setup
  public void setUp() {
    library = optimizer.optimizer();
    library.setParallelism(threads());
  }

  @Benchmark
  @Threads(1)
  public void step() {
    if (parameters == null) {
      parameters = Workload.tensors(1, size);
      gradients = Workload.tensors(2, size);
    }
    library.applyGradients(gradients, parameters);
  }

  @Benchmark
  public void loop(Share share) {
    share.loop(optimizer, size).step();
  }

  @Benchmark
  public void copy(Share share) {
    share.copy(optimizer, size);
  }
}
