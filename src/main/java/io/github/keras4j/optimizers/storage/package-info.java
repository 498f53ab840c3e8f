/**
 * Files and archives: knows nothing of optimizers, and is exported to the integration hdf5 alone.
 */
package io.github.keras4j.optimizers.storage;
