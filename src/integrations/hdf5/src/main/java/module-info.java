/**
 * Keras's own files, both ways: {@link io.github.keras4j.hdf5.KerasFile} reads and writes them.
 *
 * <p>jHDF logs by SLF4J; which backend prints that, if any, is for your program to choose.
 */
@SuppressWarnings({
  "module",
  "requires-automatic"
}) // the format's name, and jHDF, whose manifest fixes its own
module io.github.keras4j.hdf5 {
  requires transitive io.github.keras4j.optimizers;
  requires io.jhdf;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.jr.ob;

  exports io.github.keras4j.hdf5;
}
