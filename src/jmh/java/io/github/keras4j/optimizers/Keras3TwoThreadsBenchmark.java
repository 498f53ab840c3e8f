package io.github.keras4j.optimizers;

import org.openjdk.jmh.annotations.Threads;

/** The same on two threads; the loop's and the copy's never wait for each other. */
@Threads(2)
public class Keras3TwoThreadsBenchmark extends Keras3Benchmark {
  @Override
  int threads() {
    return 2;
  }
}
