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
 * when it does depends on the processor's dividers and on the width of its vectors; the limits lie
 * between.
 */
public final class VectorizationGuard {
  private static final int SIZE = 1024;

  /** The least ratio of scalar to vector time. */
  private static final Map<String, Double> LIMITS =
      new TreeMap<>(
          Map.of(
              "sgd", 1.5,
              "momentum", 1.5,
              "nesterov", 1.5,
              "rmsprop", 2.,
              "adagrad", 2.,
              "adadelta", 2.,
              "adam", 2.,
              "amsgrad", 2.,
              "adamax", 1.5,
              "nadam", 2.));

  private VectorizationGuard() {}

  public static void main(String[] args) throws RunnerException {
    System.out.println("| optimizer | vector, ns per element | scalar | ratio | limit |");
    System.out.println("|-|-:|-:|-:|-:|");
    boolean passed = true;
    for (Map.Entry<String, Double> limit : LIMITS.entrySet()) {
      double vector = nanosPerElement(limit.getKey());
      double scalar = nanosPerElement(limit.getKey(), "-XX:-UseSuperWord");
      double ratio = scalar / vector;
      System.out.printf(
          "| %s | %.3f | %.3f | %.2f | %.1f |%n",
          limit.getKey(), vector, scalar, ratio, limit.getValue());
      passed &= ratio >= limit.getValue();
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
