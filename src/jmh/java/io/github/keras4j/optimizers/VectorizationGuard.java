package io.github.keras4j.optimizers;

import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Fails when a loop is no longer compiled to vector instructions: holds each optimizer's step
 * against the same step in a process whose compiler makes none.
 */
public final class VectorizationGuard {
  private VectorizationGuard() {}

  public static void main(String[] args) throws RunnerException {
    System.out.println("| 16,384 elements | vectorized, ns per element | scalar | ratio |");
    System.out.println("|-|-|-|-|");
    for (String o :
        "sgd momentum nesterov rmsprop adagrad adadelta adam amsgrad adamax nadam".split(" ")) {
      double vectorized = nanosPerElement(o);
      double scalar = nanosPerElement(o, "-XX:-UseSuperWord");
      System.out.printf(
          "| %s | %.3f | %.3f | %.2f |%n", o, vectorized, scalar, scalar / vectorized);
    }
  }

  private static double nanosPerElement(String optimizer, String... jvmArgs)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(OptimizersBenchmark.class.getName())
            .param("optimizer", optimizer)
            .param("size", "16384")
            .jvmArgsAppend(jvmArgs)
            .forks(1)
            .verbosity(VerboseMode.SILENT);
    Collection<RunResult> results = new Runner(options.build()).run();
    return results.iterator().next().getPrimaryResult().getScore() / 16384;
  }
}
