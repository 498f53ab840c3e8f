package io.github.keras4j.spark;

import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Which steps a training makes, and what is due after each. */
final class Steps {
  private final Consumer<? super TrainedStep> listener;
  private final Predicate<? super TrainedStep> stopWhen;
  private final int every; // 0 where nothing is saved
  private final boolean checkpointAtEnd;

  Steps(TrainerBuilder<?> builder) {
    listener = builder.listener;
    stopWhen = builder.stopWhen;
    every = builder.every;
    checkpointAtEnd = builder.checkpointAtEnd;
  }

  /** What makes a step, and what saves it. */
  interface Training {
    TrainedStep makeStep() throws IOException;

    void save() throws IOException;

    /** Whether it is to be saved now, whatever is set. */
    default boolean mustSave() {
      return false;
    }
  }

  /** The number of the last step: so many, or so many more than have been made. */
  static long end(long made, long steps, boolean more) {
    if (steps < 0) {
      throw new IllegalArgumentException("steps must be at least 0, got " + steps);
    }
    if (more) {
      return made + Math.min(steps, Long.MAX_VALUE - 1 - made);
    }
    if (steps < made) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "steps must be at least %d, which have been made, got %d; trainMore makes so many"
                  + " more",
              made,
              steps));
    }
    return steps;
  }

  void make(long before, long end, Training training) throws IOException {
    boolean stopped = false;
    for (long step = before + 1; step <= end && !stopped; step++) {
      TrainedStep made = training.makeStep();
      listener.accept(made); // first, since what it changes belongs to the checkpoint
      stopped = stopWhen.test(made);
      boolean last = stopped || step == end;
      boolean due = every > 0 && (step % every == 0 || last && checkpointAtEnd);
      if (due || training.mustSave()) {
        training.save();
      }
    }
  }
}
