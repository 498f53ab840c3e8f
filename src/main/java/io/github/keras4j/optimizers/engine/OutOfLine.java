package io.github.keras4j.optimizers.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.IntConsumer;

/**
 * A loop's body that the just-in-time compiler never makes a part of its caller.
 *
 * <p>HotSpot inlines calls 15 deep. Where a formula's loop happens to be the fifteenth, what the
 * loop calls for each element stays a call, and a step takes ten times as long; whether that
 * happens depends on how deep an application's own calls are. What begins here is compiled by
 * itself. A method handle does that, as long as it is in no constant: it may hold any method, so
 * there is none to inline.
 */
public final class OutOfLine implements IntConsumer {
  private static final MethodHandle ACCEPT = accept();

  private final MethodHandle body;

  /**
   * Wraps a body.
   *
   * @param body what to do with each number
   */
  public OutOfLine(IntConsumer body) {
    this.body = ACCEPT.bindTo(body);
  }

  private static MethodHandle accept() {
    try {
      return MethodHandles.lookup()
          .findVirtual(IntConsumer.class, "accept", MethodType.methodType(void.class, int.class));
    } catch (ReflectiveOperationException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public void accept(int i) {
    try {
      body.invokeExact(i);
    } catch (Throwable thrown) {
      throw Parallel.<RuntimeException>rethrow(thrown);
    }
  }
}
