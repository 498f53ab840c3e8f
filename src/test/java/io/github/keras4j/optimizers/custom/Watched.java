package io.github.keras4j.optimizers.custom;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.keras4j.optimizers.Hyperparameters;
import io.github.keras4j.optimizers.Optimizer;
import io.github.keras4j.optimizers.Variable;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Subtracts the gradients, and lets a test see or spoil every update. */
public final class Watched extends Optimizer {
  private final Runnable watch;

  private Watched(Hyperparameters h, Runnable watch) {
    super(h, 1.);
    this.watch = watch;
  }

  public static Watched by(Runnable watch) {
    return Hyperparameters.build(Map.of(), h -> new Watched(h, watch));
  }

  @Override
  protected void updateStep(double lr, Variable x, int from, int to) {
    double[] p = x.parameter();
    watch.run();
    for (int i = from; i < to; i++) {
      p[i] = p[i] - x.gradient(i);
    }
  }

  /** Waits within an update, or for one. */
  public static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).as("all came").isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
