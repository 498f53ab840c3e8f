package io.github.keras4j.optimizers;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
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

  /** The least ratio of scalar to vector time. */
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

  private VectorizationGuard() {}

  public static void main(String[] args) throws RunnerException {
    double share = args.length == 0 ? 1. : Double.parseDouble(args[0]);
    System.out.println("| optimizer | vector, ns per element | scalar | ratio | limit |");
    System.out.println("|-|-:|-:|-:|-:|");
    boolean passed = true;
    for (Map.Entry<String, Double> entry : LIMITS.entrySet()) {
      double vector = nanosPerElement(entry.getKey());
      double scalar = nanosPerElement(entry.getKey(), "-XX:-UseSuperWord");
      double ratio = scalar / vector;
      double limit = share * entry.getValue();
      System.out.printf(
          "| %s | %.3f | %.3f | %.2f | %.2f |%n", entry.getKey(), vector, scalar, ratio, limit);
      passed &= ratio >= limit;
    }
    if (!passed) {
      System.err.println("A loop is not vectorized: a ratio is below its limit.");
      System.exit(1);
    }
  }

  /**
   * The fastest hundredth of a second in two processes: other work on the machine makes some of
   * them slow, hardly all.
   */
  private static double nanosPerElement(String optimizer, String... jvmArgs)
      throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(OptimizersBenchmark.class.getName())
                    .param("optimizer", optimizer)
                    .param("size", String.valueOf(SIZE))
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
