package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of every optimizer over one tensor on one thread, in cache and from memory. */
public class OptimizersBenchmark extends OneTensor {
  @Param({
    "sgd",
    "momentum",
    "nesterov",
    "rmsprop",
    "adagrad",
    "adadelta",
    "adam",
    "amsgrad",
    "adamax",
    "nadam"
  })
  String optimizer;

  @Param({"16384", "4194304"})
  int size;

  @Setup
  public void setUp() {
    prepare(optimizer, "none", size, 1);
  }
}
