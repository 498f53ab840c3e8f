package io.github.keras4j.optimizers;

import static io.github.keras4j.optimizers.custom.Watched.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.keras4j.optimizers.custom.Watched;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.support.Bits;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step that is shared among threads. */
class HelpersTest {
  private static final int[] LARGE = {300_000, 5};

  @Test
  void differentOptimizersWorkSideBySide() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<double[][]>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(threads.submit(HelpersTest::train));
      }
      double[][] expected = train();
      for (Future<double[][]> result : results) {
        assertThat(result.get()).isDeepEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void givesTheSameBitsFromWithinAForkJoinPool() throws Exception {
    double[][] expected = train();
    ForkJoinPool pool = new ForkJoinPool(4);
    try {
      assertThat(pool.submit(HelpersTest::train).get()).isDeepEqualTo(expected);
      // All threads of the pool at once, so that none is free to help.
      List<Future<double[][]>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(pool.submit(HelpersTest::train));
      }
      for (Future<double[][]> result : results) {
        assertThat(result.get()).isDeepEqualTo(expected);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void goesOnAloneWhenNoHelperCanBeHad() throws Exception {
    AtomicBoolean first = new AtomicBoolean(true);
    ForkJoinPool pool =
        new ForkJoinPool(
            4,
            of -> {
              if (first.getAndSet(false)) {
                return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(of);
              }
              throw new OutOfMemoryError("unable to create native thread");
            },
            null,
            false);
    try {
      double[][] expected = train();
      assertThat(pool.submit(HelpersTest::train).get()).isDeepEqualTo(expected);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
  void givesTheSameBitsOnAVirtualThread() throws Exception {
    List<double[][]> result = new ArrayList<>();
    Runnable task = () -> result.add(train());

    Thread thread =
        (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    thread.join();

    assertThat(result.get(0)).isDeepEqualTo(train());
  }

  @Test
  void keepsAnInterruptForTheCaller() {
    double[][] expected = train();

    Thread.currentThread().interrupt();
    double[][] parameters = train();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(parameters).isDeepEqualTo(expected);
  }

  @Test
  void throwsWhatAHelperThrewOnceAllAreDone() {
    Thread caller = Thread.currentThread();
    Set<Thread> active = ConcurrentHashMap.newKeySet();
    CountDownLatch helperFailed = new CountDownLatch(1);
    Optimizer optimizer =
        Watched.by(
            () -> {
              active.add(Thread.currentThread());
              try {
                if (Thread.currentThread() != caller) {
                  helperFailed.countDown();
                  throw new ArithmeticException("spoilt");
                }
                await(helperFailed);
              } finally {
                active.remove(Thread.currentThread());
              }
            });
    optimizer.setParallelism(2);

    assertThatThrownBy(() -> optimizer.applyGradients(Bits.normal(1, LARGE), Bits.normal(2, LARGE)))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("spoilt");

    assertThat(active).isEmpty();
    assertThat(optimizer.getIterations()).isZero();
  }

  @Test
  void returnsOnlyWhenNoHelperIsAtWorkAnyMore() {
    Thread caller = Thread.currentThread();
    AtomicInteger atWork = new AtomicInteger();
    CountDownLatch helperIn = new CountDownLatch(1);
    Optimizer optimizer =
        Watched.by(
            () -> {
              if (Thread.currentThread() == caller) {
                await(helperIn);
              } else {
                atWork.incrementAndGet();
                helperIn.countDown();
                LockSupport.parkNanos(200_000_000);
                atWork.decrementAndGet();
              }
            });
    optimizer.setParallelism(2);

    optimizer.applyGradients(Bits.normal(1, LARGE), Bits.normal(2, LARGE));

    assertThat(atWork).hasValue(0);
  }

  @Test
  void takesTheProcessorsThereAreUnlessToldOtherwise() {
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
    Set<Thread> taken = ConcurrentHashMap.newKeySet();
    Optimizer optimizer = meetingOfTwo(taken);

    optimizer.applyGradients(Bits.normal(1, LARGE), Bits.normal(2, LARGE));

    assertThat(taken).hasSizeGreaterThan(1);
  }

  @Test
  void helpersTakePartInALargeStep() {
    Set<Thread> taken = ConcurrentHashMap.newKeySet();
    Optimizer optimizer = meetingOfTwo(taken);
    optimizer.setParallelism(2);
    int smallest = 262_144;

    optimizer.applyGradients(Bits.normal(1, smallest), Bits.normal(2, smallest));

    assertThat(taken).hasSize(2).contains(Thread.currentThread());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void worksAloneWhereToldToOrWhereTheStepIsSmall(int parallelism) {
    Set<Thread> taken = ConcurrentHashMap.newKeySet();
    Optimizer optimizer =
        Watched.by(
            () -> {
              taken.add(Thread.currentThread());
              LockSupport.parkNanos(20_000_000); // long enough for a helper to come
            });
    optimizer.setParallelism(parallelism);
    int[] lengths = parallelism == 1 ? LARGE : new int[] {262_143};

    optimizer.applyGradients(Bits.normal(1, lengths), Bits.normal(2, lengths));

    assertThat(taken).containsExactly(Thread.currentThread());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 1000})
  void aLoopRunsEachNumberOnce(int threads) {
    AtomicIntegerArray runs = new AtomicIntegerArray(100);

    ForkJoinPool pool = new ForkJoinPool(8);
    try {
      pool.submit(() -> Parallel.forEach(100, threads, runs::incrementAndGet)).join();
    } finally {
      pool.shutdown();
    }

    for (int i = 0; i < 100; i++) {
      assertThat(runs.get(i)).isEqualTo(1);
    }
  }

  /** Goes on only when two threads are in it. */
  private static Optimizer meetingOfTwo(Set<Thread> taken) {
    CountDownLatch two = new CountDownLatch(2);
    return Watched.by(
        () -> {
          if (taken.add(Thread.currentThread())) {
            two.countDown();
          }
          await(two);
        });
  }

  private static double[][] train() {
    Optimizer optimizer = Adam.builder().clipnorm(1.).build();
    optimizer.setParallelism(4);
    double[][] parameters = Bits.normal(1, LARGE);
    for (int step = 0; step < 3; step++) {
      optimizer.applyGradients(Bits.normal(2, LARGE), parameters);
    }
    return parameters;
  }
}
