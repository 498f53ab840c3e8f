package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers are taken in the order of the iterations, whoever finishes first. */
class OrderedParallelTest {
  private final List<Integer> taken = new ArrayList<>();
  private final AtomicInteger made = new AtomicInteger();

  private OrderedParallel<int[]> loop(int threads) {
    return new OrderedParallel<>(
        threads,
        () -> {
          made.incrementAndGet();
          return new int[1];
        },
        buffer -> taken.add(buffer[0]));
  }

  private static <T> T inPoolOf(int threads, Callable<T> call) {
    ForkJoinPool pool = new ForkJoinPool(threads);
    try {
      return assertTimeoutPreemptively(Duration.ofMinutes(1), () -> pool.submit(call).get());
    } finally {
      pool.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void takesThemInOrder(int threads) {
    OrderedParallel<int[]> loop = loop(threads);
    for (int count : new int[] {0, 1, 2, 1_000}) {
      taken.clear();
      inPoolOf(
          threads,
          () -> {
            loop.forEach(count, (buffer, i) -> buffer[0] = i);
            return null;
          });
      assertThat(taken).isEqualTo(IntStream.range(0, count).boxed().toList());
    }
    assertThat(made).hasValueBetween(1, threads);
  }

  /** The first iteration ends when the thread that is ahead has used up the other buffers. */
  @Test
  void leavesWhereThereIsNoBuffer() {
    CountDownLatch ahead = new CountDownLatch(2);
    OrderedParallel<int[]> loop = loop(3);
    inPoolOf(
        3,
        () -> {
          loop.forEach(
              9,
              (buffer, i) -> {
                buffer[0] = i;
                if (i == 0) {
                  await(ahead);
                } else {
                  ahead.countDown();
                }
              });
          return null;
        });
    assertThat(taken).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(made).hasValue(3);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
      Thread.sleep(50); // the others look out for a buffer for less
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A thread that waited for a buffer would be missing there. */
  @Test
  void letsABodyUseThePool() {
    OrderedParallel<int[]> loop = loop(2);
    int sum =
        inPoolOf(
            2,
            () -> {
              ForkJoinPool pool = java.util.concurrent.ForkJoinTask.getPool();
              AtomicInteger total = new AtomicInteger();
              loop.forEach(
                  20,
                  (buffer, i) -> {
                    buffer[0] = i;
                    total.addAndGet(
                        pool.submit(() -> IntStream.range(0, 1_000).parallel().sum()).join());
                  });
              return total.get();
            });
    assertThat(sum).isEqualTo(20 * 499_500);
    assertThat(taken).hasSize(20).isSorted();
  }

  @Test
  void endsWithTheFirstExceptionAndServesTheNextCall() {
    OrderedParallel<int[]> loop = loop(4);
    for (int call = 0; call < 3; call++) {
      taken.clear();
      assertThatThrownBy(
              () ->
                  loop.forEach(
                      100,
                      (buffer, i) -> {
                        buffer[0] = i;
                        if (i == 5) {
                          throw new ArithmeticException("spoilt");
                        }
                      }))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("spoilt");
      assertThat(taken).hasSizeLessThanOrEqualTo(5).isSorted();
    }
    taken.clear();
    loop.forEach(7, (buffer, i) -> buffer[0] = i);
    assertThat(taken).containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(made).hasValueLessThanOrEqualTo(4);
  }
}
