package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Setup;

/**
 * The same in a process that has made steps of every kind before. What the formulas ask has been
 * answered both ways there, so that the compiler cannot leave one of the answers out: it has to
 * take the questions out of the loops.
 */
public class Keras3AfterAllBenchmark extends Keras3Benchmark {
  private static final int ROUNDS = 100;
  private static final int STEPS = 20;

  @Override
  @Setup
  public void setUp() {
    double[][] parameters = Workload.tensors(1, 1024);
    double[][] gradients = Workload.tensors(2, 1024);
    for (int round = 0; round < ROUNDS; round++) {
      for (Keras3Case other : Keras3Case.values()) {
        Optimizer trained = other.optimizer();
        for (int step = 0; step < STEPS; step++) {
          trained.applyGradients(gradients, parameters);
        }
      }
    }
    super.setUp();
  }
}
