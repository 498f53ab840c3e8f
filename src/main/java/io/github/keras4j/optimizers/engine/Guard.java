package io.github.keras4j.optimizers.engine;

import static io.github.keras4j.optimizers.text.Errors.illegalState;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;

/**
 * Lets one call at a time through, and rejects another that would begin during it.
 *
 * <p>A call ends by a write to a field, not by a method: near the end of the stack a method call
 * may overflow it, in a {@code finally} block too, and the guard would stay closed for ever. What
 * one call wrote is visible to the next, whichever threads they are made by.
 */
public final class Guard {
  private static final AtomicReferenceFieldUpdater<Guard, Thread> OWNER =
      AtomicReferenceFieldUpdater.newUpdater(Guard.class, Thread.class, "owner");

  /** The thread whose call is under way, or null. */
  public volatile Thread owner;

  private final String what;
  private volatile Guard whole; // null unless this is the guard of a part

  public Guard(String what) {
    this.what = what;
  }

  /**
   * Makes this the guard of parts, of all or of none: from now on a call of a part is one of the
   * whole, and during a call of the whole there is no other of a part, by the same thread neither.
   * Rejected where a call of one is under way, or one is a part already. What else is to be done
   * while there is no call of any is the commit.
   */
  public void adopt(List<Guard> parts, Runnable commit) {
    List<Guard> entered = new ArrayList<>();
    try {
      parts.forEach(part -> entered.add(part.enter()));
      if (!entered.equals(parts)) {
        throw illegalState(
            "optimizer must be in one MultiOptimizer alone, got one that is in another");
      }
      commit.run();
      parts.forEach(part -> part.whole = this);
    } finally {
      entered.forEach(part -> part.owner = null);
    }
  }

  public boolean isPart() {
    return whole != null;
  }

  /**
   * Begins a call of the current thread; rejected where another is under way, also one of the same
   * thread. Returns the guard that was entered, whose owner is to be set to null in the end.
   */
  public Guard enter() {
    Guard entered = whole == null ? this : whole;
    Thread current = Thread.currentThread();
    while (!OWNER.compareAndSet(entered, null, current)) {
      Thread other = entered.owner;
      if (other != null) { // else it has just ended its call
        throw illegalState(
            "%s must serve one call at a time, got one by thread %s during one by %s",
            what, name(current), other == current ? "the same" : "thread " + name(other));
      }
    }
    if (entered != whole && whole != null) { // joined in the meantime
      entered.owner = null;
      return enter();
    }
    return entered;
  }

  public void run(Runnable call) {
    Guard entered = enter();
    try {
      call.run();
    } finally {
      entered.owner = null;
    }
  }

  public <T> T get(Supplier<T> call) {
    Guard entered = enter();
    try {
      return call.get();
    } finally {
      entered.owner = null;
    }
  }

  /** Makes what finished calls wrote visible, without being one more call. */
  @SuppressWarnings("unused")
  public void seeFinishedCalls() {
    Thread read = (whole == null ? this : whole).owner; // a volatile read
  }

  /** A virtual thread has no name unless given one. */
  private static String name(Thread thread) {
    return thread.getName().isEmpty() ? "#" + thread.getId() : thread.getName();
  }
}
