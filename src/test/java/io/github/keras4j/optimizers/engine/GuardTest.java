package io.github.keras4j.optimizers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The guard, among threads that all want in. */
class GuardTest {
  private static final int ROUNDS = 1_000_000;

  @Test
  void letsNoTwoThreadsInAtOnce() throws Exception {
    Guard guard = new Guard("optimizer");
    AtomicInteger inside = new AtomicInteger();
    CountDownLatch both = new CountDownLatch(2);
    Callable<Integer> visitor =
        () -> {
          both.countDown();
          both.await();
          int entered = 0;
          for (int round = 0; round < ROUNDS; round++) {
            Guard in;
            try {
              in = guard.enter();
            } catch (IllegalStateException rejected) {
              continue;
            }
            assertThat(inside.incrementAndGet()).isEqualTo(1);
            inside.decrementAndGet();
            in.owner = null;
            entered++;
          }
          return entered;
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Integer> first = threads.submit(visitor);
      Future<Integer> second = threads.submit(visitor);
      assertThat(first.get() + second.get()).isPositive();
    } finally {
      threads.shutdownNow();
    }
  }

  /** A loop that only looks is compiled to one that looks once, unless each look is a new one. */
  @Test
  void showsWhatAFinishedCallWroteToAThreadThatOnlyLooks() throws Exception {
    Guard guard = new Guard("optimizer");
    int[] written = {0};
    Thread looker =
        new Thread(
            () -> {
              while (written[0] == 0) {
                guard.seeFinishedCalls();
              }
            });
    looker.setDaemon(true);
    looker.start();
    Thread.sleep(500); // long enough for the loop to be compiled

    guard.enter();
    written[0] = 1;
    guard.owner = null;

    looker.join(10_000);
    assertThat(looker.isAlive()).isFalse();
  }

  @Test
  void namesAThreadWithoutANameByItsNumber() throws Exception {
    Guard guard = new Guard("optimizer");
    Thread unnamed = new Thread(guard::enter, "");
    unnamed.start();
    unnamed.join();

    assertThatThrownBy(guard::enter)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "optimizer must serve one call at a time, got one by thread "
                + Thread.currentThread().getName()
                + " during one by thread #"
                + unnamed.getId());
  }

  @Test
  void aPartIsEnteredWhereTheWholeIs() throws Exception {
    Guard whole = new Guard("optimizer");
    Guard part = new Guard("optimizer");
    whole.adopt(List.of(part), () -> {});
    AtomicInteger rejected = new AtomicInteger();
    Runnable other =
        () -> {
          try {
            part.enter().owner = null;
          } catch (IllegalStateException e) {
            rejected.incrementAndGet();
          }
        };

    Guard entered = whole.enter();
    run(other);
    assertThat(rejected).hasValue(1);
    assertThatThrownBy(part::enter).hasMessageEndingWith("during one by the same");
    entered.owner = null;
    run(other);
    assertThat(rejected).hasValue(1);

    entered = part.enter();
    assertThat(entered).isSameAs(whole);
    assertThatThrownBy(whole::enter).hasMessageEndingWith("during one by the same");
    run(other);
    assertThat(rejected).hasValue(2);
    entered.owner = null;
    whole.enter();
  }

  @Test
  void adoptsAllPartsOrNone() {
    Guard whole = new Guard("optimizer");
    Guard free = new Guard("optimizer");
    Guard busy = new Guard("optimizer");
    Guard entered = busy.enter();
    Runnable never =
        () -> {
          throw new AssertionError("committed");
        };

    assertThatThrownBy(() -> whole.adopt(List.of(free, busy), never))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("during one by the same");
    entered.owner = null;
    assertThat(free.enter()).isSameAs(free);
    free.owner = null;

    new Guard("optimizer").adopt(List.of(busy), () -> {});
    assertThatThrownBy(() -> whole.adopt(List.of(free, busy), never))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("optimizer must be in one MultiOptimizer alone, got one that is in another");
    assertThat(free.enter()).isSameAs(free);
    assertThat(busy.enter()).isNotSameAs(busy);
  }

  private static void run(Runnable runnable) throws InterruptedException {
    Thread thread = new Thread(runnable);
    thread.start();
    thread.join();
  }
}
