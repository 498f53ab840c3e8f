package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a loop does on one thread, and leaves behind in the pool. */
class ParallelTest {
  @Test
  void countsUpOnOneThread() {
    List<Integer> seen = new ArrayList<>();
    Parallel.forEach(3, 1, seen::add);
    assertThat(seen).containsExactly(0, 1, 2);
  }

  @Test
  void letsThroughWhatTheBodyThrowsAsItIs() {
    RuntimeException exception = new IllegalStateException();
    Error error = new StackOverflowError();
    assertThatThrownBy(() -> Parallel.forEach(1, 1, i -> raise(exception))).isSameAs(exception);
    assertThatThrownBy(() -> Parallel.forEach(1, 1, i -> raise(error))).isSameAs(error);
  }

  private static <T extends Throwable> void raise(T thrown) throws T {
    throw thrown;
  }

  @Test
  void asksForNoMoreHelpersThanThePoolHasThreads() {
    ForkJoinPool pool = new ForkJoinPool(1); // nobody takes a helper out of the queue
    AtomicInteger most = new AtomicInteger();
    try {
      pool.submit(
              () ->
                  Parallel.forEach(
                      10,
                      8,
                      i -> most.accumulateAndGet(ForkJoinTask.getQueuedTaskCount(), Math::max)))
          .join();

      assertThat(most).hasValue(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void takesBackHelpersThatNeverBegan() {
    ForkJoinPool pool = new ForkJoinPool(1); // the caller is its one thread: nobody can help
    AtomicInteger runs = new AtomicInteger();
    try {
      int queued =
          pool.submit(
                  () -> {
                    Parallel.forEach(10, 2, i -> runs.incrementAndGet());
                    return ForkJoinTask.getQueuedTaskCount();
                  })
              .join();

      assertThat(queued).isZero();
      assertThat(runs).hasValue(10);
    } finally {
      pool.shutdownNow();
    }
  }
}
