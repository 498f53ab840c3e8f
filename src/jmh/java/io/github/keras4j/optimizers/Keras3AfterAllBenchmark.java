package io.github.keras4j.optimizers;

import java.util.Map;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One step of a Keras 3 optimizer in a process that has made steps of every kind before. What the
 * formulas ask was true and false there, so that the compiler cannot leave one of the results out:
 * it has to take the checks out of the loops.
 */
public class Keras3AfterAllBenchmark extends OneTensor {
  private static final int ROUNDS = 100;
  private static final int STEPS = 20;

  @Param({"keras3.adam", "keras3.sgd"})
  String optimizer;

  @Param("1024")
  int size;

  @Setup
  public void setUp() {
    double[][] parameters = Workload.tensors(1, 1024);
    double[][] gradients = Workload.tensors(2, 1024);
    for (int round = 0; round < ROUNDS; round++) {
      for (Keras3Case other : Keras3Case.values()) {
        Optimizer trained = other.optimizer(Map.of());
        for (int step = 0; step < STEPS; step++) {
          trained.applyGradients(gradients, parameters);
        }
      }
    }
    prepare(optimizer, "none", size, 1);
  }
}
