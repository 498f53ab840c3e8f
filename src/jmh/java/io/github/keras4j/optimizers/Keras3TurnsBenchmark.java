package io.github.keras4j.optimizers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
 * process: what the machine does meanwhile happens to all of them. Where arrays lie in the heap
 * moves a time by a tenth, so step and loop take turns in having the first ones, too.
 *
 * <p>Run by {@link #main}, which prints a table of ratios.
 */
@State(Scope.Benchmark)
public class Keras3TurnsBenchmark extends Measured {
  @Param Keras3Case optimizer;

  @Param("4194304")
  int size;

  @Param({"step", "loop"})
  String first;

  private Optimizer library;
  private double[][] gradients;
  private double[][] parameters;
  private Keras3Loop loop;
  private double[] source;
  private double[] target;

  /** Nanoseconds of two of each, for with accumulation every second one is an update. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Nanos {
    public double step;
    public double loop;
    public double copy;
  }

  @Setup
  public void setUp() {
    library = optimizer.optimizer();
    library.setParallelism(1);
    if (first.equals("loop")) {
      makeLoop();
    }
    parameters = Workload.tensors(1, size);
    gradients = Workload.tensors(2, size);
    library.applyGradients(gradients, parameters);
    library.applyGradients(gradients, parameters);
    if (first.equals("step")) {
      makeLoop();
    }
    source = Workload.tensors(1, (int) ((long) size * optimizer.bytes() / (2 * Double.BYTES)))[0];
    target = source.clone();
  }

  private void makeLoop() {
    loop = new Keras3Loop(optimizer, Workload.tensors(1, size)[0], Workload.tensors(2, size)[0]);
  }

  @Benchmark
  public void turns(Nanos nanos) {
    long start = System.nanoTime();
    library.applyGradients(gradients, parameters);
    library.applyGradients(gradients, parameters);
    long stepped = System.nanoTime();
    loop.step();
    loop.step();
    long looped = System.nanoTime();
    System.arraycopy(source, 0, target, 0, source.length);
    System.arraycopy(source, 0, target, 0, source.length);
    long copied = System.nanoTime();
    nanos.step += stepped - start;
    nanos.loop += looped - stepped;
    nanos.copy += copied - looped;
  }

  /** Prints medians over all iterations: nanoseconds an element, and the ratios. */
  public static void main(String[] args) throws RunnerException {
    MarkdownTable table = new MarkdownTable("optimizer", "ns an element", "÷ plain loop", "÷ copy");
    for (Keras3Case optimizer : Keras3Case.values()) {
      Collection<RunResult> results =
          new Runner(
                  new OptionsBuilder()
                      .include(Keras3TurnsBenchmark.class.getName())
                      .param("optimizer", optimizer.name())
                      .forks(1)
                      .warmupTime(TimeValue.milliseconds(300))
                      .measurementIterations(40)
                      .measurementTime(TimeValue.milliseconds(30))
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run();
      table.row(row(optimizer.name(), results));
    }
    System.out.print(table);
  }

  private static Object[] row(String name, Collection<RunResult> results) {
    List<Double> nanos = new ArrayList<>();
    List<Double> toLoop = new ArrayList<>();
    List<Double> toCopy = new ArrayList<>();
    for (RunResult result : results) {
      double elements = 2. * Integer.parseInt(result.getParams().getParam("size"));
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
