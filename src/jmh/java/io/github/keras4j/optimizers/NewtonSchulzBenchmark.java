package io.github.keras4j.optimizers;

import io.github.keras4j.optimizers.engine.NewtonSchulz;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.engine.SumOfSquares;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The five steps that Muon takes for a matrix; src/jmh/numpy does the same with NumPy. */
@State(Scope.Benchmark)
public class NewtonSchulzBenchmark extends Measured {
  @Param({"64x64", "256x256", "512x512", "1024x256", "1024x1024"})
  String matrix;

  @Param({"1", "2"})
  int threads;

  private final NewtonSchulz newtonSchulz = new NewtonSchulz(3.4445, -4.775, 2.0315, 5);
  private NewtonSchulz.Loop loop;
  private int rows;
  private int columns;
  private double[] x;
  private double[] result;
  private double sumOfSquares;

  @Setup
  public void setUp() {
    String[] sides = matrix.split("x");
    rows = Integer.parseInt(sides[0]);
    columns = Integer.parseInt(sides[1]);
    x = Workload.tensors(2, rows * columns)[0];
    result = new double[x.length];
    sumOfSquares = SumOfSquares.of(x, 0, x.length);
    loop = (count, body) -> Parallel.forEach(count, threads, body);
  }

  @Benchmark
  public void steps() {
    System.arraycopy(x, 0, result, 0, x.length);
    newtonSchulz.orthogonalize(result, rows, columns, sumOfSquares, loop);
  }
}
