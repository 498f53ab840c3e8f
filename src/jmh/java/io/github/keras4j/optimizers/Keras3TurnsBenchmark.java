package io.github.keras4j.optimizers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A step of Keras 3, the formula written by hand and a copy of as many bytes, by turns in one
 * process: what the machine does meanwhile happens to all of them. Where arrays lie in memory moves
 * a time by a tenth and more, so there are several processes, and step and loop take turns in
 * having the first arrays, too.
 *
 * <p>On more than one thread, the loop and the copy walk through equal shares in a parallel stream.
 *
 * <p>Run by {@link #main}, which prints a table of ratios.
 */
@State(Scope.Benchmark)
public class Keras3TurnsBenchmark extends Measured {
  @Param Keras3Case optimizer;

  @Param("4194304")
  int size;

  @Param("1")
  int threads;

  @Param({"step", "loop"})
  String first;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;
  private Keras3Loop[] loops;
  private double[][] sources;
  private double[][] targets;
  private int rounds;

  /** Nanoseconds of all rounds. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Nanos {
    public double step;
    public double loop;
    public double copy;
  }

  @Setup
  public void setUp() {
    library = optimizer.optimizer(Map.of());
    library.setParallelism(threads);
    if (first.equals("loop")) {
      makeLoops();
    }
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
    library.applyGradients(gradients, parameters);
    library.applyGradients(gradients, parameters);
    if (first.equals("step")) {
      makeLoops();
    }
    int length = (int) ((long) size / threads * optimizer.bytes() / (2 * Double.BYTES));
    sources = new double[threads][length];
    targets = new double[threads][length];
    rounds = rounds(size);
  }

  private void makeLoops() {
    int share = size / threads;
    loops = new Keras3Loop[threads];
    for (int i = 0; i < threads; i++) {
      loops[i] =
          new Keras3Loop(optimizer, Workload.tensors(1, share)[0], Workload.tensors(2, share)[0]);
    }
  }

  /** An even number, for with accumulation every second step is an update. */
  private static int rounds(int size) {
    return 2 * Math.max(1, (1 << 16) / size);
  }

  @Benchmark
  public void turns(Nanos nanos) {
    long start = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      library.applyGradients(gradients, parameters);
    }
    long stepped = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      forEachThread(i -> loops[i].step());
    }
    long looped = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      forEachThread(i -> System.arraycopy(sources[i], 0, targets[i], 0, sources[i].length));
    }
    long copied = System.nanoTime();
    nanos.step += stepped - start;
    nanos.loop += looped - stepped;
    nanos.copy += copied - looped;
  }

  private void forEachThread(IntConsumer body) {
    if (threads == 1) {
      body.accept(0);
    } else {
      IntStream.range(0, threads).parallel().forEach(body);
    }
  }

  /**
   * Prints medians over all iterations: nanoseconds an element, and the ratios.
   *
   * @param args how many elements, threads, processes for each order, then which optimizers, all if
   *     none is given
   */
  public static void main(String[] args) throws RunnerException {
    String[] optimizers =
        args.length > 3
            ? Arrays.copyOfRange(args, 3, args.length)
            : Stream.of(Keras3Case.values()).map(Enum::name).toArray(String[]::new);
    MarkdownTable table = new MarkdownTable("optimizer", "ns an element", "÷ plain loop", "÷ copy");
    for (String optimizer : optimizers) {
      Collection<RunResult> results =
          new Runner(
                  new OptionsBuilder()
                      .include(Keras3TurnsBenchmark.class.getName())
                      .param("optimizer", optimizer)
                      .param("size", args[0])
                      .param("threads", args[1])
                      .forks(Integer.parseInt(args[2]))
                      .jvmArgsAppend("-Xms6g", "-Xmx6g")
                      .warmupTime(TimeValue.milliseconds(200))
                      .measurementIterations(20)
                      .measurementTime(TimeValue.milliseconds(30))
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run();
      table.row(row(optimizer, results));
    }
    System.out.print(table);
  }

  private static Object[] row(String name, Collection<RunResult> results) {
    List<Double> nanos = new ArrayList<>();
    List<Double> toLoop = new ArrayList<>();
    List<Double> toCopy = new ArrayList<>();
    for (RunResult result : results) {
      int size = Integer.parseInt(result.getParams().getParam("size"));
      double elements = (double) rounds(size) * size;
      iterations(result)
          .forEach(
              iteration -> {
                double step = sum(iteration, "step");
                nanos.add(step / elements / iteration.getMetadata().getMeasuredOps());
                toLoop.add(step / sum(iteration, "loop"));
                toCopy.add(step / sum(iteration, "copy"));
              });
    }
    return new Object[] {name, median(nanos), median(toLoop), median(toCopy)};
  }

  private static Stream<IterationResult> iterations(RunResult result) {
    return result.getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream());
  }

  private static double sum(IterationResult iteration, String counter) {
    return iteration.getSecondaryResults().get(counter).getScore();
  }

  private static double median(List<Double> samples) {
    return Timing.of(samples.stream().mapToDouble(Double::doubleValue).toArray()).median();
  }
}
