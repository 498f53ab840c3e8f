package io.github.keras4j.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Random;

/**
 * The examples of one partition that belong to one step, counted as they are taken. Which they are
 * depends on the seed, the step, the partition's number and the order within it alone.
 */
final class MiniBatch<T> implements Iterator<T> {
  private final Iterator<T> all;
  private final double fraction;
  private final Random random;
  private T next;
  private boolean ready;
  private long taken;

  MiniBatch(Iterator<T> all, double fraction, long seed, long step, int partition) {
    this.all = all;
    this.fraction = fraction;
    random = fraction < 1. ? new Random(mix(mix(mix(seed) + step) + partition)) : null;
  }

  /** SplitMix64's mixing, so that neighbours draw nothing alike. */
  private static long mix(long x) {
    long z = x + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Looks for the next example only now, since a reader may use the object of the last again. */
  @Override
  public boolean hasNext() {
    while (!ready && all.hasNext()) {
      next = all.next();
      ready = random == null || random.nextDouble() < fraction;
    }
    return ready;
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the partition has no more examples in this step");
    }
    ready = false;
    taken++;
    return next;
  }

  long taken() {
    return taken;
  }
}
