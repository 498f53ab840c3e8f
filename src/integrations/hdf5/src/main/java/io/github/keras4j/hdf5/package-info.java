/**
 * Reads the files in which Keras 2.2.4, tf.keras 2.15 and Keras 3 keep their models, and writes
 * them back after training in Java: {@link io.github.keras4j.hdf5.KerasFile}.
 */
package io.github.keras4j.hdf5;
