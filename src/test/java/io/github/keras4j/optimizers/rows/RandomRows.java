package io.github.keras4j.optimizers.rows;

import static io.github.keras4j.optimizers.rows.Tables.SMALL;

import io.github.keras4j.optimizers.Gradient;
import java.util.Arrays;
import java.util.Random;

/** Seeded rows and values. */
final class RandomRows extends Random {
  private static final long serialVersionUID = 1L;

  RandomRows(long seed) {
    super(seed);
  }

  /** Rows of a table, some of them more than once, in no order. */
  int[] rows(int count, int of) {
    return ints(count, 0, of).toArray();
  }

  double[] values(int count) {
    return doubles(count).map(x -> nextGaussian()).toArray();
  }

  /** Lazy rows of each of the small tables. */
  Gradient[] lazyGradients() {
    Gradient[] gradients = new Gradient[3];
    for (int i = 0; i < 3; i++) {
      int[] rows = rows(nextInt(SMALL.rows()[i]), SMALL.rows()[i]);
      gradients[i] = Gradient.lazyRows(rows, values(rows.length * SMALL.widths()[i]));
    }
    return gradients;
  }

  /** The same, of which one is null half the time. */
  Gradient[] gradientsThatMayLack() {
    Gradient[] gradients = lazyGradients();
    if (nextBoolean()) {
      gradients[nextInt(3)] = null;
    }
    return gradients;
  }

  /** With exact rows in the place of lazy ones. */
  static Gradient[] exact(Gradient... gradients) {
    return Arrays.stream(gradients)
        .map(g -> g != null && g.isLazy() ? Gradient.rows(g.rows(), g.values()) : g)
        .toArray(Gradient[]::new);
  }
}
