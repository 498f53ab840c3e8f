package io.github.keras4j.optimizers;

import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One step of any optimizer over one tensor on one thread, next to the arithmetic alone and the
 * ceiling. The limits of the clipping are such that it clips.
 */
public class StepBenchmark extends OneTensor {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param("none")
  String clipping;

  @Param({"1024", "16384", "262144", "1048576", "4194304", "16777216"})
  int size;

  @Setup
  public void setUp() {
    prepare(optimizer, clipping, size, 1);
  }

  /** Of SGD and Adam; the arithmetic also of what {@link Keras3Case} has. */
  @State(Scope.Benchmark)
  public static class Loops {
    private Runnable loop = Loops::missing;
    private Runnable ceiling = Loops::missing;

    private static void missing() {
      throw new IllegalStateException("no loop is written by hand for this optimizer");
    }

    @Setup
    public void setUp(StepBenchmark benchmark) {
      double[] p = benchmark.p();
      double[] g = benchmark.g();
      int size = benchmark.size;
      Optional<Keras3Case> keras3 = Keras3Case.find(benchmark.optimizer);
      if (keras3.isPresent()) {
        loop = new Keras3Loop(keras3.get(), p, g)::step;
      } else if (benchmark.optimizer.equals("adam")) {
        double[] m = new double[size];
        double[] v = new double[size];
        loop = () -> PlainLoops.adam(1e-3, p, g, m, v, 0, size);
        ceiling = () -> PlainLoops.adamCeiling(p, g, m, v, 0, size);
      } else if (benchmark.optimizer.equals("sgd")) {
        loop = () -> PlainLoops.sgd(1e-2, p, g, 0, size);
        ceiling = () -> PlainLoops.sgdCeiling(p, g, 0, size);
      }
    }
  }

  @Benchmark
  public void loop(Loops loops) {
    loops.loop.run();
  }

  @Benchmark
  public void ceiling(Loops loops) {
    loops.ceiling.run();
  }
}
