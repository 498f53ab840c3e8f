package io.github.keras4j.optimizers;

import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One step over models of many tensors, next to the arithmetic alone. */
public class ManyTensorsBenchmark extends Measured {
  /** A model, and what the plain loop needs for it. */
  @State(Scope.Benchmark)
  public static class Model {
    @Param({"adam", "sgd"})
    String optimizer;

    @Param({"10000x16", "1000x1000", "1x4194304+400x1000"})
    String shape;

    private double[][] gradients;
    private double[][] parameters;
    private double[][] m;
    private double[][] v;

    @Setup
    public void setUp() {
      int[] lengths = Workload.lengths(shape);
      parameters = Workload.tensors(1, lengths);
      gradients = Workload.tensors(2, lengths);
      m = Workload.tensors(3, lengths);
      v = Workload.tensors(3, lengths);
      for (double[] tensor : v) {
        Arrays.setAll(tensor, i -> Math.abs(tensor[i]));
      }
    }
  }

  /** The optimizer. */
  @State(Scope.Benchmark)
  public static class Library {
    @Param({"1", "2"})
    int threads;

    private Optimizer library;

    @Setup
    public void setUp(Model model) {
      library = Workload.optimizer(model.optimizer, "none");
      library.setParallelism(threads);
    }
  }

  @Benchmark
  public void step(Model model, Library library) {
    library.library.applyGradients(model.gradients, model.parameters);
  }

  @Benchmark
  public void loop(Model model) {
    boolean adam = model.optimizer.equals("adam");
    for (int tensor = 0; tensor < model.parameters.length; tensor++) {
      double[] p = model.parameters[tensor];
      double[] g = model.gradients[tensor];
      if (adam) {
        PlainLoops.adam(1e-3, p, g, model.m[tensor], model.v[tensor], 0, p.length);
      } else {
        PlainLoops.sgd(1e-2, p, g, 0, p.length);
      }
    }
  }
}
