package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Text.format;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one call at a time through, and refuses another that would begin during it.
 *
 * <p>What one call wrote is visible to the next, whichever threads they are made by. The guard of a
 * part lets nobody through during a call of the whole but the whole itself.
 */
public final class Guard {
  private final AtomicReference<Thread> owner = new AtomicReference<>();
  private volatile Guard whole; // null unless this is the guard of a part
  private Guard entered; // the whole's, where it was entered with this

  /**
   * Makes this the guard of a part.
   *
   * @param whole the guard of what it is a part of
   * @throws IllegalStateException if a call is under way here
   */
  public void join(Guard whole) {
    enter();
    this.whole = whole;
    exit();
  }

  /**
   * Begins a call of the current thread.
   *
   * @throws IllegalStateException if another call is under way, also one of the same thread
   */
  public void enter() {
    Thread current = Thread.currentThread();
    Guard outer = whole == null || whole.owner.get() == current ? null : whole;
    if (outer != null) {
      outer.enter();
    }
    Thread other = owner.compareAndExchangeAcquire(null, current);
    if (other != null) {
      if (outer != null) {
        outer.exit();
      }
      throw new IllegalStateException(
          format(
              "optimizer must serve one call at a time, got one by thread %s during one by %s",
              name(current), other == current ? "the same" : "thread " + name(other)));
    }
    entered = outer;
  }

  /** Ends the call that is under way. */
  public void exit() {
    Guard outer = entered;
    owner.setRelease(null);
    if (outer != null) {
      outer.exit();
    }
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
