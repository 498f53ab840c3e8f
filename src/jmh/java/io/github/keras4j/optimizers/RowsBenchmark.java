package io.github.keras4j.optimizers;

import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One step over a table of 100,000 rows of 100 of which a gradient touches few: by lazy rows and by
 * rows, next to a plain loop over the same rows and the dense step over the whole table.
 *
 * <p>The plain loop does what the step does, except checks and threads: it adds up rows that are
 * given more than once, in an array as long as the table, and then runs the formula over each row.
 */
@State(Scope.Benchmark)
public class RowsBenchmark extends Measured {
  private static final int TABLE = 100_000;
  private static final int WIDTH = 100;

  @Param({"adam", "adagrad", "sgd"})
  String optimizer;

  @Param({"none", "clipnorm"})
  String clipping;

  /** How many rows a step touches. */
  @Param({"64", "10000"})
  int count;

  /** Whether a step finds its rows in the cache, or always takes others, which come from memory. */
  @Param({"same", "others"})
  String rows;

  @Param({"1", "2"})
  int threads;

  private Optimizer library;
  private Gradient[][] lazy;
  private Gradient[][] byRows;
  private double[][] parameters;
  private double[][] dense;
  private PlainRows plain;
  private int step;

  @Setup
  public void setUp() {
    library = Workload.optimizer(optimizer, clipping);
    library.setParallelism(threads);
    parameters = Workload.tensors(1, TABLE * WIDTH);
    int sets = rows.equals("same") ? 1 : Math.max(1, TABLE / 2 / count);
    lazy = new Gradient[sets][1];
    byRows = new Gradient[sets][1];
    SplittableRandom random = new SplittableRandom(3);
    for (int set = 0; set < sets; set++) {
      int[] numbers = random.ints(count, 0, TABLE).toArray();
      double[] values = Workload.tensors(set, count * WIDTH)[0];
      lazy[set][0] = Gradient.lazyRows(numbers, values);
      byRows[set][0] = Gradient.rows(numbers, values);
    }
    plain = new PlainRows(optimizer, clipping, TABLE, WIDTH);
  }

  private int nextSet() {
    step = (step + 1) % lazy.length;
    return step;
  }

  @Benchmark
  public void lazy() {
    library.applyGradients(lazy[nextSet()], parameters);
  }

  /** For Adam this is what a dense step costs, too. */
  @Benchmark
  public void rows() {
    library.applyGradients(byRows[nextSet()], parameters);
  }

  @Benchmark
  public void dense() {
    if (dense == null) {
      dense = Workload.tensors(2, TABLE * WIDTH);
    }
    library.applyGradients(dense, parameters);
  }

  @Benchmark
  public void loop() {
    Gradient gradient = lazy[nextSet()][0];
    plain.step(parameters[0], gradient.rows(), gradient.values());
  }
}
