package io.github.keras4j.optimizers.step;

import java.util.Map;
import java.util.function.DoubleUnaryOperator;

public interface Rate {
  /** The learning rate of the call after so many. A schedule may throw. */
  double at(long calls);

  /** Checks the learning rate in the configuration of a state; returns what takes it over. */
  Runnable prepare(Map<String, ?> config);

  /** Checks what becomes of a number; rejects a schedule; returns what takes the number over. */
  Runnable prepareChange(DoubleUnaryOperator change);
}
