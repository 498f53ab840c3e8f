package io.github.keras4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.keras4j.optimizers.custom.Watched;
import io.github.keras4j.optimizers.engine.Parallel;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.RandomTraining;
import io.github.keras4j.optimizers.tables.Row;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One thread or sixteen: the bits are the same. */
class ParallelismTest {
  /** How many elements a thread claims at a time. */
  private static final int CHUNK = 1 << 15;

  private static final int THREADS = 16;

  private static final int CONFIGURATIONS = 2;

  /** More than the threshold above which threads help; at least one chunk for each thread. */
  private static final int[] LENGTHS = {5, 400_001, 0, 1, 33_000, 120_000};

  private static final double[][] INITIAL = new RandomTraining(1).parameters(LENGTHS);

  /** Normal numbers, so that the sum of the norm is rounded. */
  private static final double[][] GRADIENTS = new RandomTraining(2).parameters(LENGTHS);

  private static ForkJoinPool pool;

  @BeforeAll
  static void openPool() {
    pool = new ForkJoinPool(THREADS);
  }

  @AfterAll
  static void closePool() {
    pool.shutdown();
  }

  /** For each optimizer, with the norm of all tensors together. */
  static Stream<Row> configurations() {
    return OptimizerTable.optimizers()
        .flatMap(
            entry ->
                IntStream.range(0, CONFIGURATIONS)
                    .mapToObj(
                        seed -> {
                          Map<String, Object> config = new RandomTraining(seed).config(entry);
                          entry.generation().clips.forEach(config::remove);
                          config.remove("gradient_accumulation_steps");
                          config.put(entry.generation().normOfAll(), 100.);
                          return new Row(entry, config.toString(), config, null);
                        }));
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void anyNumberOfThreadsComputesTheSameBits(Row row) {
    double[][] alone = train(row.optimizer(LENGTHS), 1);
    for (int threads : new int[] {2, 3, 5, 8, THREADS}) {
      double[][] together = train(row.optimizer(LENGTHS), threads);
      // deepEquals compares doubles by their bits.
      assertThat(Arrays.deepEquals(together, alone))
          .as("%s with %d threads computes what one computes", row, threads)
          .isTrue();
    }
  }

  private static double[][] train(Optimizer optimizer, int threads) {
    double[][] parameters = Stream.of(INITIAL).map(double[]::clone).toArray(double[][]::new);
    optimizer.setParallelism(threads);
    pool.submit(
            () -> {
              optimizer.applyGradients(GRADIENTS, parameters);
              optimizer.applyGradients(GRADIENTS, parameters);
            })
        .join();
    return parameters;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void noMoreThreadsTakePartThanAllowed(int threads) {
    Set<Thread> met = ConcurrentHashMap.newKeySet();
    IntConsumer body =
        i -> {
          met.add(Thread.currentThread());
          LockSupport.parkNanos(2_000_000);
        };

    pool.submit(() -> Parallel.forEach(64, threads, body)).join();

    assertThat(met).hasSizeLessThanOrEqualTo(threads);
  }

  @Test
  void aLoopEndsWithTheFirstException() {
    AtomicInteger runs = new AtomicInteger();
    IntConsumer body =
        i -> {
          runs.incrementAndGet();
          if (i == 0) {
            throw new ArithmeticException("spoilt");
          }
          LockSupport.parkNanos(1_000_000);
        };
    Callable<Throwable> loop = () -> catchThrowable(() -> Parallel.forEach(2_000, 4, body));

    assertThat(pool.submit(loop).join())
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("spoilt");
    assertThat(runs).hasValueLessThan(2_000);
  }

  /** Each goes on only when all are in the step at once, each with one chunk. */
  @Test
  void sixteenThreadsTakePart() {
    Set<Thread> met = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(THREADS);
    Optimizer optimizer =
        Watched.by(
            () -> {
              all.countDown();
              Watched.await(all);
              met.add(Thread.currentThread());
            });
    optimizer.setParallelism(THREADS);
    double[][] parameters = {new double[THREADS * CHUNK]};
    double[][] gradients = {new double[THREADS * CHUNK]};
    Arrays.fill(gradients[0], -1.);
    pool.submit(() -> optimizer.applyGradients(gradients, parameters)).join();
    assertThat(met).hasSize(THREADS);
    assertThat(parameters[0]).containsOnly(1.);
  }
}
