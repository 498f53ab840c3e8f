package io.github.keras4j.optimizers;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Fails when a loop is no longer compiled to vector instructions: holds every optimizer's step in
 * cache against its scalar twin, the same step in a process whose compiler makes no vectors.
 *
 * <p>A loop that does not vectorize has a ratio of 1, whatever the machine. How far above it is
 * when it does depends on the processor: the limits are for one that computes eight doubles at
 * once. One that takes two turns for eight, or has vectors of four, reaches about half, and gets
 * half the limits by the argument 0.5.
 */
public final class VectorizationGuard {
  private static final int SIZE = 1024;

  /** The least ratio of scalar to vector time, of those that are not named below. */
  private static final double LIMIT = 1.5;

  private static final Map<String, Double> LIMITS =
      new TreeMap<>(
          Map.of(
              "sgd", 2.5,
              "momentum", 2.5,
              "nesterov", 2.5,
              "rmsprop", 5.,
              "adagrad", 5.,
              "adadelta", 5.,
              "adam", 5.,
              "amsgrad", 4.,
              "adamax", 3.,
              "nadam", 5.));

  /**
   * The same for Keras 3's optimizers with every feature, alone in a process and after all others,
   * and for Muon's products.
   */
  private static final double KERAS3_LIMIT = 2.5;

  /** How deep calls are inlined: 15 by default, of which an application's own take their share. */
  private static final int LEAST_DEPTH = 8;

  private static final int MOST_DEPTH = 20;

  private VectorizationGuard() {}

  public static void main(String[] args) throws RunnerException {
    double share = args.length == 0 ? 1. : Double.parseDouble(args[0]);
    System.out.println("| optimizer | vector, ns per element | scalar | ratio | limit |");
    System.out.println("|-|-:|-:|-:|-:|");
    boolean passed = true;
    Set<String> names = new TreeSet<>(LIMITS.keySet());
    names.addAll(Optimizers.names());
    names.removeIf(name -> Keras3Case.find(name).isPresent());
    for (String name : names) {
      double limit = LIMITS.getOrDefault(name, LIMIT);
      passed &= passes(name, StepBenchmark.class, name, share * limit);
    }
    double limit = share * KERAS3_LIMIT;
    for (Keras3Case optimizer : Keras3Case.values()) {
      String name = optimizer.label();
      passed &= passes(name, StepBenchmark.class, name, limit);
      passed &= passes(name + ", after all others", Keras3AfterAllBenchmark.class, name, limit);
    }
    for (int depth = LEAST_DEPTH; depth <= MOST_DEPTH; depth++) {
      String label = "keras3.lion, inlined " + depth;
      passed &= passes(label, StepBenchmark.class, "keras3.lion", limit, inlines(depth));
    }
    passed &= passes("64x64", NewtonSchulzBenchmark.class, "64x64", limit);
    if (!passed) {
      System.err.println("A loop is not vectorized: a ratio is below its limit.");
      System.exit(1);
    }
  }

  /** Lets a step be compiled as a whole, from where an application calls it, to some depth. */
  private static String[] inlines(int depth) {
    return new String[] {
      "-XX:MaxInlineLevel=" + depth,
      "-XX:InlineSmallCode=100000",
      "-XX:CompileCommand=dontinline," + Optimizer.class.getName() + "::applyGradients"
    };
  }

  private static boolean passes(
      String label, Class<?> benchmark, String name, double limit, String... jvmArgs)
      throws RunnerException {
    double vector = nanos(benchmark, name, jvmArgs);
    double scalar = nanos(benchmark, name, "-XX:-UseSuperWord");
    double ratio = scalar / vector;
    System.out.printf("| %s | %.3f | %.3f | %.2f | %.2f |%n", label, vector, scalar, ratio, limit);
    return ratio >= limit;
  }

  /**
   * The fastest hundredth of a second in two processes: other work on the machine makes some of
   * them slow, hardly all.
   */
  private static double nanos(Class<?> benchmark, String name, String... jvmArgs)
      throws RunnerException {
    boolean matrix = benchmark == NewtonSchulzBenchmark.class;
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(benchmark.getName() + (matrix ? ".steps" : ".step"))
                    .param(matrix ? "matrix" : "optimizer", name)
                    .param("size", String.valueOf(SIZE))
                    .param("threads", "1")
                    .jvmArgsAppend(jvmArgs)
                    .forks(2)
                    .warmupTime(TimeValue.milliseconds(300))
                    .measurementIterations(60)
                    .measurementTime(TimeValue.milliseconds(10))
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    return results.iterator().next().getPrimaryResult().getStatistics().getMin() / SIZE;
  }
}
