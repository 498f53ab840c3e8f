package io.github.keras4j.optimizers.step;

import java.util.Map;

/** The learning rate. */
public interface Rate {
  /** The learning rate of the call after so many. A schedule may throw. */
  double at(long calls);

  /** Checks the learning rate in the configuration of a state; returns what takes it over. */
  Runnable prepare(Map<String, ?> config);
}
