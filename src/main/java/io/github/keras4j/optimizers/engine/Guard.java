package io.github.keras4j.optimizers.engine;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one call at a time through, and refuses another that would begin during it.
 *
 * <p>What one call wrote is visible to the next, whichever threads they are made by.
 */
public final class Guard {
  private final AtomicReference<Thread> owner = new AtomicReference<>();

  /**
   * Begins a call of the current thread.
   *
   * @throws IllegalStateException if another call is under way, also one of the same thread
   */
  public void enter() {
    Thread current = Thread.currentThread();
    Thread other = owner.compareAndExchangeAcquire(null, current);
    if (other != null) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "optimizer must serve one call at a time, got one by thread %s during one by %s",
              name(current),
              other == current ? "the same" : "thread " + name(other)));
    }
  }

  /** Ends the call that is under way. */
  public void exit() {
    owner.setRelease(null);
  }

  /** Makes what finished calls wrote visible, without being one more call. */
  public void seeFinishedCalls() {
    owner.getAcquire();
  }

  /** A virtual thread has no name unless given one. */
  private static String name(Thread thread) {
    return thread.getName().isEmpty() ? "#" + thread.getId() : thread.getName();
  }
}
