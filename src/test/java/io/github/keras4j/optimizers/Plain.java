package io.github.keras4j.optimizers;

import java.util.Map;

/** An optimizer written once more, as plainly as it can be: what the library is compared with. */
interface Plain {
  /** Makes one. */
  interface Formula {
    /**
     * An optimizer for these parameters, which it does not keep.
     *
     * @param config all hyperparameters, as getConfig answers them
     */
    Plain of(Map<String, Object> config, double[]... parameters);
  }

  /** Makes one step. */
  void step(double[][] gradients, double[][] parameters);
}
