package io.github.keras4j.optimizers.support;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * Whether this Java machine has intrinsic powers, cosines and logarithms, as on x86-64. Where one
 * of them is that of {@link StrictMath}, its last place differs from Keras's more often, and what
 * is computed from it may differ too.
 */
public final class Intrinsics {
  private static final boolean PRESENT =
      differs(x -> Math.pow(x, 0.3) - StrictMath.pow(x, 0.3))
          && differs(x -> Math.cos(x) - StrictMath.cos(x))
          && differs(x -> Math.log(x) - StrictMath.log(x));

  private Intrinsics() {}

  public static boolean present() {
    return PRESENT;
  }

  private static boolean differs(DoubleUnaryOperator difference) {
    return new Random(1).doubles(100_000, 0.1, 10.).map(difference).anyMatch(x -> x != 0.);
  }
}
