/**
 * The optimizers of Keras 2.2.4 and of Keras 3, with its learning rate schedules, over {@code
 * double[]} tensors, without a dependency.
 *
 * <p>Start at {@link io.github.keras4j.optimizers}.
 */
@SuppressWarnings("module") // of the integrations, which are built later
module io.github.keras4j.optimizers {
  exports io.github.keras4j.optimizers;
  exports io.github.keras4j.optimizers.builders;
  exports io.github.keras4j.optimizers.constraints;
  exports io.github.keras4j.optimizers.keras3;
  exports io.github.keras4j.optimizers.schedules;
  exports io.github.keras4j.optimizers.engine to
      io.github.keras4j.spark;
  exports io.github.keras4j.optimizers.storage to
      io.github.keras4j.hdf5;
  exports io.github.keras4j.optimizers.text to
      io.github.keras4j.hdf5;
}
