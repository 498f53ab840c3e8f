package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What clipping adds to a step over one tensor on one thread; the limits are such that it clips.
 */
public class ClippingBenchmark extends OneTensor {
  @Param({"adam", "sgd"})
  String optimizer;

  @Param({"none", "clipvalue", "clipnorm", "both"})
  String clipping;

  @Param({"16384", "4194304"})
  int size;

  @Setup
  public void setUp() {
    prepare(optimizer, clipping, size, 1);
  }
}
