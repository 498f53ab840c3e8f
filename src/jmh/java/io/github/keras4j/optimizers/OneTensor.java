package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A step over one tensor: what most benchmarks measure, and hold against something else. */
@State(Scope.Benchmark)
public abstract class OneTensor extends Measured {
  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;

  /**
   * Makes the tensor, its gradients and the optimizer.
   *
   * @param name as {@link Workload#optimizer} knows it, as is {@code clipping}
   */
  final void prepare(String name, String clipping, int size, int threads) {
    library = Workload.built(name, clipping, size);
    library.setParallelism(threads);
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
  }

  final double[] p() {
    return parameters[0];
  }

  final double[] g() {
    return gradients[0];
  }

  @Benchmark
  public void step() {
    library.applyGradients(gradients, parameters);
  }
}
