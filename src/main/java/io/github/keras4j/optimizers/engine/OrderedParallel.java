package io.github.keras4j.optimizers.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;

/**
 * A counted loop shared among threads, whose iterations leave what they find in buffers, at most
 * one for each thread. The buffers are taken one after another in the order of the iterations, so
 * that what comes of them does not depend on the threads.
 *
 * <p>A thread that is ahead of the others finds no free buffer. It looks out for one for a moment,
 * then leaves: a borrowed thread never waits for another, since what the other is at may need it.
 * All leave with it, and the caller asks them to go on with the rest.
 *
 * <p>Kept from call to call, it makes no buffer again. Serves one call at a time.
 *
 * @param <B> a buffer
 */
public final class OrderedParallel<B> {
  /** About how long threads are apart where the iterations take equally long. */
  private static final int SPINS = 2_000;

  private final int threads;
  private final Supplier<B> maker;
  private final Consumer<B> taker;
  private final List<Slot<B>> slots = new ArrayList<>();
  private final Deque<Slot<B>> free = new ArrayDeque<>();
  private final List<Slot<B>> done = new ArrayList<>(); // that wait for their turn
  private final IntConsumer work = thread -> work();
  private ObjIntConsumer<B> body;
  private int count;
  private int next; // to be begun
  private int turn; // to be taken
  private volatile int room; // how many buffers are free, or yet to be made
  private volatile boolean leaving;

  private static final class Slot<B> {
    private final B buffer;
    private int number;

    Slot(B buffer) {
      this.buffer = buffer;
    }
  }

  /**
   * For so many threads, the caller included. The maker makes a buffer, the taker takes one in its
   * turn; one at a time.
   */
  public OrderedParallel(int threads, Supplier<B> maker, Consumer<B> taker) {
    this.threads = threads;
    this.maker = maker;
    this.taker = taker;
  }

  /**
   * Runs the body for each number below count, once, and takes the buffers in the order of the
   * numbers. The body is given a buffer with what an earlier iteration has left in it. The first
   * exception it throws ends the loop and is thrown here, once nobody runs it any more.
   */
  public void forEach(int count, ObjIntConsumer<B> body) {
    synchronized (this) {
      this.count = count;
      this.body = body;
      next = 0;
      turn = 0;
      free.clear(); // an exception may have left some in use
      free.addAll(slots);
      done.clear();
      room = threads;
    }
    int together = Math.min(threads, count);
    try {
      while (turn < count) {
        leaving = false;
        Parallel.forEach(together, together, work);
      }
    } finally {
      this.body = null;
    }
  }

  private void work() {
    try {
      for (Slot<B> slot = awaitSlot(); slot != null; slot = awaitSlot()) {
        body.accept(slot.buffer, slot.number);
        finish(slot);
      }
    } finally {
      leaving = true;
    }
  }

  private Slot<B> awaitSlot() {
    for (int spins = 0; spins < SPINS && !leaving; spins++) {
      if (room > 0) {
        return slot();
      }
      Thread.onSpinWait();
    }
    return null;
  }

  /**
   * The next iteration with a buffer, or null where there is none, or another took the last one.
   */
  private synchronized Slot<B> slot() {
    if (next == count || room == 0) {
      return null;
    }
    Slot<B> slot = free.poll();
    if (slot == null) {
      slot = new Slot<>(maker.get());
      slots.add(slot);
    }
    room--;
    slot.number = next++;
    return slot;
  }

  private void finish(Slot<B> finished) {
    synchronized (this) {
      done.add(finished);
    }
    for (Slot<B> ready = ready(); ready != null; ready = ready()) {
      taker.accept(ready.buffer);
      release(ready);
    }
  }

  /** The one whose turn it is, or null where it is not done, or another thread has it already. */
  private synchronized Slot<B> ready() {
    for (int i = 0; i < done.size(); i++) {
      if (done.get(i).number == turn) {
        return done.remove(i);
      }
    }
    return null;
  }

  private synchronized void release(Slot<B> taken) {
    turn++;
    free.push(taken);
    room++;
  }
}
