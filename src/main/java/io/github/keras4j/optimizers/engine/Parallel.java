package io.github.keras4j.optimizers.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * A counted loop whose iterations the caller shares with helpers from the fork-join pool.
 *
 * <p>Everyone claims the next iteration from one counter, so a helper that wakes up late costs
 * nothing, and the caller never waits for a helper that has not begun: the loop ends even when the
 * pool has no thread to give. When it returns, no helper is at work any more.
 *
 * <p>The just-in-time compiler never makes the body a part of its callers. HotSpot inlines calls 15
 * deep: where a formula's loop happened to be the fifteenth, what it calls for each element would
 * stay a call, and a step take ten times as long, depending on how deep an application's own calls
 * are. What begins here is compiled by itself.
 */
public final class Parallel {
  /** About how long a helper needs for the iteration it is in, before the caller goes to sleep. */
  private static final int SPINS = 2_000;

  /**
   * In an array, whose elements are no constants: it might call anything, so nothing is inlined.
   */
  private static final MethodHandle[] ACCEPT = {findAccept()};

  private final int count;
  private final IntConsumer body;
  private final Thread caller = Thread.currentThread();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private Parallel(int count, IntConsumer body) {
    this.count = count;
    this.body = body;
  }

  /**
   * Runs the body for each number below count, once, by at most so many threads, the caller
   * included. The first exception it throws ends the loop and is thrown here, once nobody runs it
   * any more.
   */
  public static void forEach(int count, int threads, IntConsumer body) {
    int together = Math.min(threads, count);
    int helpers = together > 1 ? Math.min(together - 1, poolSize()) : 0;
    if (helpers == 0) {
      for (int i = 0; i < count; i++) {
        iterate(body, i);
      }
    } else {
      new Parallel(count, body).run(helpers);
    }
  }

  private static MethodHandle findAccept() {
    try {
      return MethodHandles.lookup()
          .findVirtual(IntConsumer.class, "accept", MethodType.methodType(void.class, int.class));
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError(impossible.getMessage(), impossible);
    }
  }

  private static void iterate(IntConsumer body, int i) {
    try {
      ACCEPT[0].invokeExact(body, i);
    } catch (Throwable thrown) {
      Parallel.<RuntimeException>rethrow(thrown);
    }
  }

  private static int poolSize() {
    ForkJoinPool pool = ForkJoinTask.getPool();
    return pool == null ? ForkJoinPool.getCommonPoolParallelism() : pool.getParallelism();
  }

  private void run(int helpers) {
    Deque<ForkJoinTask<?>> forked = new ArrayDeque<>(helpers);
    try {
      while (forked.size() < helpers) {
        ForkJoinTask<?> helper = ForkJoinTask.adapt(this::work);
        forked.push(helper); // first, since a fork may queue the helper and throw nevertheless
        helper.fork();
      }
    } catch (RejectedExecutionException | OutOfMemoryError noRoomOrNoThread) {
      // Help is a matter of speed alone: go on with those who came.
    } catch (Throwable thrown) {
      // A stack overflow, say, from which the pool may not recover: to be known, not passed over.
      failure.set(thrown);
      next.compareAndSet(0, count); // where nobody has begun, nobody shall
    }
    work();
    awaitHelpers();
    forked.forEach(ForkJoinTask::tryUnfork);
    if (failure.get() != null) {
      Parallel.<RuntimeException>rethrow(failure.get());
    }
  }

  private void work() {
    running.incrementAndGet();
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        iterate(body, i);
      }
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
      next.set(count);
    } finally {
      if (running.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  private void awaitHelpers() {
    for (int spins = 0; running.get() != 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** The body declares no checked exception; one thrown by stealth is passed on as it is. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
