package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a loop leaves behind in the pool. */
class ParallelTest {
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
