package io.github.keras4j.optimizers.support;

import java.lang.reflect.Method;

/** What the JVM says of its memory. */
public final class Memory {
  private Memory() {}

  /** How many bytes this takes from the heap at least, in five rounds: the JVM may add its own. */
  public static long leastAllocatedBytes(Runnable steps) throws ReflectiveOperationException {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = allocatedBytes();
      steps.run();
      least = Math.min(least, allocatedBytes() - before);
    }
    return least;
  }

  /**
   * How many bytes this thread has taken from the heap since it began.
   *
   * <p>By reflection, since the library's module does not read java.management.
   */
  public static long allocatedBytes() throws ReflectiveOperationException {
    Object threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    Method allocated =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getCurrentThreadAllocatedBytes");
    return (Long) allocated.invoke(threads);
  }
}
