/**
 * Keras's optimizers for Tribuo.
 *
 * <p>Start at {@link io.github.keras4j.tribuo.KerasOptimiser}.
 */
module io.github.keras4j.tribuo {
  requires transitive com.oracle.labs.mlrg.olcut;
  requires transitive io.github.keras4j.optimizers;
  requires transitive org.tribuo.core;
  requires transitive org.tribuo.math;
  requires com.fasterxml.jackson.jr.ob;

  exports io.github.keras4j.tribuo;

  // Reads and writes the fields that are configured.
  opens io.github.keras4j.tribuo to
      com.oracle.labs.mlrg.olcut;
}
