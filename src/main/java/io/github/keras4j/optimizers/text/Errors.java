package io.github.keras4j.optimizers.text;

import java.io.IOException;

/**
 * What is thrown where something is rejected, with a message as {@link Text#format} makes it. The
 * arguments of a check are evaluated whether it holds or not: a step and a loop ask first, and then
 * throw.
 */
public final class Errors {
  private Errors() {}

  public static void checkArgument(boolean holds, String format, Object... arguments) {
    if (!holds) {
      throw illegalArgument(format, arguments);
    }
  }

  public static void checkState(boolean holds, String format, Object... arguments) {
    if (!holds) {
      throw illegalState(format, arguments);
    }
  }

  public static double checkNonNegative(String name, double value) {
    boolean holds = value >= 0. && value < Double.POSITIVE_INFINITY;
    checkArgument(holds, "%s must be a finite number >= 0, got %s", name, value);
    return value;
  }

  public static IllegalArgumentException illegalArgument(String format, Object... arguments) {
    return new IllegalArgumentException(Text.format(format, arguments));
  }

  public static IllegalStateException illegalState(String format, Object... arguments) {
    return new IllegalStateException(Text.format(format, arguments));
  }

  /** That what is read is not as it should be, or that it cannot be read or written. */
  public static IOException unreadable(String format, Object... arguments) {
    return new IOException(Text.format(format, arguments));
  }
}
